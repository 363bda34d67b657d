/** Rows for the tests of the store. */

import type { NewRun, PluginRecord, RunEnd } from '../../src/daemon/store/records.ts';
import type { Crash } from '../../src/protocol/control/crashes.ts';
import type { PluginEvent } from '../../src/protocol/control/events.ts';

export function pluginRecord(id: string, more: Partial<PluginRecord> = {}): PluginRecord {
  return {
    id,
    enabled: false,
    enabledActor: { kind: 'user', uid: 1000, gid: 1000, pid: 4242, name: 'ada' },
    enabledAt: '2026-11-08T16:20:00.123456Z',
    wanted: 'up',
    wantedBootId: 'boot-1',
    state: {
      name: 'running',
      since: '2026-11-08T16:20:01.000001Z',
      reason: 'started by ada',
      actor: { kind: 'daemon' },
      nextRestartAt: null,
      restarts: 3,
    },
    lastExit: null,
    linesLost: 7,
    lastGoodRunId: null,
    version: '1.2.3',
    digest: 'ab'.repeat(32),
    ...more,
  };
}

export function newRun(plugin: string, more: Partial<NewRun> = {}): NewRun {
  return {
    plugin,
    version: '1.2.3',
    digest: 'cd'.repeat(32),
    settings: { restart: { policy: 'always' }, text: 'ü\n\u0000"' },
    bootId: 'boot-1',
    startedAt: '2026-11-08T16:20:00.123456Z',
    ...more,
  };
}

export function runEnd(more: Partial<RunEnd> = {}): RunEnd {
  return {
    endedAt: '2026-11-08T16:21:00.000000Z',
    cause: 'signal',
    exitCode: null,
    signal: 'SIGSEGV',
    coreDumped: true,
    peakMemoryBytes: 2 ** 40,
    cpuMs: 12.5,
    lines: 100,
    linesLost: 2,
    ...more,
  };
}

export function newEvent(plugin: string | null, more: Partial<PluginEvent> = {}): Omit<PluginEvent, 'id'> {
  return {
    at: '2026-11-08T16:20:00.000000Z',
    plugin,
    type: 'started',
    reason: 'asked by ada',
    actor: { kind: 'user', uid: 0 },
    details: { runId: 1 },
    ...more,
  };
}

export function newCrash(plugin: string, more: Partial<Crash> = {}): Omit<Crash, 'id'> {
  return {
    plugin,
    runId: 5,
    at: '2026-11-08T16:20:00.000000Z',
    uptimeMs: 1234.567,
    exitCode: 3,
    signal: null,
    cause: 'exit',
    restart: 1,
    verdict: 'restart',
    delayMs: 1000,
    peakMemoryBytes: null,
    cpuMs: null,
    coreDumped: false,
    version: '1.2.3',
    digest: 'ef'.repeat(32),
    detail: 'exited with code 3',
    lastLines: [{ time: '2026-11-08T16:20:00.000000Z', stream: 'stderr', message: 'oh no' }],
    limits: { memoryBytes: 1 },
    settingsChanged: [{ key: 'restart.limit', before: 1, after: null }],
    digestChanged: true,
    lastGoodRunId: 4,
    ...more,
  };
}
