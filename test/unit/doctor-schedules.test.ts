/** What `toru doctor` says of schedules. */

import { expect, test } from 'vitest';
import { schedules } from '../../src/doctor/checks/schedules.ts';
import type { View } from '../../src/doctor/view.ts';
import type { Schedule } from '../../src/protocol/control/schedules.ts';
import { makeTask, taskId } from './tui-task-stage.ts';

const FINE: Schedule = {
  name: 'nightly',
  script: 'backup.sh',
  args: [],
  cron: '@daily',
  timezone: null,
  jitterMs: 0,
  catchUp: 'skip',
  lock: null,
  timeoutMs: null,
  next: [],
  missed: 0,
  lastMissedAt: null,
  lastTask: null,
  problem: null,
};

function found(...all: readonly Schedule[]) {
  return schedules({ torud: { kind: 'up', schedules: all } } as unknown as View);
}

test('nothing where there is none, or where torud is away', async () => {
  expect(await found()).toEqual([]);
  expect(await schedules({ torud: { kind: 'away' } } as unknown as View)).toEqual([]);
});

test('one line where all is well', async () => {
  expect(await found(FINE)).toMatchObject([{ result: 'ok', detail: expect.stringContaining('can run') }]);
  expect(await found(FINE, FINE)).toMatchObject([{ detail: expect.stringContaining('all 2 schedules') }]);
});

test('a line a fault, with its mend', async () => {
  const broken = { ...FINE, problem: 'backup.sh: there is no such script' };
  const late = { ...FINE, missed: 3, lastMissedAt: '2026-11-21T03:15:00.000000Z' };
  const failed = { ...FINE, lastTask: makeTask(1, 'failed') };
  const findings = await found(broken, late, failed);
  expect(findings.map(({ result }) => result)).toEqual(['warn', 'warn', 'warn']);
  expect(findings.map(({ detail }) => detail)).toEqual([
    'nightly cannot run: backup.sh: there is no such script',
    'nightly has missed 3 runs, the last one at 2026-11-21T03:15:00.000000Z',
    'nightly ended badly the last time (failed)',
  ]);
  expect(findings[2]?.mend).toBe(`toru task logs ${taskId(1)}`);
});
