/** One torud a root: real processes, real lock files. */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireInstance } from '../../src/daemon/control/instance-lock.ts';

const CONTENDER = fileURLToPath(new URL('../rig/lock-contender.ts', import.meta.url));

const RACER = fileURLToPath(new URL('../rig/lock-racer.ts', import.meta.url));

let folder: string;
let paths: { readonly controlSocket: string; readonly lockFile: string };
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-lock-'));
  paths = { controlSocket: join(folder, 'control.sock'), lockFile: join(folder, 'torud.lock') };
});

afterEach(async () => {
  await Promise.all(children.map(kill));
  children = [];
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly isOwner: boolean;
  readonly pid?: number;
  readonly message?: string;
}

async function startContender(): Promise<ChildProcess> {
  const child = fork(CONTENDER, [paths.controlSocket, paths.lockFile], { execArgv: ['--no-warnings'] });
  children.push(child);
  await once(child, 'message');
  return child;
}

async function contend(child: ChildProcess): Promise<Outcome> {
  child.send('go');
  const [outcome] = (await once(child, 'message')) as [Outcome];
  return outcome;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** A socket file without a listener, as a kill leaves it. */
async function leaveStaleSocket(): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(paths.controlSocket)}, () => process.kill(process.pid, 'SIGKILL'))`;
  const child = spawn(process.execPath, ['-e', code]);
  await once(child, 'exit');
  expect(existsSync(paths.controlSocket)).toBe(true);
}

test('the first takes the lock, the second is refused with the pid of the first', async () => {
  const first = await startContender();
  expect(await contend(first)).toEqual({ isOwner: true });
  const second = await acquireInstance(paths);
  expect(second).toMatchObject({
    ok: false,
    failure: { pid: first.pid, message: expect.stringContaining(`pid ${first.pid}`) },
  });
});

test('after a release the next one takes it, and nothing is left', async () => {
  const taken = await acquireInstance(paths);
  if (taken.ok) taken.value.release();
  expect(readdirSync(folder)).toEqual([]);
  expect((await acquireInstance(paths)).ok).toBe(true);
  expect(readdirSync(folder)).toEqual(['torud.lock']);
});

test('lock and socket of a killed torud are cleared away in silence', async () => {
  const first = await startContender();
  await contend(first);
  await kill(first);
  await leaveStaleSocket();
  const taken = await acquireInstance(paths);
  expect(taken.ok).toBe(true);
  expect(readdirSync(folder)).toEqual(['torud.lock']);
  expect(readFileSync(paths.lockFile, 'utf8')).toMatch(new RegExp(`^${process.pid} \\d+ [0-9a-f-]{36}\n$`));
});

test.each([
  ['', 'an empty one, after a power cut'],
  ['\0\0\0\0', 'zeros, after a power cut'],
  ['1 1 00000000-0000-4000-8000-000000000000\n', 'one of another boot, though pid 1 lives'],
  [
    `${process.pid} 1 ${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}\n`,
    'one whose pid was reused',
  ],
])('a stale lock (%j) is taken over: %s', async (contents) => {
  writeFileSync(paths.lockFile, contents);
  expect((await acquireInstance(paths)).ok).toBe(true);
  expect(readdirSync(folder)).toEqual(['torud.lock']);
});

test.each([
  ['no lock', async () => undefined],
  [
    'the lock of a killed one',
    async () => {
      const dead = await startContender();
      await contend(dead);
      await kill(dead);
      await leaveStaleSocket();
    },
  ],
  ['a damaged lock', async () => writeFileSync(paths.lockFile, 'x')],
])('of twelve that start at once exactly one wins, and the others name it: %s', async (_title, prepare) => {
  await prepare();
  const contenders = await Promise.all(Array.from({ length: 12 }, startContender));
  const outcomes = await Promise.all(contenders.map(contend));
  const winner = outcomes.findIndex((outcome) => outcome.isOwner);
  expect(outcomes.filter((outcome) => outcome.isOwner)).toHaveLength(1);
  for (const outcome of outcomes.filter((one) => !one.isOwner)) {
    expect(outcome.pid).toBe(contenders[winner]?.pid);
  }
});

test('of four processes that race for the lock of a dead one, two hundred times, one wins each time', async () => {
  const rounds = 200;
  const names = Array.from({ length: rounds }, (_, round) => join(folder, `lock-${round}`));
  for (const name of names) writeFileSync(name, `${process.pid} 1 ${'0'.repeat(36)}\n`);
  const racers = Array.from({ length: 4 }, () => {
    const racer = fork(RACER, names, { execArgv: ['--no-warnings'] });
    children.push(racer);
    return racer;
  });
  await Promise.all(racers.map((racer) => once(racer, 'message')));
  const startMs = Date.now() + 50;
  const reports = racers.map((racer) => once(racer, 'message') as Promise<[readonly boolean[]]>);
  for (const racer of racers) racer.send(startMs);
  const wins = (await Promise.all(reports)).map(([report]) => report);
  const winners = names.map((_, round) => wins.filter((report) => report[round] === true).length);
  expect(winners).toEqual(Array.from({ length: rounds }, () => 1));
  expect(readdirSync(folder).filter((name) => /heir|new/.test(name))).toEqual([]);
});

test('a live socket is never taken over, not even when its lock was deleted', async () => {
  await using server = createServer();
  server.listen(paths.controlSocket);
  await once(server, 'listening');
  const refused = await acquireInstance(paths);
  expect(refused).toMatchObject({
    ok: false,
    failure: { message: expect.stringContaining(paths.controlSocket) },
  });
  expect(existsSync(paths.controlSocket)).toBe(true);
  expect(existsSync(paths.lockFile)).toBe(false);
});

test('what is no socket is left where it is', async () => {
  writeFileSync(paths.controlSocket, 'precious');
  const refused = await acquireInstance(paths);
  expect(refused).toMatchObject({ ok: false, failure: { message: expect.stringContaining('not a socket') } });
  expect(readFileSync(paths.controlSocket, 'utf8')).toBe('precious');
});

test('a socket path over 107 bytes is refused with its name; 107 are taken', async () => {
  const fitting = join(folder, 'x'.repeat(107 - folder.length - 1));
  const tooLong = `${fitting}y`;
  expect(await acquireInstance({ ...paths, controlSocket: tooLong })).toMatchObject({
    ok: false,
    failure: { message: expect.stringContaining(tooLong) },
  });
  expect(existsSync(paths.lockFile)).toBe(false);
  expect((await acquireInstance({ ...paths, controlSocket: fitting })).ok).toBe(true);
});

test('a folder that cannot be made is one clear line', async () => {
  writeFileSync(join(folder, 'file'), '');
  const refused = await acquireInstance({ ...paths, lockFile: join(folder, 'file', 'torud.lock') });
  expect(refused).toMatchObject({
    ok: false,
    failure: { message: expect.stringMatching(/^the lock .* cannot be taken: [^\n]+$/) },
  });
});
