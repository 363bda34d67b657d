/** The HTTP module as it is installed: started by torud, ended by it, and driven by `toru web`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Crash } from '../../src/protocol/control/crashes.ts';
import { EventSourceRig } from '../rig/event-source.ts';
import { writeDropIn } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT, cleanEnvironment, TORU } from '../rig/programs.ts';

const PASSWORD = 'correct horse battery';
const BASE = '[environment]\nSTEERING_PORT = "0"\n';

let stage: PluginStage;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
  await cp(join(CHECKOUT, 'dist/plugins/web'), join(stage.paths.pluginFolder, 'web'), { recursive: true });
  await writeDropIn(stage.paths, 'web', BASE);
  await stage.call('plugin.scan');
});

afterAll(() => stage[Symbol.asyncDispose]());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `toru --root … web WORDS`, with bin/ in PATH as an installation has it. */
async function toruWeb(words: readonly string[], input = ''): Promise<Ended> {
  const env = cleanEnvironment(stage.folder);
  const child = spawn(TORU, ['--root', stage.folder, 'web', ...words], {
    env: { ...env, PATH: `${join(CHECKOUT, 'bin')}:${env.PATH}` },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // Who refuses before it reads leaves us with a closed pipe.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** Where it says that it listens, in its newest run; its word may be on its way into the log still. */
function address(): Promise<string> {
  return vi.waitFor(async () => {
    const { runId } = await stage.status('web');
    const log = await readFile(join(stage.paths.pluginLogFolder, 'web.log'), 'utf8');
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const said = lines
      .filter(({ run }) => run === runId)
      .map(({ message }) => /listening on (\S+)/.exec(message)?.[1]);
    const found = said.find((url) => url !== undefined);
    if (found === undefined) throw new Error(`it says nowhere where it listens:\n${log}`);
    return found;
  }, 20_000);
}

async function signIn(username = 'admin', password = PASSWORD) {
  const body = JSON.stringify({ username, password });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${await address()}/api/login`, { method: 'POST', body, headers });
  const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
  const { csrfToken } = (await answer.json()) as { csrfToken?: string };
  return { status: answer.status, headers: { cookie, 'x-csrf-token': csrfToken ?? '' } };
}

/** Descriptors of a process that are sockets of TCP (proc(5)). */
async function tcpSockets(pid: number): Promise<readonly string[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8')),
  );
  const inodes = tables.flatMap((table) =>
    table
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)[9]),
  );
  const names = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return links.filter((link) => inodes.some((inode) => inode && link === `socket:[${inode}]`));
}

test('torud itself has no socket of TCP, whether the module runs or not', async () => {
  expect(await tcpSockets(stage.rig.pid)).toEqual([]);
});

test('without a first password it refuses to start, says why, and is not tried again', async () => {
  const outcome = await stage.act('enable', 'web');
  expect(outcome.error?.code).toBe('failed');
  const status = await stage.status('web');
  expect([status.state, status.restarts]).toEqual(['failed', 0]);
  const { crash } = (await stage.call('crash.show', { id: -1, plugin: 'web' })) as unknown as {
    crash: Crash;
  };
  expect(crash.exitCode).toBe(78);
  expect(crash.lastLines.map(({ message }) => message).join()).toContain('ADMIN_PASSWORD is not set');
});

test('with it, it listens on loopback alone, and lets the first admin in', async () => {
  await writeDropIn(stage.paths, 'web', `${BASE}ADMIN_PASSWORD = "${PASSWORD}"\n`);
  expect((await stage.act('enable', 'web')).error).toBeUndefined();
  expect(await address()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { status, headers } = await signIn();
  expect(status).toBe(200);
  const url = `${await address()}/api/plugins/sleeper/enable`;
  expect((await fetch(url, { method: 'POST', headers })).status).toBe(200);
  expect((await stage.status('sleeper')).state).toBe('running');
  expect(await tcpSockets(stage.rig.pid)).toEqual([]);
  expect(await tcpSockets((await stage.status('web')).pid ?? 0)).not.toEqual([]);
});

test('passwords stand nowhere in its files', async () => {
  const folder = join(stage.paths.dataFolder, 'web');
  for (const name of ['web.db', 'web.db-wal', 'user-secret']) {
    const { mode } = await stat(join(folder, name));
    expect([name, mode & 0o077]).toEqual([name, 0]);
    expect((await readFile(join(folder, name))).includes(PASSWORD)).toBe(false);
  }
  expect((await readFile(join(stage.paths.pluginLogFolder, 'web.log'), 'utf8')).includes(PASSWORD)).toBe(
    false,
  );
});

test('the password is needed no more at the next start', async () => {
  await writeDropIn(stage.paths, 'web', BASE);
  expect((await stage.act('restart', 'web')).error).toBeUndefined();
  expect((await signIn()).status).toBe(200);
});

test('users are added, changed, listed and removed by toru web, at once', async () => {
  expect(await toruWeb(['user', 'add', 'ann', '--role', 'operate'], 'another good one\n')).toMatchObject({
    code: 0,
  });
  expect((await signIn('ann', 'another good one')).status).toBe(200);
  expect((await toruWeb(['user', 'add', 'ann'], 'x'.repeat(10))).code).toBe(1);
  expect(await toruWeb(['user', 'passwd', 'ann'], 'the newest of all\n')).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect((await signIn('ann', 'another good one')).status).toBe(401);
  const listed = JSON.parse((await toruWeb(['user', 'list', '--json'])).stdout);
  expect(listed).toMatchObject({ schema: 1, users: [{ name: 'admin' }, { name: 'ann', role: 'operate' }] });
  expect((await toruWeb(['user', 'role', 'ann', 'boss'])).code).toBe(2);
  expect((await toruWeb(['user', 'role', 'ann', 'view'])).code).toBe(0);
  expect((await toruWeb(['user', 'remove', 'ann'])).code).toBe(0);
  expect((await toruWeb(['user', 'remove', 'ann'])).code).toBe(5);
  expect(await toruWeb(['user', 'remove', 'admin'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('last admin'),
  });
  expect((await toruWeb(['user', 'add', 'bob'], 'short\n')).code).toBe(6);
  expect((await toruWeb(['user', 'add', 'bob'], '')).code).toBe(2);
});

test('a token of toru web is printed once, works, and is removed', async () => {
  const made = await toruWeb(['token', 'add', 'admin', 'ci', '--role', 'view', '--days', '1']);
  const headers = { authorization: `Bearer ${made.stdout.trim()}` };
  const url = `${await address()}/api/plugins`;
  expect((await fetch(url, { headers })).status).toBe(200);
  const listed = (await toruWeb(['token', 'list', '--plain'])).stdout;
  expect(listed).not.toContain(made.stdout.trim());
  const [id = ''] = listed.trim().split('\n').at(-1)?.split('\t') ?? [];
  expect((await toruWeb(['token', 'remove', id])).code).toBe(0);
  expect((await fetch(url, { headers })).status).toBe(401);
  expect((await toruWeb(['audit'])).stdout).toContain('token.remove');
});

test('what toru web does not know ends with 2 and says where to look', async () => {
  for (const words of [
    [],
    ['user'],
    ['user', 'ad'],
    ['user', 'add'],
    ['user', 'list', '--wrong'],
    ['token', 'add', 'x'],
  ]) {
    const { code, stderr } = await toruWeb(words);
    expect([words, code]).toEqual([words, 2]);
    expect(stderr).toContain('toru web --help');
  }
  expect(await toruWeb(['--help'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('user add NAME'),
  });
});

test('a root that torud has never had is refused in one line, and is not made', async () => {
  for (const words of [
    ['user', 'list'],
    ['user', 'add', 'eve'],
  ]) {
    const root = join(stage.folder, 'typo');
    const ended = await toruWeb([...words, '--root', root], `${PASSWORD}\n`);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^toru-web: user (list|add): .*typo\/state: is no folder of torud.*\n$/);
    await expect(stat(root)).rejects.toThrow('ENOENT');
  }
});

test('an output that cannot be written is one line, and a reader that leaves is nobody’s fault', async () => {
  const program = join(CHECKOUT, 'bin/toru-web');
  const env = cleanEnvironment(stage.folder);
  for (const [command, code, said] of [
    [
      '"$0" user list --root "$1" >/dev/full',
      1,
      /^toru-web: cannot write the output: no space left on device\n$/,
    ],
    ['"$0" --help >/dev/full', 1, /^toru-web: cannot write the output: no space left on device\n$/],
    ['{ "$0" user list --root "$1"; echo $? >&2; } | :', 0, /^0\n$/],
  ] as const) {
    const child = spawn('sh', ['-c', command, program, stage.folder], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [ended] = await once(child, 'close');
    expect([command, ended]).toEqual([command, code]);
    expect(stderr).toMatch(said);
  }
});

test('toru web speaks the formats of toru, and shows no control characters', async () => {
  expect((await toruWeb(['user', 'list', '-o', 'value'])).stdout).toBe('admin\n');
  expect(JSON.parse((await toruWeb(['user', 'list', '-o', 'json-lines'])).stdout)).toMatchObject({
    name: 'admin',
  });
  expect((await toruWeb(['user', 'list', '-o', 'yaml'])).code).toBe(2);
  const wrong = await toruWeb(['user', 'remove', 'no\u001b[2J\nbody', '-o', 'json']);
  expect([wrong.code, JSON.parse(wrong.stderr).error.code]).toEqual([5, 'not_found']);
  expect((await toruWeb(['token', 'add', 'admin', 'a\u001b[2J'])).code).toBe(6);
  for (const format of ['table', 'plain']) {
    const { stdout } = await toruWeb(['audit', '-o', format]);
    expect(stdout).toContain('no\\x1b[2J\\nbody');
    expect(stdout).not.toContain('\u001b');
  }
});

test('it goes on while torud is dead, and finds the next one', async () => {
  const { pid } = await stage.status('web');
  const url = await address();
  const { headers } = await signIn();
  await stage.rig.kill();
  await expect
    .poll(async () => (await fetch(`${url}/api/health`)).json())
    .toEqual({ status: 'degraded', torud: 'away' });
  const away = await fetch(`${url}/api/plugins`, { headers });
  expect([away.status, away.headers.get('retry-after') !== null]).toEqual([503, true]);
  await stage.rig.start();
  await expect.poll(async () => (await fetch(`${url}/api/plugins`, { headers })).status).toBe(200);
  expect((await stage.status('web')).pid).toBe(pid);
});

test('it may be told to restart itself', async () => {
  const before = await stage.status('web');
  const { headers } = await signIn();
  const answer = await fetch(`${await address()}/api/plugins/web/restart`, { method: 'POST', headers });
  expect(answer.status).toBe(202);
  await stage.until('web', ({ state, runId }) => state === 'running' && runId !== before.runId);
});

test('it ends quickly when it is stopped, whoever follows something', async () => {
  const { headers } = await signIn();
  const port = Number(new URL(await address()).port);
  await using source = await EventSourceRig.open(port, '/api/plugins/web/logs?follow=true', headers);
  const begun = performance.now();
  expect((await stage.act('stop', 'web')).error).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(3_000);
  await source.ended();
  expect((await stage.status('web')).lastExit).toMatchObject({ code: 0 });
});

test('an address that is not there is one clear line, and tried again', async () => {
  await writeDropIn(stage.paths, 'web', '[environment]\nSTEERING_HOST = "192.0.2.77"\n');
  expect((await stage.act('start', 'web')).error?.code).toBe('failed');
  // It may come yet: torud goes on trying.
  await stage.until('web', ({ restarts }) => restarts > 0);
  const log = await readFile(join(stage.paths.pluginLogFolder, 'web.log'), 'utf8');
  expect(log).toContain('cannot listen on 192.0.2.77:3000');
});
