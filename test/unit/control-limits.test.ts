/** The parts that hold many clients to common limits. */

import { expect, test } from 'vitest';
import { ByteBudget } from '../../src/daemon/control/byte-budget.ts';
import { WriteGate } from '../../src/daemon/control/write-gate.ts';

function nextRound(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('a budget evicts who has stood still for longest, until the rest fits', () => {
  const evicted: string[] = [];
  const budget = new ByteBudget<string>(100, (holder) => evicted.push(holder));
  budget.set('a', 40, false);
  budget.set('b', 40, false);
  budget.set('a', 20, true);
  budget.set('c', 50, false);
  expect(evicted).toEqual(['b']);
  expect(budget.totalBytes).toBe(70);
  budget.set('d', 90, false);
  expect(evicted).toEqual(['b', 'a', 'c']);
  expect(budget.totalBytes).toBe(90);
});

test('growing without progress keeps a holder in its place in the line', () => {
  const evicted: string[] = [];
  const budget = new ByteBudget<string>(100, (holder) => evicted.push(holder));
  budget.set('a', 10, false);
  budget.set('b', 10, false);
  budget.set('a', 60, false);
  budget.set('b', 50, false);
  expect(evicted).toEqual(['a']);
});

test('one holder alone stays, and who holds nothing is forgotten', () => {
  const evicted: string[] = [];
  const budget = new ByteBudget<string>(100, (holder) => evicted.push(holder));
  budget.set('a', 500, false);
  expect(evicted).toEqual([]);
  budget.set('a', 0, true);
  expect(budget.totalBytes).toBe(0);
  budget.set('b', 70, false);
  budget.remove('b');
  budget.remove('b');
  expect(budget.totalBytes).toBe(0);
});

test('the gate gives one turn a round of the event loop, in the order asked', async () => {
  const gate = new WriteGate({ writableNeedDrain: false });
  const turns: number[] = [];
  for (const number of [1, 2, 3]) void gate.turn().then(() => turns.push(number));
  await Promise.resolve();
  expect(turns).toEqual([1]);
  await nextRound();
  await nextRound();
  expect(turns).toEqual([1, 2, 3]);
});

test('the gate is shut while the client does not read, and opens when it has drained', async () => {
  const socket = { writableNeedDrain: true };
  const gate = new WriteGate(socket);
  let hasTurn = false;
  const turn = gate.turn().then((isOpen) => {
    hasTurn = isOpen;
  });
  await nextRound();
  expect(hasTurn).toBe(false);
  socket.writableNeedDrain = false;
  gate.serve();
  await turn;
  expect(hasTurn).toBe(true);
});

test('a closed gate sends everybody away', async () => {
  const gate = new WriteGate({ writableNeedDrain: true });
  const waiting = gate.turn();
  gate.close();
  expect(await waiting).toBe(false);
  expect(await gate.turn()).toBe(false);
});
