/** What a capsule is made of. */

import { expect, it } from 'vitest';
import type { RunOutcome } from '../../src/daemon/runs/plugin-run.ts';
import type { RunRecord } from '../../src/daemon/store/records.ts';
import {
  type CapsuleInputs,
  changedSettings,
  endingOf,
  flatten,
  makeCapsule,
  runEndOf,
} from '../../src/daemon/supervisor/crash-history.ts';
import { newRun, runEnd } from './store-rows.ts';

const RUN: RunRecord = {
  ...newRun('web', { settings: { settings: { limits: { memoryBytes: 5 }, nice: 3 } } }),
  id: 9,
  shimPid: 1,
  pid: 2,
  readyAt: null,
  end: null,
};

const INPUTS: CapsuleInputs = {
  run: RUN,
  end: runEnd({ endedAt: '2026-11-08T16:20:02.123456Z' }),
  ending: { code: null, signal: 'SIGSEGV' },
  decision: {
    verdict: 'restart',
    delayMs: 4000,
    isCrash: true,
    cause: 'signal',
    reason: 'killed by SIGSEGV',
  },
  restart: 2,
  lastLines: [],
  lastGood: undefined,
};

it('a capsule without a good run before says that nothing changed', () => {
  expect(makeCapsule(INPUTS)).toMatchObject({
    plugin: 'web',
    runId: 9,
    uptimeMs: 2000,
    signal: 'SIGSEGV',
    exitCode: null,
    cause: 'signal',
    coreDumped: true,
    restart: 2,
    verdict: 'restart',
    delayMs: 4000,
    limits: { memoryBytes: 5 },
    settingsChanged: [],
    digestChanged: false,
    lastGoodRunId: null,
  });
});

it('settings, digest and version are compared with the last good run', () => {
  const lastGood = {
    ...RUN,
    id: 4,
    digest: 'other',
    version: '1.0.0',
    settings: { settings: { limits: { memoryBytes: 5 }, nice: 0 } },
  };
  expect(makeCapsule({ ...INPUTS, lastGood })).toMatchObject({
    settingsChanged: [{ key: 'settings.nice', before: 0, after: 3 }],
    digestChanged: true,
    versionBefore: '1.0.0',
    lastGoodRunId: 4,
  });
});

it('a clock that went back gives an uptime of 0, not a negative one', () => {
  const end = runEnd({ endedAt: '2026-11-08T16:00:00.000000Z' });
  expect(makeCapsule({ ...INPUTS, end }).uptimeMs).toBe(0);
});

it('settings that appeared or went away have null on the other side; lists are one value', () => {
  const changes = changedSettings(
    { a: { b: 1 }, list: [1, 2], same: 'x' },
    { a: { c: 2 }, list: [1, 3], same: 'x' },
  );
  expect(changes).toEqual([
    { key: 'a.b', before: 1, after: null },
    { key: 'a.c', before: null, after: 2 },
    { key: 'list', before: [1, 2], after: [1, 3] },
  ]);
});

it('leaves are flat with dots', () => {
  expect([...flatten({ a: { b: 1, c: { d: 'x' } }, e: [] })]).toEqual([
    ['a.b', '1'],
    ['a.c.d', '"x"'],
    ['e', '[]'],
  ]);
});

const EXITED: RunOutcome = {
  kind: 'exited',
  exit: {
    event: 'exited',
    at: '2026-11-08T16:21:00.000000Z',
    code: 3,
    signal: null,
    core: false,
    maxRssBytes: 4096,
    userMs: 10,
    systemMs: 5,
  },
  gone: { event: 'gone', at: '2026-11-08T16:21:00.000000Z', lines: 12, lost: 2, killed: 0 },
};

it('the end of a run has code, peaks and lines of the shim', () => {
  expect(runEndOf(EXITED, 'exit', Date.UTC(2026, 10, 8, 16, 21), 0)).toEqual({
    endedAt: '2026-11-08T16:21:00.000000Z',
    cause: 'exit',
    exitCode: 3,
    signal: null,
    coreDumped: false,
    peakMemoryBytes: 4096,
    cpuMs: 15,
    lines: 12,
    linesLost: 2,
  });
});

it('nobody invents an exit status that was not seen', () => {
  const lost: RunOutcome = { kind: 'lost', detail: 'its shim was killed' };
  expect(runEndOf(lost, 'lost', 0, 4)).toMatchObject({
    exitCode: null,
    signal: null,
    peakMemoryBytes: null,
    linesLost: 4,
  });
  expect(endingOf(lost)).toEqual({ code: null, signal: null, detail: 'its shim was killed' });
  expect(endingOf({ kind: 'spawn-failed', step: 'exec', error: 'No such file' })).toMatchObject({
    cause: 'spawn',
    detail: 'it could not be started: exec: No such file',
  });
});
