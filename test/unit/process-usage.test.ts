/** Memory and CPU of a process, read when somebody asks. */

import { expect, it } from 'vitest';
import { ProcessUsage } from '../../src/daemon/supervisor/process-usage.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

it('a plugin without a process uses nothing', () => {
  expect(new ProcessUsage(new VirtualClock()).read('web', null, 0)).toEqual({
    memoryBytes: null,
    cpuPercent: null,
  });
});

it('a process that is gone uses nothing', () => {
  const usage = new ProcessUsage(new VirtualClock());
  expect(usage.read('web', 2 ** 22 + 1, 1000)).toEqual({ memoryBytes: null, cpuPercent: null });
});

it('memory is what is resident; the share of a core is a number of at least 0', () => {
  const { memoryBytes, cpuPercent } = new ProcessUsage(new VirtualClock()).read('me', process.pid, 60_000);
  expect(memoryBytes).toBeGreaterThan(10 * 1024 * 1024);
  expect(cpuPercent).toBeGreaterThanOrEqual(0);
});

it('two readings close together share one answer', () => {
  const clock = new VirtualClock();
  const usage = new ProcessUsage(clock);
  const first = usage.read('me', process.pid, 60_000);
  clock.advance(499);
  expect(usage.read('me', process.pid, 60_000)).toBe(first);
  clock.advance(1);
  expect(usage.read('me', process.pid, 60_000)).not.toBe(first);
});

it('another pid is another reading', () => {
  const usage = new ProcessUsage(new VirtualClock());
  const mine = usage.read('me', process.pid, 60_000);
  expect(usage.read('me', process.ppid, 60_000)).not.toBe(mine);
});
