import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesOf } from '../rig/leftover-processes.ts';
import { awaitSocket } from '../rig/socket-ready.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

test('a root that is given up takes its processes with it, detached ones too, and no others', async () => {
  const root = await makeTemporaryRoot();
  await using other = await makeTemporaryRoot();
  const idle = (folder: string, env: NodeJS.ProcessEnv) =>
    spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { cwd: folder, env, detached: true });
  const children = [idle(root.folder, {}), idle('/', { TORU_SOCKET: join(root.folder, 'run/x.sock') })];
  const stranger = idle(other.folder, {});
  await Promise.all([...children, stranger].map((child) => once(child, 'spawn')));
  expect(
    processesOf(root.folder)
      .map((one) => one.pid)
      .sort(),
  ).toEqual(children.map((child) => child.pid).sort());

  const ends = children.map((child) => once(child, 'exit'));
  await root[Symbol.asyncDispose]();
  expect(await Promise.all(ends)).toEqual([
    [null, 'SIGKILL'],
    [null, 'SIGKILL'],
  ]);
  expect(existsSync(root.folder)).toBe(false);
  expect(processesOf(other.folder).map((one) => one.pid)).toEqual([stranger.pid]);
});

test('a socket is waited for until somebody listens on it', async () => {
  await using root = await makeTemporaryRoot();
  const path = join(root.folder, 'control.sock');
  const aborter = new AbortController();
  const ready = awaitSocket(path, aborter.signal);
  const server = createServer().listen(path);
  await ready;
  server.close();
  await once(server, 'close');

  const never = awaitSocket(path, aborter.signal);
  aborter.abort();
  await expect(never).rejects.toThrow(`nobody listens on ${path}`);
});
