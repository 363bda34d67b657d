/** Schedules as metrics: what an alert needs to know. */

import { expect, test } from 'vitest';
import { scheduleFamilies } from '../../src/daemon/metrics/schedule-families.ts';
import type { Schedule } from '../../src/protocol/control/schedules.ts';
import { makeTask } from './tui-task-stage.ts';

const SCHEDULE: Schedule = {
  name: 'nightly',
  script: 'backup.sh',
  args: [],
  cron: '@daily',
  timezone: null,
  jitterMs: 0,
  catchUp: 'skip',
  lock: null,
  timeoutMs: null,
  next: ['2026-11-22T00:00:00.000000Z'],
  missed: 2,
  lastMissedAt: null,
  lastTask: makeTask(1, 'failed', { queuedAt: '2026-11-21T00:00:00.000000Z' }),
  problem: null,
};

/** Values by the name of the family. */
function figures(schedule: Schedule): Readonly<Record<string, readonly number[]>> {
  const families = scheduleFamilies([schedule]);
  return Object.fromEntries(
    families.map((family) => [
      family.name.replace('toru_schedule_', ''),
      family.type === 'histogram' ? [] : family.samples.map(({ value }) => value),
    ]),
  );
}

test('say what was missed, when it is due, and how it ended', () => {
  expect(figures(SCHEDULE)).toEqual({
    runnable: [1],
    missed: [2],
    next_timestamp_seconds: [Date.UTC(2026, 10, 22) / 1000],
    last_start_timestamp_seconds: [Date.UTC(2026, 10, 21) / 1000],
    last_failed: [1],
  });
  expect(figures({ ...SCHEDULE, lastTask: makeTask(1, 'done') }).last_failed).toEqual([0]);
});

test('leave out what is not known', () => {
  const never = { ...SCHEDULE, next: [], lastTask: null, problem: 'the script is gone' };
  expect(figures(never)).toMatchObject({
    runnable: [0],
    next_timestamp_seconds: [],
    last_start_timestamp_seconds: [],
    last_failed: [],
  });
  expect(figures({ ...SCHEDULE, lastTask: makeTask(1, 'running') }).last_failed).toEqual([]);
  expect(scheduleFamilies([]).flatMap((family) => (family.type === 'gauge' ? family.samples : []))).toEqual(
    [],
  );
});
