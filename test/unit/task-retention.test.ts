/** Old tasks go also while none ends. */

import { expect, test } from 'vitest';
import { CLEAR_EVERY_MS, TaskRetention } from '../../src/daemon/tasks/task-retention.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

/** A history that loses at most 32 tasks at once. */
class Shelf {
  tasks: number;
  tooMany = 0;
  steps = 0;

  constructor(tasks: number) {
    this.tasks = tasks;
  }

  prune(onDone: (removed: number) => void): void {
    const removed = Math.min(32, this.tooMany);
    this.tasks -= removed;
    this.tooMany -= removed;
    this.steps += 1;
    onDone(removed);
  }

  isEmpty(): boolean {
    return this.tasks === 0;
  }
}

test('what is over goes in steps that let others by, and what becomes too old within an hour', () => {
  const clock = new VirtualClock(0);
  const shelf = new Shelf(1_000);
  const retention = new TaskRetention(shelf, clock);
  shelf.tooMany = 100;
  retention.clear();
  expect(shelf.tasks).toBe(968);
  clock.advance(100);
  expect(shelf.tasks).toBe(900);
  shelf.tooMany = 10;
  clock.advance(CLEAR_EVERY_MS);
  expect(shelf.tasks).toBe(890);
  retention.close();
  expect(clock.timerCount).toBe(0);
});

test('no timer waits while there is no task, and one does from the first task on', () => {
  const clock = new VirtualClock(0);
  const shelf = new Shelf(0);
  const retention = new TaskRetention(shelf, clock);
  retention.clear();
  expect(clock.timerCount).toBe(0);
  shelf.tasks = 1;
  retention.watch();
  retention.watch();
  expect(clock.timerCount).toBe(1);
  shelf.tooMany = 1;
  clock.advance(CLEAR_EVERY_MS + 10);
  expect([shelf.tasks, clock.timerCount]).toEqual([0, 0]);
  retention.close();
});
