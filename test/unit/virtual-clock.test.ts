import { expect, test } from 'vitest';
import { VirtualClock } from '../rig/virtual-clock.ts';

test('timers are called in order of their time, each at its own time', () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  clock.setTimer(() => seen.push(`late ${clock.monotonic()}`), 20);
  clock.setTimer(() => {
    seen.push(`early ${clock.monotonic()}`);
    clock.setTimer(() => seen.push(`nested ${clock.monotonic()}`), 5);
  }, 10);
  clock.setTimer(() => seen.push('never'), 15).cancel();
  clock.advance(30);
  expect(seen).toEqual(['early 10', 'nested 15', 'late 20']);
  expect(clock.now()).toBe(30);
  expect(clock.timerCount).toBe(0);
});

test('setting the wall clock moves now() and leaves timers alone', () => {
  const clock = new VirtualClock(1_000);
  const timer = clock.setTimer(() => expect.unreachable(), 10);
  clock.setWallClock(999_000);
  expect(clock.now()).toBe(999_000);
  expect(clock.nextDelayMs).toBe(10);
  timer.cancel();
  expect(clock.nextDelayMs).toBeUndefined();
});
