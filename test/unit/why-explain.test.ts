/** What `toru why` says in each state. */

import { describe, expect, it } from 'vitest';
import { explain, span, type WhyFacts } from '../../src/daemon/supervisor/why.ts';
import type { CrashSummary } from '../../src/protocol/control/crashes.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';

const NOW = '2026-11-08T16:20:00.000000Z';

const CRASH: CrashSummary = {
  id: 47,
  plugin: 'web',
  runId: 9,
  at: '2026-11-08T16:19:50.000000Z',
  uptimeMs: 2100,
  exitCode: 3,
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
};

function facts(status: Partial<PluginStatus>, more: Partial<WhyFacts> = {}): WhyFacts {
  return {
    status: {
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
      since: '2026-11-08T16:08:00.000000Z',
      uptimeMs: 1,
      restarts: 0,
      nextRestartAt: null,
      reason: 'ops ran "toru start web"',
      actor: { kind: 'user', name: 'ops' },
      memoryBytes: 1,
      cpuPercent: 0,
      linesLost: 0,
      lastCrash: null,
      lastExit: null,
      problems: [],
      ...status,
    },
    nowMs: Date.parse(NOW),
    limit: 10,
    lastWords: undefined,
    versionBefore: undefined,
    ...more,
  };
}

describe('running', () => {
  it('says since when, by whom, and that it never crashed', () => {
    const text = explain(facts({}));
    expect(text).toMatch(/^web is running since 12 minutes \(2026-11-08 /);
    expect(text).toContain('ops ran "toru start web"');
    expect(text).toContain('It has never crashed.');
  });

  it('names the last crash when it has been restarted', () => {
    const text = explain(facts({ restarts: 2, lastCrash: CRASH }));
    expect(text).toContain('restarted 2 times after crashes');
    expect(text).toContain('"toru crashes show 47"');
  });

  it('does not speak of restarts when the crash was in an earlier stretch', () => {
    const at = '2026-11-08T15:00:00.000000Z';
    expect(explain(facts({ lastCrash: { ...CRASH, at } }))).toContain('It has not crashed since');
  });

  it('gives the health detail first when it is unhealthy', () => {
    const text = explain(facts({ health: 'unhealthy', healthDetail: 'the database is away' }));
    expect(text).toMatch(/but unhealthy: its health check says "the database is away"/);
  });

  it('adds every problem as a sentence', () => {
    const text = explain(facts({ problems: ['changed on disk: restart takes it', 'log capture lost'] }));
    expect(text).toMatch(/Changed on disk: restart takes it\. Log capture lost\.$/);
  });
});

describe('backoff', () => {
  const backoff: Partial<PluginStatus> = {
    state: 'backoff',
    reason: 'it ended with exit code 3',
    restarts: 3,
    pid: null,
    lastCrash: CRASH,
    nextRestartAt: '2026-11-08T16:20:04.000000Z',
  };

  it('says what happened, its last words, when it is tried again, and how often still', () => {
    const text = explain(facts(backoff, { lastWords: 'no route to db' }));
    expect(text).toMatch(/^web is in backoff: it ended with exit code 3 after 2\.1 s\./);
    expect(text).toContain('Its last words: "no route to db".');
    expect(text).toContain('Next try in 4 s (restart 3); after 7 more it is given up and disabled.');
  });

  it('promises no end when there is no limit', () => {
    expect(explain(facts(backoff, { limit: null }))).toMatch(/\(restart 3\)\.$/);
  });

  it('names the version that was good', () => {
    expect(explain(facts(backoff, { versionBefore: '2.0.0' }))).toContain(
      'Its last good run was version 2.0.0; this is 2.1.0.',
    );
  });
});

describe('failed', () => {
  it('says that nothing will start it, and what would, when it was given up', () => {
    const status: Partial<PluginStatus> = {
      state: 'failed',
      enabled: false,
      lastCrash: CRASH,
      reason: 'given up',
    };
    const text = explain(facts(status, { lastWords: 'bye' }));
    expect(text).toMatch(/^web is failed since \d\d:\d\d: given up\. Its last words: "bye"\./);
    expect(text).toContain('"toru reset-failed web" and "toru enable web"');
    expect(text).toContain('"toru crashes show 47"');
  });

  it('says how to start it when it is still enabled', () => {
    expect(explain(facts({ state: 'failed' }))).toContain('Nothing starts it until "toru start web".');
  });
});

it.each([
  ['starting', /^web is starting since 12 minutes: .*It is not ready yet\.$/],
  ['stopping', /^web is stopping since 12 minutes: .*killed when its grace is over\.$/],
  ['waiting', /^web is waiting: .*starts by itself when that is ready\.$/],
  ['exited', /^web has exited: .*12 minutes ago.*"toru start web"\.$/],
  ['stopped', /^web is stopped: ops ran .*12 minutes ago\. It is enabled, so it starts again/],
  ['invalid', /^web is invalid: .*torud looks again by itself\.$/],
] as const)('%s is explained with what happens next', (state, expected) => {
  expect(explain(facts({ state }))).toMatch(expected);
});

it('a plugin that is stopped and not enabled says both ways to start it', () => {
  const text = explain(facts({ state: 'stopped', enabled: false }));
  expect(text).toContain('It is not enabled; "toru start web" starts it now, "toru enable web" now and with');
});

it.each([
  [-5, '0 s'],
  [340, '340 ms'],
  [2100, '2.1 s'],
  [41_000, '41 s'],
  [119_000, '119 s'],
  [720_000, '12 minutes'],
  [3 * 3_600_000, '3 hours'],
  [12 * 86_400_000, '12 days'],
])('%i ms is %s', (ms, text) => {
  expect(span(ms)).toBe(text);
});
