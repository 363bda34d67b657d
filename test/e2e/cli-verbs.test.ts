/** The real bin/toru against a scripted daemon: what it asks, what it prints, with which code it ends. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pluginStatus, ScriptedDaemon } from '../fixtures/scripted-daemon.ts';
import { type CliOptions, type CliResult, runToru } from '../rig/cli-rig.ts';

let daemon: ScriptedDaemon;

beforeEach(async () => {
  daemon = await ScriptedDaemon.create();
});

afterEach(() => daemon.remove());

function toru(...args: string[]): Promise<CliResult> {
  return runToru(daemon.root, args);
}

function toruWith(options: CliOptions, ...args: string[]): Promise<CliResult> {
  return runToru(daemon.root, args, options);
}

const ROW = ['web', 'running', true, 'process', 42, 273_600_000, 0, 1.25, 88_290_304, 'The \x1b[31mweb'];
const NO_SUCH = { code: 'not_found', message: 'there is no such plugin', name: 'nix' } as const;

test('list prints a table, and plain records for scripts', async () => {
  await daemon.on('plugin.listCompact', (_, reply) => reply.result({ rows: [ROW], errors: [] })).listen();
  const table = await toru('list');
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toBe(
    'ID   STATE    ENABLED  RUNTIME  PID  UPTIME  RESTARTS  CPU    MEM  NAME\n' +
      'web  running  yes      process   42   3d 4h         0  1.3  84.2M  The \\x1b[31mweb\n',
  );
  const plain = await toru('list', '--plain', '--no-legend');
  expect(plain.stdout).toBe(
    'web\trunning\tyes\tprocess\t42\t273600000\t0\t1.25\t88290304\tThe \\x1b[31mweb\n',
  );
  expect((await toru('ls', '-o', 'value')).stdout).toBe('web\n');
});

test('list --json prints the documented document, json-lines one object a line', async () => {
  const plugins = [pluginStatus('a'), pluginStatus('b')];
  await daemon.on('plugin.list', (_, reply) => reply.result({ plugins, errors: [] })).listen();
  expect(JSON.parse((await toru('list', '--json')).stdout)).toEqual({ schema: 1, plugins });
  const lines = (await toru('list', '-o', 'json-lines')).stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(plugins);
});

test('list asks for the states that were named', async () => {
  await daemon.on('plugin.listCompact', (_, reply) => reply.result({ rows: [], errors: [] })).listen();
  await toru('list', '--failed', '--state', 'backoff,exited', '--enabled');
  expect(daemon.requests[0]?.params).toEqual({ states: ['backoff', 'exited', 'failed'], enabled: true });
});

test('an action is silent, and sends names, time limit and --no-block', async () => {
  const outcomes = [{ plugin: 'web', changed: true, state: 'running' }];
  await daemon.on('plugin.start', (_, reply) => reply.result({ outcomes })).listen();
  expect(await toru('start', 'web', '--timeout', '5s', '--no-block')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
  expect(daemon.requests[0]?.params).toEqual({ names: ['web'], noBlock: true, timeoutMs: 5000 });
  expect((await toru('start', 'web', '--changed', '--no-legend')).stdout).toBe('web  changed\n');
});

test('several names: it goes on, names each error, and ends with the code of the first', async () => {
  const outcomes = [
    { plugin: 'a', changed: true, state: 'running' },
    { plugin: 'b', changed: false, state: null, error: { code: 'invalid', message: 'no port' } },
    {
      plugin: 'c',
      changed: false,
      state: null,
      error: { code: 'not_found', message: 'there is no such plugin' },
    },
  ];
  await daemon.on('plugin.start', (_, reply) => reply.result({ outcomes })).listen();
  expect(await toru('start', 'a', 'b', 'c')).toMatchObject({
    code: 6,
    stdout: '',
    stderr: 'toru: start b: not valid: no port\ntoru: start c: there is no such plugin\n',
  });
});

test('errors are JSON where JSON was asked for, with the same code', async () => {
  await daemon.on('plugin.stop', (_, reply) => reply.error(NO_SUCH)).listen();
  const result = await toru('stop', 'nix', '--json');
  expect(result).toMatchObject({ code: 5, stdout: '' });
  expect(JSON.parse(result.stderr)).toEqual({ error: { ...NO_SUCH, hint: null } });
  const usage = await toru('stop', '--json', '--frobnicate');
  expect(usage.code).toBe(2);
  expect(JSON.parse(usage.stderr)).toMatchObject({ error: { code: 'usage' } });
});

test.each([
  ['is-active', 'running', 'running', 0],
  ['is-active', 'backoff', 'backoff', 3],
  ['is-failed', 'running', 'running', 1],
  ['is-failed', 'failed', 'failed', 0],
  ['is-enabled', 'stopped', 'enabled', 0],
])('%s of a plugin that is %s prints %s and ends with %d', async (verb, state, word, code) => {
  const row = ['web', state, true, 'process', null, null, 0, null, null, 'Web'];
  await daemon.on('plugin.listCompact', (_, reply) => reply.result({ rows: [row], errors: [] })).listen();
  expect(await toru(verb, 'web')).toMatchObject({ code, stdout: `${word}\n`, stderr: '' });
});

test('of several, is-active is content with one, with --all-of it wants every one', async () => {
  const rows = [
    ['a', 'stopped', false, 'process', null, null, 0, null, null, 'A'],
    ['b', 'running', true, 'process', 4, 5, 0, null, null, 'B'],
  ];
  await daemon.on('plugin.listCompact', (_, reply) => reply.result({ rows, errors: [] })).listen();
  expect(await toru('is-active', 'a', 'b')).toMatchObject({ code: 0, stdout: 'stopped\nrunning\n' });
  expect(await toru('is-active', 'a', 'b', '--all-of')).toMatchObject({ code: 3 });
  expect(await toru('is-enabled', 'a', 'b')).toMatchObject({ code: 0, stdout: 'disabled\nenabled\n' });
});

test('a plugin that does not exist is code 4 for questions', async () => {
  await daemon
    .on('plugin.listCompact', (_, reply) => reply.result({ rows: [], errors: [NO_SUCH] }))
    .on('plugin.list', (_, reply) => reply.result({ plugins: [], errors: [NO_SUCH] }))
    .on('plugin.show', (_, reply) => reply.error(NO_SUCH))
    .listen();
  for (const verb of ['is-active', 'is-enabled', 'is-failed', 'status', 'list', 'show']) {
    const result = await toru(verb, 'nix');
    expect([verb, result.code, result.stderr]).toEqual([
      verb,
      4,
      `toru: ${verb} nix: there is no such plugin\n`,
    ]);
  }
});

test('status shows one block a plugin with its last lines, and ends with the first failing code', async () => {
  const line = {
    timestamp: '2026-11-08T16:20:00.000000Z',
    level: 'info',
    plugin: 'web',
    message: 'hello',
    stream: 'stdout',
    seq: 1,
    run: 1,
  };
  const plugins = [
    pluginStatus('web'),
    pluginStatus('db', { state: 'failed', pid: null, reason: 'gave up' }),
  ];
  await daemon
    .on('plugin.list', (_, reply) => reply.result({ plugins, errors: [] }))
    .on('log.read', (_, reply) => {
      reply.item({ lines: [JSON.stringify(line)], cursor: 'c' });
      reply.end({ linesLost: 0 });
    })
    .listen();
  const result = await toru('status', 'web', 'db');
  expect(result.code).toBe(3);
  expect(result.stdout).toMatch(/^● web - Plugin web \(1\.0\.0, process\)\n {4}State: running since /);
  expect(result.stdout).toContain('o hello\n\n● db');
  expect(daemon.requests.filter(({ method }) => method === 'log.read').map(({ params }) => params)).toEqual([
    { names: ['web'], lines: 10 },
    { names: ['db'], lines: 10 },
  ]);
});

test('names are read from standard input, one a line; an empty one selects nothing', async () => {
  await daemon.on('plugin.stop', (_, reply) => reply.result({ outcomes: [] })).listen();
  await toruWith({ stdin: 'a\n\n b \nc' }, 'stop', '-', 'd');
  expect(await toruWith({ stdin: '' }, 'stop', '-')).toMatchObject({
    code: 5,
    stderr: 'toru: stop: standard input names no plugin; --allow-none makes this no error\n',
  });
  expect(await toruWith({ stdin: '' }, 'stop', '-', '--allow-none')).toMatchObject({ code: 0, stderr: '' });
  expect(daemon.requests.map(({ params }) => params.names)).toEqual([['a', 'b', 'c', 'd'], ['-*']]);
});

test('an empty name is refused before anybody is asked', async () => {
  await daemon.listen();
  for (const words of [
    ['start', ''],
    ['start', 'web', ''],
    ['show', ''],
    ['crashes', 'show', '-1', ''],
  ]) {
    const result = await toru(...words);
    expect([words, result.code]).toEqual([words, 2]);
    expect(result.stderr).toContain("a plugin's name is empty");
  }
  expect(daemon.requests).toEqual([]);
});

test('show prints key=value in the order asked, and values alone with --value', async () => {
  const properties = { state: 'running', pid: 7, 'restart.delaysMs': [1, 2], note: null };
  await daemon.on('plugin.show', (_, reply) => reply.result({ properties, settings: [] })).listen();
  expect((await toru('show', 'web')).stdout).toBe(
    'state=running\npid=7\nrestart.delaysMs=[1,2]\nnote=null\n',
  );
  expect((await toru('show', 'web', '-p', 'pid,state')).stdout).toBe('pid=7\nstate=running\n');
  expect((await toru('show', 'web', '-p', 'pid', '-p', 'state', '--value')).stdout).toBe('7\nrunning\n');
  const wrong = await toru('show', 'web', '-p', 'stat');
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toContain('did you mean "state"?');
});

test('kv get prints the value byte for byte, and a missing key is code 1', async () => {
  await daemon
    .on('kv.get', ({ key }, reply) =>
      reply.result(key === 'k' ? { value: 'a\n\x1bb', version: 2 } : { value: null, version: 0 }),
    )
    .listen();
  expect(await toru('kv', 'get', 'web', 'k')).toMatchObject({ code: 0, stdout: 'a\n\x1bb' });
  expect(await toru('kv', 'get', 'web', 'x')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'toru: kv get web: there is no key "x"\n',
  });
});

test('kv set reads standard input for "-", and takes what begins with a dash after "--"', async () => {
  await daemon.on('kv.set', (_, reply) => reply.result({ version: 1 })).listen();
  await toruWith({ stdin: 'from\nstdin' }, 'kv', 'set', 'web', 'k', '-', '--ttl', '5s', '--if-version', '0');
  await toru('kv', 'set', 'web', 'k', '--', '--json');
  expect(daemon.requests.map(({ params }) => params)).toEqual([
    { plugin: 'web', key: 'k', value: 'from\nstdin', ttlMs: 5000, ifVersion: 0 },
    { plugin: 'web', key: 'k', value: '--json' },
  ]);
});

test('kv set refuses bytes that are no text', async () => {
  await daemon.listen();
  expect(await toruWith({ stdin: Buffer.from([0xff, 0xfe]) }, 'kv', 'set', 'web', 'k', '-')).toMatchObject({
    code: 2,
  });
});

test('kill takes signals in every spelling, and refuses what is none', async () => {
  await daemon.on('plugin.kill', (_, reply) => reply.result({ outcomes: [] })).listen();
  for (const word of ['HUP', 'sighup', '1']) await toru('kill', '-s', word, 'web');
  expect(daemon.requests.map(({ params }) => params.signal)).toEqual(['SIGHUP', 'SIGHUP', 'SIGHUP']);
  expect(await toru('kill', '-s', 'FOO', 'web')).toMatchObject({ code: 2 });
});

test('colours come only when they are asked for or wanted', async () => {
  await daemon.on('plugin.listCompact', (_, reply) => reply.result({ rows: [ROW], errors: [] })).listen();
  expect((await toru('list', '--color=always')).stdout).toContain('\x1b[32mrunning\x1b[0m');
  expect((await toru('list', '--color=auto')).stdout).not.toContain('\x1b');
});

test('without a verb and a terminal the help goes to stderr', async () => {
  const result = await toru();
  expect(result).toMatchObject({ code: 2, stdout: '' });
  expect(result.stderr).toContain('Usage: toru VERB');
});

test('help goes to stdout, for all, for a verb, and for exit codes', async () => {
  for (const args of [
    ['help'],
    ['--help'],
    ['help', 'logs'],
    ['logs', '--help'],
    ['list', '-h'],
    ['help', 'kv'],
    ['help', 'exit-codes'],
  ]) {
    const result = await toru(...args);
    expect([args.join(' '), result.code, result.stderr]).toEqual([args.join(' '), 0, '']);
  }
  expect((await toru('help', 'exit-codes')).stdout).toMatch(/150\s+150\s+unreachable/);
  expect((await toru('help', 'logs')).stdout).toContain('--grep RE');
});

test('an unknown verb names the nearest, and is never an abbreviation', async () => {
  expect(await toru('lst')).toMatchObject({
    code: 2,
    stderr: 'toru: unknown verb "lst"; did you mean "list"?\n',
  });
  expect(await toru('stat')).toMatchObject({ code: 2 });
  expect(await toru('kv', 'gte')).toMatchObject({ code: 2 });
});

test('an unknown verb runs the program of its name from PATH, and passes on its code', async () => {
  const folder = join(daemon.root, 'bin');
  await mkdir(folder);
  const program = join(folder, 'toru-hello');
  await writeFile(program, '#!/bin/sh\necho "$TORU_ROOT $*"\nexit 42\n');
  await chmod(program, 0o755);
  const env = { PATH: `${folder}:${process.env.PATH ?? ''}` };
  expect(await toruWith({ env }, '--root', '/elsewhere', 'hello', 'a', '--json')).toMatchObject({
    code: 42,
    stdout: '/elsewhere a --json\n',
  });
  expect(await toruWith({ env }, '--root=/elsewhere', 'hello')).toMatchObject({ stdout: '/elsewhere \n' });
  await writeFile(program, '#!/bin/sh\nkill -TERM $$\n');
  expect(await toruWith({ env }, 'hello')).toMatchObject({ code: 143 });
});

test('a program of toru itself is a verb also where its folder is not in PATH', async () => {
  const { code, stdout } = await toruWith({ env: { PATH: '/usr/bin:/bin' } }, 'web', '--help');
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('user add NAME') });
});

test('version works without a daemon', async () => {
  const alone = JSON.parse((await toru('version', '--json')).stdout);
  expect(alone).toMatchObject({ schema: 1, daemon: null, protocol: 1 });
  await daemon.listen();
  expect(JSON.parse((await toru('version', '--json')).stdout)).toMatchObject({
    cli: alone.cli,
    daemon: '9.9.9',
  });
});

test('crashes show prints the capsule; -1 and a name are passed on', async () => {
  const crash = {
    id: 311,
    plugin: 'web',
    runId: 9,
    at: '2026-11-08T16:20:00.000000Z',
    uptimeMs: 2100,
    exitCode: 7,
    signal: null,
    cause: 'exit',
    restart: 3,
    verdict: 'restart',
    delayMs: 4000,
    peakMemoryBytes: 64_383_615,
    cpuMs: 400,
    coreDumped: false,
    version: '1.4.0',
    digest: '41aa',
    detail: 'exit 7',
    lastLines: [{ time: '2026-11-08T16:19:59.000000Z', stream: 'stderr', message: 'fatal\x07' }],
    limits: { nofile: 1024 },
    settingsChanged: [],
    digestChanged: true,
    versionBefore: '1.3.2',
    lastGoodRunId: 2,
  };
  await daemon.on('crash.show', (_, reply) => reply.result({ crash })).listen();
  const shown = await toru('crashes', 'show', '-1', 'web');
  expect(shown.code).toBe(0);
  expect(daemon.requests[0]?.params).toEqual({ id: -1, plugin: 'web', withRuns: true });
  for (const part of [
    'exit 7 after 2.1 s (restart 3)',
    'restart after 4 s',
    'version 1.3.2 → 1.4.0',
    'e fatal\\x07',
  ]) {
    expect(shown.stdout).toContain(part);
  }
  expect(JSON.parse((await toru('crashes', 'show', '311', '--json')).stdout)).toEqual({ schema: 1, crash });
});
