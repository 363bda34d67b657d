/** Which task may begin: places and locks, in the order of asking. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TaskQueue } from '../../src/daemon/tasks/task-queue.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

test('who came first begins first, as long as there is a place', () => {
  const queue = new TaskQueue();
  for (const id of ['a', 'b', 'c']) queue.add(id, null, 1);
  expect(queue.next(2)).toBe('a');
  queue.begin('a', null);
  expect(queue.next(2)).toBe('b');
  queue.begin('b', null);
  expect(queue.next(2)).toBeUndefined();
  expect(queue.obstacle(null, 2)).toEqual({ kind: 'place' });
  queue.remove('a');
  expect(queue.next(2)).toBe('c');
});

test('who waits for a lock keeps nobody else waiting, and gets it in the order of asking', () => {
  const queue = new TaskQueue();
  queue.begin('holder', 'L');
  queue.add('first', 'L', 1);
  queue.add('second', 'L', 1);
  queue.add('other', null, 1);
  expect(queue.obstacle('L', 9)).toEqual({ kind: 'lock', holder: 'holder' });
  expect(queue.next(9)).toBe('other');
  queue.begin('other', null);
  expect(queue.next(9)).toBeUndefined();
  expect(queue.waitersFor('L')).toEqual(['first', 'second']);
  queue.remove('holder');
  expect(queue.next(9)).toBe('first');
});

test('a lock that two were found running with is free when both have ended', () => {
  const queue = new TaskQueue();
  queue.begin('a', 'L');
  queue.begin('b', 'L');
  queue.remove('a');
  expect(queue.obstacle('L', 9)).toEqual({ kind: 'lock', holder: 'b' });
  queue.remove('b');
  expect(queue.obstacle('L', 9)).toBeUndefined();
});

test('whatever is asked for and ends, no lock is held twice, no place is given twice, and nobody is forgotten', () => {
  const steps = fc.array(
    fc.record({ lock: fc.constantFrom(null, 'L', 'M'), ends: fc.boolean(), pick: fc.nat() }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, most) => {
      const queue = new TaskQueue();
      const locks = new Map<string, string | null>();
      const running: string[] = [];
      const begun: string[] = [];
      const pump = (): void => {
        for (let id = queue.next(most); id !== undefined; id = queue.next(most)) {
          queue.begin(id, locks.get(id) ?? null);
          running.push(id);
          begun.push(id);
        }
      };
      const check = (): void => {
        expect(running.length).toBeLessThanOrEqual(most);
        const held = running.map((id) => locks.get(id)).filter((lock) => lock !== null);
        expect(new Set(held).size).toBe(held.length);
      };
      for (const [index, { lock, ends, pick }] of all.entries()) {
        const id = String(index);
        locks.set(id, lock);
        queue.add(id, lock, 3);
        const [ended] = ends && running.length > 0 ? running.splice(pick % running.length, 1) : [];
        if (ended !== undefined) queue.remove(ended);
        pump();
        check();
      }
      while (running.length > 0) {
        queue.remove(running.shift() ?? '');
        pump();
        check();
      }
      expect(begun.length).toBe(all.length);
      expect(queue.waitingBytes).toBe(0);
      for (const lock of ['L', 'M']) {
        const order = begun.filter((id) => locks.get(id) === lock).map(Number);
        expect(order).toEqual([...order].sort((one, other) => one - other));
      }
    }),
    { seed: SEED },
  );
});
