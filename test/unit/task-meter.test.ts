/** How tasks that ended are counted. */

import { expect, test } from 'vitest';
import { EventBus } from '../../src/daemon/base/event-bus.ts';
import { formatMetrics } from '../../src/daemon/metrics/open-metrics.ts';
import { taskFamilies } from '../../src/daemon/metrics/task-families.ts';
import { TaskMeter } from '../../src/daemon/metrics/task-meter.ts';
import type { TaskState } from '../../src/protocol/control/tasks.ts';
import { checkOpenMetrics } from '../rig/open-metrics-check.ts';

function meterRig() {
  const bus = new EventBus();
  const durations = new Map<string, number | null>();
  const meter = new TaskMeter(bus, (id) => {
    const durationMs = durations.get(id);
    return durationMs === undefined ? undefined : { durationMs };
  });
  const tell = (id: string, state: TaskState, durationMs: number | null = null): void => {
    durations.set(id, durationMs);
    bus.publish('task-changed', { id, state });
  };
  return { bus, meter, tell };
}

test('each end counts once, however often it is told', () => {
  const { meter, tell } = meterRig();
  tell('a', 'queued');
  tell('a', 'running', 5);
  tell('a', 'done', 50);
  tell('a', 'done', 50);
  tell('b', 'failed', 2_000);
  expect([meter.ended('done'), meter.ended('failed'), meter.ended('lost')]).toEqual([1, 1, 0]);
  expect([...meter.counts]).toEqual([1, 0, 1, 0, 0, 0, 0, 0]);
  expect(meter.sumSeconds).toBeCloseTo(2.05);
});

test('a task that was never begun has no duration, nor has one that cannot be read', () => {
  const { bus, meter, tell } = meterRig();
  tell('a', 'cancelled', null);
  bus.publish('task-changed', { id: 'unknown', state: 'lost' });
  expect([meter.ended('cancelled'), meter.ended('lost')]).toEqual([1, 1]);
  expect(meter.counts.reduce((sum, one) => sum + one, 0)).toBe(0);
});

test('a week of a script counts too', () => {
  const { meter, tell } = meterRig();
  tell('a', 'done', 7 * 86_400_000);
  expect(meter.counts.at(-1)).toBe(1);
});

test('the text of the figures keeps to the specification', () => {
  const { meter, tell } = meterRig();
  tell('a', 'done', 500);
  const live = [{ state: 'running' }, { state: 'queued' }, { state: 'queued' }] as const;
  const { faults, families } = checkOpenMetrics(
    formatMetrics(taskFamilies(live, meter, 1_700_000_000_000), 'openmetrics'),
  );
  expect(faults).toEqual([]);
  const values = families.get('toru_tasks')?.samples.map(({ labels, value }) => [labels.get('state'), value]);
  expect(values).toEqual([
    ['queued', 2],
    ['running', 1],
  ]);
});
