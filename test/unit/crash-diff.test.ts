/** What `toru crashes diff` compares and prints, and what is kept back of it as a secret. */

import { describe, expect, it, test } from 'vitest';
import { diffCrashes, diffWithGoodRun } from '../../src/cli/crash-diff.ts';
import { diffText } from '../../src/cli/crash-diff-text.ts';
import { isCrashId, readCrashId } from '../../src/cli/crash-id.ts';
import { looksSecret, REMOVED, SecretFilter } from '../../src/cli/secrets.ts';
import type { Crash, StoredRun } from '../../src/protocol/control/crashes.ts';

function local(hour: number, minute: number): string {
  return new Date(2026, 10, 8, hour, minute).toISOString();
}

const CRASH: Crash = {
  id: 311,
  plugin: 'analytics',
  runId: 9,
  at: local(14, 2),
  uptimeMs: 2100,
  exitCode: 7,
  signal: null,
  cause: 'exit',
  restart: 3,
  verdict: 'restart',
  delayMs: 4000,
  peakMemoryBytes: 64_000_000,
  cpuMs: 400,
  coreDumped: false,
  version: '1.4.0',
  digest: '41aa'.padEnd(64, '0'),
  detail: 'it ended with exit code 7',
  lastLines: [],
  limits: {},
  settingsChanged: [],
  digestChanged: false,
  lastGoodRunId: 4,
};

const GOOD: StoredRun = {
  id: 4,
  plugin: 'analytics',
  version: '1.3.2',
  digest: '9f2c'.padEnd(64, '0'),
  pid: 1,
  startedAt: local(8, 0),
  readyAt: null,
  endedAt: local(13, 58),
  cause: 'requested',
  exitCode: 0,
  signal: null,
  peakMemoryBytes: 1,
  cpuMs: 1,
  lines: 1,
  linesLost: 0,
  settings: {},
};

const lines = (...messages: string[]) =>
  messages.map((message) => ({ time: CRASH.at, stream: 'stderr', message }));

describe('against the last good run', () => {
  it('says what became of version, files, settings and environment, and hides secrets', () => {
    const settingsChanged = [
      { key: 'settings.environment.DB_PASSWORD', before: 'old-secret', after: 'new-secret' },
      { key: 'settings.environment.MODE', before: null, after: 'fast' },
      { key: 'settings.limits.memoryBytes', before: 104857600, after: 209715200 },
    ];
    const crash = { ...CRASH, settingsChanged, digestChanged: true, versionBefore: '1.3.2' };
    const diff = diffWithGoodRun({ crash, run: null, lastGoodRun: GOOD }, new SecretFilter());
    expect(diff).toMatchObject({
      plugin: 'analytics',
      before: { kind: 'run', id: 4, version: '1.3.2' },
      after: { kind: 'crash', id: 311, version: '1.4.0' },
      areSettingsKnown: true,
      removed: ['environment.DB_PASSWORD'],
    });
    expect(diffText(diff, [], 100)).toBe(
      [
        'analytics: crash #311 (2026-11-08 14:02:00, version 1.4.0) against the last good run (4) (from 2026-11-08 08:00:00, version 1.3.2)',
        '  version                  1.3.2 → 1.4.0',
        '  digest                   9f2c00000000 → 41aa00000000',
        '  environment.DB_PASSWORD  (removed) → (removed)',
        '  environment.MODE         – → fast',
        '  limits.memoryBytes       100.0M → 200.0M',
        '  values that look secret are not shown: environment.DB_PASSWORD',
      ].join('\n'),
    );
    expect(JSON.stringify(diff)).not.toMatch(/(old|new)-secret/);
  });

  it('says so when nothing has changed, and when there never was a good run', () => {
    const same = { ...GOOD, version: CRASH.version, digest: CRASH.digest };
    const diff = diffWithGoodRun({ crash: CRASH, lastGoodRun: same }, new SecretFilter());
    expect(diffText(diff, [], 80)).toContain('nothing has changed: version, files and settings are the same');
    const crash = { ...CRASH, lastGoodRunId: null };
    const first = diffWithGoodRun({ crash, lastGoodRun: null }, new SecretFilter());
    expect(first).toMatchObject({ before: null, changed: [], areSettingsKnown: false });
    expect(diffText(first, [], 80)).toContain('nothing to compare with: it has had no good run');
  });

  it('takes what the capsule holds when the good run itself is too old to be kept', () => {
    const crash = {
      ...CRASH,
      versionBefore: '1.3.2',
      settingsChanged: [{ key: 'settings.nice', before: 0, after: 5 }],
    };
    const diff = diffWithGoodRun({ crash, lastGoodRun: null }, new SecretFilter());
    expect(diff.changed).toEqual([
      { key: 'version', before: '1.3.2', after: '1.4.0' },
      { key: 'nice', before: 0, after: 5 },
    ]);
    expect(diffText(diff, [], 80)).toContain('against a good run that is not kept any more');
  });
});

