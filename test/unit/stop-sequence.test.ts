/** The order and the deadlines in which a run is brought to its end. */

import { expect, it } from 'vitest';
import type { ShimOrder } from '../../src/daemon/runs/shim-process.ts';
import { type StopOptions, StopSequence } from '../../src/daemon/runs/stop-sequence.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

interface Started {
  readonly clock: VirtualClock;
  /** What was ordered, with the time. */
  readonly orders: readonly string[];
  readonly stop: StopSequence;
}

function start(graceMs: number, askToShutDown: StopOptions['askToShutDown']): Started {
  const clock = new VirtualClock();
  const orders: string[] = [];
  const order = (what: ShimOrder): void => void orders.push(`${clock.monotonic()} ${what}`);
  return { clock, orders, stop: new StopSequence({ clock, graceMs, reason: 'asked', order, askToShutDown }) };
}

it('without a protocol SIGTERM goes at once and SIGKILL after the grace', async () => {
  const { clock, orders } = start(10_000, undefined);
  await clock.advanceAsync(20_000);
  expect(orders).toEqual(['0 stop', '10000 kill-all']);
  expect(clock.timerCount).toBe(0);
});

it('a grace of 0 kills at once and sends nothing else', async () => {
  const { clock, orders } = start(0, () => Promise.resolve(true));
  await clock.advanceAsync(1000);
  expect(orders).toEqual(['0 kill-all']);
});

it('a plugin that agrees has half of its grace before SIGTERM', async () => {
  const { clock, orders } = start(10_000, () => Promise.resolve(true));
  await clock.advanceAsync(20_000);
  expect(orders).toEqual(['5000 stop', '10000 kill-all']);
});

it('a plugin that does not agree gets SIGTERM at once', async () => {
  const { clock, orders } = start(10_000, () => Promise.resolve(false));
  await clock.advanceAsync(20_000);
  expect(orders).toEqual(['0 stop', '10000 kill-all']);
});

it('the message names reason and grace, and waits no longer than half the grace', async () => {
  let asked: unknown[] = [];
  start(1000, (request, timeoutMs) => {
    asked = [request, timeoutMs];
    return Promise.resolve(true);
  });
  expect(asked).toEqual([{ action: 'shutdown', reason: 'asked', grace_ms: 1000 }, 500]);
});

it('nothing is sent to a run that has ended', async () => {
  const answer = Promise.withResolvers<boolean>();
  const { clock, orders, stop } = start(1000, () => answer.promise);
  stop.cancel();
  answer.resolve(true);
  await clock.advanceAsync(5000);
  expect(orders).toEqual([]);
  expect(clock.timerCount).toBe(0);
});
