/** The real bin/toru and what it writes: records for scripts, help as data, and an output that takes nothing. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pluginStatus, ScriptedDaemon } from '../fixtures/scripted-daemon.ts';
import { type CliResult, runToru } from '../rig/cli-rig.ts';
import { cleanEnvironment, TORU } from '../rig/programs.ts';

let daemon: ScriptedDaemon;

beforeEach(async () => {
  daemon = await ScriptedDaemon.create();
});

afterEach(() => daemon.remove());

function toru(...args: string[]): Promise<CliResult> {
  return runToru(daemon.root, args);
}

/** A record under the titles of the legend. */
function recordOf(stdout: string, row = 1): Record<string, string> {
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  return Object.fromEntries((lines[0] ?? []).map((title, at) => [title, lines[row]?.[at] ?? '']));
}

test('status --plain prints one record a plugin, whole, and asks for no log lines', async () => {
  const reason = `crashed ${'again and '.repeat(50)}again\tand again`;
  const plugins = [
    pluginStatus('web'),
    pluginStatus('db', { state: 'failed', pid: null, uptimeMs: null, reason }),
  ];
  await daemon.on('plugin.list', (_, reply) => reply.result({ plugins, errors: [] })).listen();
  const result = await toru('status', 'web', 'db', '--plain');
  expect(result).toMatchObject({ code: 3, stderr: '' });
  expect(result.stdout.trimEnd().split('\n')).toHaveLength(3);
  expect(recordOf(result.stdout)).toMatchObject({
    ID: 'web',
    STATE: 'running',
    PID: '4242',
    MEM: '88290304',
  });
  expect(recordOf(result.stdout, 2)).toMatchObject({
    ID: 'db',
    PID: '-',
    REASON: reason.replace('\t', '\\t'),
  });
  const bare = await toru('status', 'web', 'db', '--plain', '--no-legend');
  expect(bare.stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(daemon.requests.map(({ method }) => method)).toEqual(['plugin.list', 'plugin.list']);
});

test('status --plain of torud itself is one record as well', async () => {
  const status = {
    version: '9.9.9',
    pid: 7,
    since: '2026-11-08T16:20:00.000000Z',
    instanceId: 'i',
    protocol: { control: 1, plugin: 1 },
    plugins: { total: 3, running: 2, failed: 1 },
    paths: { configFile: '/c', pluginFolder: '/p', logFolder: '/l', controlSocket: '/s' },
    memoryBytes: 1024,
    problems: ['disk full', 'no credentials'],
  };
  await daemon.on('daemon.status', (_, reply) => reply.result({ daemon: status })).listen();
  for (const words of [['status'], ['daemon', 'status']]) {
    const { stdout } = await toru(...words, '--plain');
    expect(recordOf(stdout)).toMatchObject({ PID: '7', FAILED: '1', PROBLEMS: 'disk full; no credentials' });
    expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  }
});

test('help is data where JSON is asked for, in every spelling', async () => {
  for (const words of [
    ['help', '--json'],
    ['help', '-o', 'json'],
    ['--help', '--output=json'],
    ['-ojson', 'help'],
  ]) {
    const result = await toru(...words);
    expect([words, result.code, result.stderr]).toEqual([words, 0, '']);
    const { schema, help } = JSON.parse(result.stdout);
    expect(schema).toBe(1);
    expect(help.verbs.map(({ verb }: { verb: string }) => verb)).toContain('kv get');
    expect(help.options.map(({ name }: { name: string }) => name)).toContain('timeout');
  }
});

test('help for a verb is data as well, and a value of an option is no verb', async () => {
  for (const words of [
    ['help', 'logs', '--json'],
    ['logs', '--help', '--json'],
    ['help', '-o', 'json', 'logs'],
  ]) {
    const { help } = JSON.parse((await toru(...words)).stdout);
    expect(help.verbs).toHaveLength(1);
    expect(help.verbs[0]).toMatchObject({ verb: 'logs', kind: 'query' });
    expect(help.verbs[0].options).toContainEqual(expect.objectContaining({ name: 'grep', value: 'RE' }));
  }
  expect(JSON.parse((await toru('help', 'kv', 'get', '--json')).stdout).help.verbs).toHaveLength(1);
  expect(JSON.parse((await toru('help', 'exit-codes', '--json')).stdout).help.exitCodes).toContainEqual(
    expect.objectContaining({ code: 'unreachable', queryExit: 150 }),
  );
  const unknown = await toru('help', 'nix', '-o', 'json');
  expect(unknown.code).toBe(2);
  expect(JSON.parse(unknown.stderr).error).toMatchObject({ code: 'usage', name: null });
});

/** Runs toru with what the shell makes of `redirection`. */
async function redirected(
  redirection: string,
  ...args: string[]
): Promise<{ code: number | null; stderr: string }> {
  const env = cleanEnvironment(daemon.root, { TORU_ROOT: daemon.root });
  const child = spawn('/bin/sh', ['-c', `exec "$0" "$@" ${redirection}`, TORU, ...args], {
    env,
    stdio: 'pipe',
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close');
  return { code: child.exitCode, stderr };
}

test('an output that takes nothing is one line and code 1, and no bug', async () => {
  const line = {
    timestamp: '2026-11-08T16:20:00.000000Z',
    level: 'info',
    plugin: 'web',
    message: 'm',
    stream: 'stdout',
  };
  const row = ['web', 'running', true, 'process', 42, 1, 0, 1, 1, 'Web'];
  await daemon
    .on('plugin.listCompact', (_, reply) => reply.result({ rows: [row], errors: [] }))
    .on('log.read', (_, reply) => {
      reply.item({ lines: [JSON.stringify(line)], cursor: 'c' });
      reply.end({ linesLost: 0 });
    })
    .on('plugin.start', (_, reply) => reply.result({ outcomes: [] }))
    .listen();
  const full = 'toru: cannot write the output: no space left on device\n';
  const closed = 'toru: cannot write the output: standard output is closed\n';
  for (const words of [['list'], ['help'], ['logs', 'web'], ['version']]) {
    expect([words, await redirected('>/dev/full', ...words)]).toEqual([words, { code: 1, stderr: full }]);
    expect([words, await redirected('>&-', ...words)]).toEqual([words, { code: 1, stderr: closed }]);
  }
  expect(await redirected('>&-', 'start', 'web')).toEqual({ code: 0, stderr: '' });
  expect(await redirected('>&- 2>&-', 'list')).toEqual({ code: 1, stderr: '' });
});

test("records of torud's own log keep the event and all its fields", async () => {
  const line = {
    timestamp: '2026-11-08T16:20:00.000000Z',
    level: 'warning',
    event: 'plugin-crashed',
    plugin: 'web',
    message: 'it broke',
    exitCode: 7,
  };
  const { plugin: _plugin, ...own } = line;
  await daemon
    .on('log.read', (_, reply) => {
      reply.item({ lines: [JSON.stringify(line), JSON.stringify(own)], cursor: 'c' });
      reply.end({ linesLost: 0 });
    })
    .listen();
  const head = `${line.timestamp}\twarning\tplugin-crashed`;
  const rest = '{"message":"it broke","exitCode":7}';
  expect((await toru('logs', '--supervisor', '--plain')).stdout).toBe(
    `${head}\tweb\t${rest}\n${head}\t-\t${rest}\n`,
  );
});

test('crashes show of a plugin that nobody knows says so', async () => {
  const noCrash = { code: 'not_found', message: 'there is no crash -1', name: 'nosuch' } as const;
  const noPlugin = { code: 'not_found', message: 'there is no such plugin', name: 'nosuch' } as const;
  const row = ['web', 'running', true, 'process', 42, 1, 0, 1, 1, 'Web'];
  await daemon
    .on('crash.show', ({ plugin }, reply) => reply.error({ ...noCrash, name: String(plugin) }))
    .on('plugin.listCompact', ({ names }, reply) =>
      reply.result(
        (names as string[])[0] === 'web' ? { rows: [row], errors: [] } : { rows: [], errors: [noPlugin] },
      ),
    )
    .listen();
  expect(await toru('crashes', 'show', '-1', 'nosuch')).toMatchObject({
    code: 4,
    stderr: 'toru: crashes show nosuch: there is no such plugin\n',
  });
  expect(await toru('crashes', 'show', '-1', 'web')).toMatchObject({
    code: 4,
    stderr: 'toru: crashes show web: there is no crash -1\n',
  });
});

test('daemon reload is silent, and says with --changed what has changed', async () => {
  await daemon.on('daemon.reload', (_, reply) => reply.result({ changed: ['web', 'db'] })).listen();
  expect(await toru('daemon', 'reload')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect((await toru('daemon', 'reload', '--changed', '--plain', '--no-legend')).stdout).toBe(
    'web\tchanged\ndb\tchanged\n',
  );
  expect(JSON.parse((await toru('daemon', 'reload', '--json')).stdout)).toEqual({
    schema: 1,
    changed: ['web', 'db'],
  });
});

test('kv set and kv delete say with --changed what they did', async () => {
  await daemon
    .on('kv.set', (_, reply) => reply.result({ version: 3 }))
    .on('kv.delete', ({ key }, reply) => reply.result({ deleted: key === 'k' }))
    .listen();
  expect(await toru('kv', 'set', 'web', 'k', 'v')).toMatchObject({ code: 0, stdout: '' });
  expect((await toru('kv', 'set', 'web', 'k', 'v', '--changed', '--no-legend')).stdout).toBe(
    'web  changed\n',
  );
  expect((await toru('kv', 'delete', 'web', 'k', '--changed', '-o', 'value')).stdout).toBe('changed\n');
  expect((await toru('kv', 'delete', 'web', 'x', '--changed', '-o', 'value')).stdout).toBe('unchanged\n');
});

test('kv list shows local times to people and RFC 3339 to scripts', async () => {
  const expiresAt = '2026-11-08T16:20:00.000000Z';
  const entries = [{ key: 'k', version: 1, valueBytes: 2, expiresAt }];
  await daemon.on('kv.list', (_, reply) => reply.result({ entries })).listen();
  const env = { TZ: 'Asia/Tokyo' };
  expect((await runToru(daemon.root, ['kv', 'list', 'web'], { env })).stdout).toContain(
    '2026-11-09 01:20:00\n',
  );
  expect((await runToru(daemon.root, ['kv', 'list', 'web', '--plain'], { env })).stdout).toContain(expiresAt);
});

test('a time that is none is answered with the forms that are', async () => {
  const result = await toru('logs', '--since', 'later');
  expect(result.code).toBe(2);
  for (const form of ['yesterday 14:00', '2h', '2 days ago', 'RFC 3339'])
    expect(result.stderr).toContain(form);
});
