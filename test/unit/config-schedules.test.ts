/** `[[schedule]]` of torud.toml: what is taken, and the one line about the rest. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/daemon/base/config.ts';

const BACKUP = '[[schedule]]\nscript = "backup.sh"\ncron = "15 3 * * *"\n';

async function load(toml: string) {
  const folder = mkdtempSync(join(tmpdir(), 'toru-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'torud.toml');
  writeFileSync(file, toml);
  return loadConfig(file);
}

async function schedulesOf(toml: string) {
  const loaded = await load(toml);
  if (!loaded.ok) throw new Error(loaded.failure.message);
  return loaded.value.schedules;
}

test('a table needs a script and a cron; the rest has defaults', async () => {
  expect(await schedulesOf(BACKUP)).toMatchObject([
    {
      name: 'backup.sh',
      script: 'backup.sh',
      args: [],
      cron: '15 3 * * *',
      timezone: null,
      jitterMs: 0,
      catchUp: 'skip',
      lock: null,
      timeoutMs: null,
    },
  ]);
});

test('everything can be set, and stays in the order of the file', async () => {
  const schedules = await schedulesOf(`${BACKUP}
[[schedule]]
name = "nightly"
script = "backup.sh"
args = ["--full", ""]
cron = "@daily"
timezone = "Europe/Berlin"
jitter = "5min"
catch-up = "once"
lock = "disk"
timeout = "2h"
`);
  expect(schedules.map(({ name }) => name)).toEqual(['backup.sh', 'nightly']);
  expect(schedules[1]).toMatchObject({
    args: ['--full', ''],
    cron: '@daily',
    timezone: 'Europe/Berlin',
    jitterMs: 300_000,
    catchUp: 'once',
    lock: 'disk',
    timeoutMs: 7_200_000,
  });
});

test.each([
  ['catch_up = "once"', { catchUp: 'once' }],
  ['jitter = 30', { jitterMs: 30_000 }],
  ['jitter_ms = 250', { jitterMs: 250 }],
  ['jitter_seconds = 2', { jitterMs: 2_000 }],
  ['timeout_ms = 1500', { timeoutMs: 1_500 }],
  ['timeout_seconds = 90', { timeoutMs: 90_000 }],
  ['timezone = "utc"', { timezone: 'utc' }],
])('%s is another way to write it', async (line, expected) => {
  expect(await schedulesOf(BACKUP + line)).toMatchObject([expected]);
});

test.each([
  [`${BACKUP}crom = "x"`, 'torud.toml line 4: unknown key "crom" in [[schedule]]; did you mean "cron"?'],
  [`${BACKUP}catchup = "once"`, 'did you mean "catch-up"?'],
  ['[[schedule]]\ncron = "@daily"', 'torud.toml line 1: [[schedule]] needs "script"'],
  ['[[schedule]]\nscript = "a"', 'torud.toml line 1: [[schedule]] needs "cron"'],
  ['[schedule]\nscript = "a"', 'torud.toml line 1: "schedule" must be written as [[schedule]] tables'],
  [`${BACKUP}${BACKUP}`, 'torud.toml line 5: there are two schedules named "backup.sh"; set "name" in one'],
  [`${BACKUP}name = "a b"`, 'torud.toml line 4: "name" in [[schedule]] must be 1 to 64 letters'],
  [
    '[[schedule]]\nscript = "../x"\ncron = "@daily"',
    'line 2: "script" in [[schedule]] must be the name of a file',
  ],
  [
    '[[schedule]]\nscript = ".."\ncron = "@daily"',
    'line 2: "script" in [[schedule]] must be the name of a file',
  ],
  [
    `${BACKUP}timezone = "Europe/Berln"`,
    'line 4: "timezone" in [[schedule]] must be the name of a time zone',
  ],
  [`${BACKUP}timezone = "Europe/Berln"`, 'did you mean "Europe/Berlin"?'],
  [`${BACKUP}timezone = "+01:00"`, 'line 4: "timezone" in [[schedule]] must be the name of a time zone'],
  [`${BACKUP}catch-up = "twice"`, 'line 4: "catch-up" in [[schedule]] must be "once" or "skip", not "twice"'],
  [`${BACKUP}catch-up = "once"\ncatch_up = "once"`, 'line 5: "catch_up" in [[schedule]] says the same as'],
  [`${BACKUP}jitter = -1`, 'line 4: "jitter" in [[schedule]] must be from 0 to 20d, not -1'],
  [`${BACKUP}timeout = 0`, 'line 4: "timeout" in [[schedule]] must be from 1ms'],
  [`${BACKUP}args = "x"`, 'line 4: "args" in [[schedule]] must be a list'],
  [`${BACKUP}args = [1]`, 'line 4: "args" in [[schedule]] must be a list of which each must be text'],
  [
    '[[schedule]]\nscript = "a"\ncron = "* * * *"',
    'line 3: "cron" in [[schedule]] must have the five fields',
  ],
  ['[[schedule]]\nscript = "a"\ncron = "0 0 0 * * *"', 'it has 6 ("0 0 0 * * *")'],
  ['[[schedule]]\nscript = "a"\ncron = "61 * * * *"', 'line 3: "cron" in [[schedule]] has a wrong minute'],
  ['[[schedule]]\nscript = "a"\ncron = "@reboot"', 'cannot be "@reboot"'],
  ['[[schedule]]\nscript = "a"\ncron = "@dayly"', 'or @hourly, @daily, @weekly, @monthly or @yearly'],
  ['[[schedul]]\nscript = "a"', 'did you mean [schedule]?'],
])('%j is refused in one line', async (toml, message) => {
  const loaded = await load(toml);
  expect(loaded.ok ? '' : loaded.failure.message).toContain(message);
  expect(loaded.ok ? '' : loaded.failure.message).not.toContain('\n');
});

test('the digest follows what is run and when, not how', async () => {
  const digestOf = async (toml: string) => (await schedulesOf(toml))[0]?.digest;
  const before = await digestOf(BACKUP);
  expect(await digestOf(`${BACKUP}jitter = 5\nargs = ["x"]\nlock = "l"`)).toBe(before);
  expect(await digestOf(BACKUP.replace('15 3', '16 3'))).not.toBe(before);
  expect(await digestOf(BACKUP.replace('backup', 'other'))).not.toBe(before);
  expect(await digestOf(`${BACKUP}timezone = "UTC"`)).not.toBe(before);
});

test('whatever value a key has, it is taken or refused in one line with its place', async () => {
  const keys = [
    'name',
    'script',
    'args',
    'cron',
    'timezone',
    'jitter',
    'jitter_ms',
    'catch-up',
    'lock',
    'timeout',
  ];
  const values = [
    '5',
    '-1.5',
    'inf',
    'nan',
    'true',
    '""',
    '" "',
    '"\\u0000"',
    '"\\n"',
    '"*/1 * * * *"',
    '"* * * * * * * *"',
    '[]',
    '[[]]',
    '[""]',
    '{}',
    '{ a = 1 }',
    '2026-11-21',
    '"9999999d"',
    `"${'x'.repeat(5_000)}"`,
  ];
  for (const key of keys)
    for (const value of values) {
      const others = BACKUP.split('\n').filter((line) => !line.startsWith(`${key} =`));
      const loaded = await load(`${others.join('\n')}${key} = ${value}\n`);
      if (loaded.ok) continue;
      expect(loaded.failure.message).toMatch(/^torud\.toml line \d+: [^\n]+$/);
      expect(loaded.failure.message.length).toBeLessThan(600);
    }
});
