/** A plugin at 16:20 on the eighth of November 2026, as the tests of `toru why` change it. */

import { explain, type WhyFacts } from '../../src/daemon/supervisor/why.ts';
import type { Crash, CrashSummary } from '../../src/protocol/control/crashes.ts';
import type { DependencyStatus } from '../../src/protocol/control/dependencies.ts';
import type { Actor, PluginStatus } from '../../src/protocol/control/plugins.ts';

/** The eighth of November 2026 unless said otherwise, in the time zone of whoever runs this. */
export function at(hour: number, minute: number, second = 0, day = 8): string {
  return new Date(2026, 10, day, hour, minute, second).toISOString().replace('Z', '000Z');
}

export const NOW = Date.parse(at(16, 20));
export const OPS: Actor = { kind: 'user', name: 'ops', uid: 1000, pid: 4242 };
export const RAN = (verb: string, plugin = 'web'): string =>
  `ops (uid 1000, pid 4242) ran "toru ${verb} ${plugin}"`;

export const CRASH: Crash = {
  id: 47,
  plugin: 'web',
  runId: 9,
  at: at(16, 19, 58),
  uptimeMs: 2100,
  exitCode: 7,
  signal: null,
  cause: 'exit',
  restart: 0,
  verdict: 'restart',
  delayMs: 4000,
  peakMemoryBytes: 1,
  cpuMs: 1,
  coreDumped: false,
  version: '2.1.0',
  digest: 'd',
  detail: 'it ended with exit code 7',
  lastLines: [{ time: at(16, 19, 58), stream: 'stderr', message: 'fatal: no backend, exiting' }],
  limits: {},
  settingsChanged: [],
  digestChanged: false,
  lastGoodRunId: 4,
};

export const STATUS: PluginStatus = {
  id: 'web',
  name: 'Web',
  version: '2.1.0',
  description: '',
  runtime: 'process',
  state: 'running',
  enabled: true,
  wanted: 'up',
  health: 'unknown',
  pid: 7,
  runId: 9,
  since: at(16, 8),
  uptimeMs: 1,
  restarts: 0,
  nextRestartAt: null,
  reason: RAN('start'),
  actor: OPS,
  memoryBytes: 1,
  cpuPercent: 0,
  linesLost: 0,
  lastCrash: null,
  lastExit: null,
  problems: [],
  dependencies: [],
  neededBy: [],
  groups: [],
};

export const RULES: NonNullable<WhyFacts['rules']> = {
  limit: 10,
  stableAfterMs: 60_000,
  graceMs: 10_000,
  aliveMs: null,
  startTimeoutMs: 30_000,
  restartAfter: null,
};

export type Rest = Partial<Omit<WhyFacts, 'status'>>;

export function facts(status: Partial<PluginStatus>, more: Rest = {}): WhyFacts {
  return {
    status: { ...STATUS, ...status },
    nowMs: NOW,
    files: 'there',
    rules: RULES,
    goal: undefined,
    isDueAtNextStart: false,
    enabling: undefined,
    crash: undefined,
    streak: [],
    lastGood: undefined,
    wasGood: false,
    killedBy: undefined,
    changedAt: undefined,
    adoptedAt: undefined,
    torudEnd: undefined,
    unhealthySince: undefined,
    badAnswers: undefined,
    startProblem: undefined,
    statusOf: () => undefined,
    ...more,
  };
}

export function text(status: Partial<PluginStatus>, more: Rest = {}): string {
  return explain(facts(status, more));
}

/** So many crashes 20 s apart, the newest first and at CRASH.at. */
export function streak(count: number, last: Partial<CrashSummary> = {}): readonly CrashSummary[] {
  return Array.from({ length: count }, (_, index) => ({
    ...CRASH,
    ...(index === 0 ? last : {}),
    at: new Date(Date.parse(CRASH.at) - index * 20_000).toISOString().replace('Z', '000Z'),
    restart: count - 1 - index,
  }));
}

export function needs(plugin: string, more: Partial<DependencyStatus> = {}): DependencyStatus {
  return { plugin, range: '*', required: true, state: 'backoff', version: '1.4.0', fits: true, ...more };
}

export function among(...others: readonly (Partial<PluginStatus> & { readonly id: string })[]): Rest {
  const known = new Map(others.map((other) => [other.id, { ...STATUS, ...other }]));
  return { statusOf: (id) => known.get(id) };
}

export const STOPPED: Partial<PluginStatus> = {
  state: 'stopped',
  pid: null,
  wanted: 'down',
  since: at(14, 20),
  reason: RAN('stop'),
};
export const BACKOFF: Partial<PluginStatus> = {
  state: 'backoff',
  pid: null,
  reason: 'it ended with exit code 7',
  actor: { kind: 'daemon' },
  restarts: 1,
  nextRestartAt: at(16, 20, 5),
  lastCrash: CRASH,
  since: CRASH.at,
};
export const FAILED: Partial<PluginStatus> = {
  ...BACKOFF,
  state: 'failed',
  nextRestartAt: null,
  enabled: false,
  since: at(14, 2),
  reason: 'it was killed by SIGSEGV; given up and disabled after 10 restarts without a stable stretch',
};
export const GOOD = { startedAt: at(16, 20, 0, 1), endedAt: at(13, 50) };
export const WAITING: Partial<PluginStatus> = {
  id: 'gateway',
  state: 'waiting',
  pid: null,
  since: at(16, 19),
  reason: RAN('start', 'gateway'),
};
export const ANALYTICS = {
  id: 'analytics',
  state: 'backoff',
  reason: 'it ended with exit code 7',
  nextRestartAt: at(16, 20, 5),
} as const;
