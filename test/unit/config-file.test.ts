import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../src/daemon/base/config.ts';

function scratchFile(toml?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'toru-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'torud.toml');
  if (toml !== undefined) writeFileSync(file, toml);
  return file;
}

async function load(toml: string): Promise<Awaited<ReturnType<typeof loadConfig>>> {
  return loadConfig(scratchFile(toml));
}

async function problemOf(toml: string): Promise<string> {
  const loaded = await load(toml);
  if (loaded.ok) throw new Error('it was taken');
  expect(loaded.failure.message).not.toContain('\n');
  return loaded.failure.message;
}

test('an absent file means that everything is built-in', async () => {
  const file = scratchFile();
  const loaded = await loadConfig(file);
  expect(loaded).toMatchObject({
    ok: true,
    value: { file, logLevel: 'info', scanIntervalMs: 60_000, access: [] },
  });
});

test('a whole file is read: the daemon, access rules in order, defaults', async () => {
  const loaded = await load(`
[daemon]
log_level = "debug"
scan_interval = "5min"

[[access]]
group = "ops"
role = "operate"
plugins = "web-*"

[[access]]
uid = 1000
role = "view"

[defaults.restart]
delays_ms = [100, 200]
limit = "none"

[defaults.kv]
max_bytes = "1M"
`);
  expect(loaded).toMatchObject({
    ok: true,
    value: {
      logLevel: 'debug',
      scanIntervalMs: 300_000,
      access: [
        { group: 'ops', role: 'operate', plugins: 'web-*' },
        { uid: 1000, role: 'view', plugins: '*' },
      ],
    },
  });
  if (!loaded.ok) return;
  expect([...loaded.value.defaults.values]).toEqual([
    ['restartDelaysMs', [100, 200]],
    ['restartLimit', null],
    ['kvMaxBytes', 1024 * 1024],
  ]);
});

test.each<[string, string]>([
  [
    '[daemon]\nlog_leval = "info"',
    'torud.toml line 2: unknown key "log_leval" in [daemon]; did you mean "log_level"?',
  ],
  ['[demon]\n', 'torud.toml line 1: unknown table [demon]; did you mean [daemon]?'],
  [
    'port = 80',
    'torud.toml line 1: unknown key "port"; known are [daemon], [defaults], [access], [groups], [tasks], [schedule]',
  ],
  [
    '[daemon]\n\nlog_level = "loud"',
    'torud.toml line 3: "log_level" in [daemon] must be "error", "warning", "info" or "debug", not "loud"',
  ],
  [
    '[daemon]\nscan_interval = "often"',
    'torud.toml line 2: "scan_interval" in [daemon] must be a number of seconds, or text like "500ms", "30s", "5min", "1h" or "7d", not "often"',
  ],
  ['daemon = 5', 'torud.toml line 1: "daemon" must be a table, not 5'],
  [
    '[defaults.restrat]\npolicy = "always"',
    'torud.toml line 1: unknown table [defaults.restrat]; did you mean [defaults.restart]?',
  ],
  [
    '[defaults]\nrestart.delay_ms = [1]',
    'torud.toml line 2: unknown key "delay_ms" in [defaults.restart]; did you mean "delays_ms"?',
  ],
  [
    '[defaults.stop]\ngrace = "1y"',
    'torud.toml line 2: "grace" in [defaults.stop] must be a number of seconds, or text like "500ms", "30s", "5min", "1h" or "7d", not "1y"',
  ],
  [
    '[defaults.environment]\n"1A" = "b"',
    'torud.toml line 2: "1A" in [defaults.environment] is no name of a variable',
  ],
  ['[defaults]\nnicer = 5', 'torud.toml line 2: unknown key "nicer" in [defaults]; did you mean "nice"?'],
  ['[access]\nuid = 1', 'torud.toml line 1: "access" must be written as [[access]] tables'],
  [
    '[[access]]\nuid = 1\nrole = "view"\n[[access]]\nuid = 2\nrol = "view"',
    'torud.toml line 6: unknown key "rol" in [[access]]; did you mean "role"?',
  ],
  [
    '[[access]]\nrole = "view"',
    'torud.toml line 1: [[access]] needs exactly one of "uid", "gid", "user" and "group"',
  ],
  [
    '[[access]]\nuid = 1\nuser = "root"\nrole = "view"',
    'torud.toml line 1: [[access]] needs exactly one of "uid", "gid", "user" and "group"',
  ],
  ['[[access]]\nuid = 1', 'torud.toml line 1: [[access]] needs a "role": "view", "operate" or "admin"'],
  [
    '[[access]]\nuid = -1\nrole = "view"',
    'torud.toml line 2: "uid" in [[access]] must be a whole number from 0 to 4294967294, not -1',
  ],
  ['[daemon\n', 'torud.toml line 1: not TOML: '],
  ['a = 1\na = 2', 'torud.toml line 2: not TOML: trying to redefine an already defined table or value'],
])('a wrong torud.toml: %j', async (toml, message) => {
  const found = await problemOf(toml);
  if (message.endsWith(': ')) expect(found.startsWith(message)).toBe(true);
  else expect(found).toBe(message);
});

test('a file that everybody can write to is refused', async () => {
  const file = scratchFile('');
  chmodSync(file, 0o666);
  const loaded = await loadConfig(file);
  expect(loaded).toMatchObject({
    ok: false,
    failure: {
      file,
      line: null,
      message: 'torud.toml: is writable by everybody (mode 0666); take that away with chmod o-w',
    },
  });
});

test('bytes that are not UTF-8, a folder and an endless file are refused in one line', async () => {
  const file = scratchFile();
  writeFileSync(file, Buffer.from([0x61, 0xff]));
  expect(await loadConfig(file)).toMatchObject({ failure: { message: 'torud.toml: is not UTF-8 text' } });
  writeFileSync(file, Buffer.alloc(1024 * 1024 + 1, 0x20));
  expect(await loadConfig(file)).toMatchObject({ failure: { message: 'torud.toml: is longer than 1 MiB' } });
  expect(await loadConfig(tmpdir(), 0)).toMatchObject({
    failure: { message: expect.stringMatching(/: is not a regular file$/) },
  });
});