describe('two crashes', () => {
  it('say how each ended, what was set, and what each said last, side by side', () => {
    const older = { ...CRASH, id: 310, lastLines: lines('connecting', 'refused') };
    const newer = {
      ...CRASH,
      signal: 'SIGSEGV',
      exitCode: null,
      cause: 'signal' as const,
      lastLines: lines('boom'),
    };
    const run = { ...GOOD, settings: { settings: { environment: { A: '1', API_TOKEN: 'x' }, nice: 0 } } };
    const next = { ...GOOD, settings: { settings: { environment: { API_TOKEN: 'y' }, nice: 0 } } };
    const diff = diffCrashes({ crash: older, run }, { crash: newer, run: next }, new SecretFilter());
    expect(diff.changed).toEqual([
      { key: 'cause', before: 'exit', after: 'signal' },
      { key: 'exitCode', before: 7, after: null },
      { key: 'signal', before: null, after: 'SIGSEGV' },
      { key: 'environment.A', before: '1', after: null },
      { key: 'environment.API_TOKEN', before: REMOVED, after: REMOVED },
    ]);
    expect(diffText(diff, [older, newer], 43).split('\n').slice(-3)).toEqual([
      'last lines of #310   │ last lines of #311',
      'connecting           │',
      'refused              │ boom',
    ]);
  });

  it('say that settings are not kept any more, and last lines once when they are the same', () => {
    const one = { ...CRASH, lastLines: lines('bye') };
    const diff = diffCrashes(
      { crash: one, run: null },
      { crash: { ...one, id: 312 }, run: null },
      new SecretFilter(),
    );
    const text = diffText(diff, [one, one], 80);
    expect(text).toContain('settings: not kept any more');
    expect(text).toContain('last lines, the same of both:\n  bye');
  });
});

describe('secrets', () => {
  test.each([
    'DB_PASSWORD',
    'API_TOKEN',
    'apiKey',
    'AWS_SECRET_ACCESS_KEY',
    'SSH_KEY',
    'pass',
    'DATABASE_DSN',
    'auth',
  ])('%s looks like one', (name) => expect(looksSecret(name)).toBe(true));
  test.each(['PATH', 'MODE', 'PORT', 'KEYBOARD', 'compass', 'LOG_LEVEL', 'maxKeysCount'])(
    '%s does not',
    (name) => expect(looksSecret(name)).toBe(false),
  );

  it('are taken out under their names, in addresses, and wherever else they stand; settings of torud are not', () => {
    const filter = new SecretFilter();
    const settings = {
      settings: {
        environment: { TOKEN: 'abc-def-ghi', N: '1' },
        config: { db: { password: ['s3cr3t'] } },
        kv: { maxKeys: 5 },
      },
    };
    filter.learn(settings);
    const clean = filter.clean({
      ...settings,
      log: ['sent abc-def-ghi', 'db at postgres://u:pw@h/x', 's3cr3t', 'fine'],
    });
    expect(clean).toEqual({
      settings: {
        environment: { TOKEN: REMOVED, N: '1' },
        config: { db: { password: REMOVED } },
        kv: { maxKeys: 5 },
      },
      log: [`sent ${REMOVED}`, `db at postgres://u:${REMOVED}@h/x`, REMOVED, 'fine'],
    });
    expect([...filter.removed]).toEqual(['environment.TOKEN', 'config.db.password', 'log']);
  });

  it('that are short are taken out under their names alone', () => {
    const filter = new SecretFilter();
    filter.learn({ environment: { TOKEN: 'a' } });
    expect(filter.clean({ text: 'a cat' })).toEqual({ text: 'a cat' });
  });
});

test('a crash is named by its number', () => {
  expect(['311', '#311', '-1'].map((text) => readCrashId(text))).toMatchObject([
    { value: 311 },
    { value: 311 },
    { value: -1 },
  ]);
  for (const text of ['0', '', 'web', '1.5', '1e3', '99999999999999999999']) {
    expect(readCrashId(text)).toMatchObject({ failure: { code: 'usage' } });
  }
  expect([isCrashId('-2'), isCrashId('web-2')]).toEqual([true, false]);
});
