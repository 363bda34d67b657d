/** `npm start`, in a copy of the checkout: what it prints is true, and what it says to type works. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CHECKOUT, cleanEnvironment } from '../rig/programs.ts';
import { makeTemporaryRoot, type TemporaryRoot } from '../rig/temporary-root.ts';

const COPIED = [
  'bin',
  'dist',
  'native',
  'package-lock.json',
  'package.json',
  'plugins',
  'scripts',
  'src',
  'tsconfig.json',
];
/** web-static may find its port taken, and flaky does what it is for. */
const SURE_TO_RUN = ['clock', 'du-watch', 'hello'];

let copy: TemporaryRoot;

beforeEach(async () => {
  copy = await makeTemporaryRoot();
  for (const name of COPIED) copyFromCheckout(name);
  mkdirSync(join(copy.folder, 'no-npm'));
  writeFileSync(join(copy.folder, 'no-npm/npm'), '#!/bin/sh\necho "npm was called: $*" >&2\nexit 1\n', {
    mode: 0o755,
  });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy.folder, 'node_modules'));
});

afterEach(async () => {
  run('bin/toru', '--root', '.toru', 'daemon', 'stop');
  await copy[Symbol.asyncDispose]();
});

/** With its times: package-lock.json must not look newer than what is installed. */
function copyFromCheckout(name: string): void {
  cpSync(join(CHECKOUT, name), join(copy.folder, name), { recursive: true, preserveTimestamps: true });
}

function run(command: string, ...args: string[]) {
  // The packages are those of the checkout: an npm that would install them anew must not be found.
  const path = `${join(copy.folder, 'no-npm')}:${process.env.PATH}`;
  const env = cleanEnvironment(copy.folder, { PATH: path, TORU_ROOT: '/nowhere' });
  return spawnSync(command, args, { cwd: copy.folder, env, encoding: 'utf8' });
}

function toru(...args: string[]) {
  return run('bin/toru', '--root', '.toru', ...args);
}

function daemonPid(): number {
  return JSON.parse(toru('daemon', 'status', '--json').stdout).daemon.pid;
}

test('the first start brings the examples up; each command it names works; the second finds the same torud', () => {
  const first = run('sh', 'scripts/start.sh');
  expect(first.status, first.stderr).toBe(0);
  for (const id of SURE_TO_RUN) expect(first.stdout).toMatch(new RegExp(`^${id} +running +yes`, 'm'));
  const commands = [...first.stdout.matchAll(/^ {2}(bin\/toru .*)$/gm)].map((match) => match[1] ?? '');
  expect(commands.length).toBeGreaterThanOrEqual(5);
  const pid = daemonPid();

  for (const command of commands.filter((one) => !/logs -f|daemon stop/.test(one))) {
    expect(run('sh', '-c', command).status, command).toBe(0);
  }
  expect(toru('is-enabled', 'flaky').status).toBe(1);

  const second = run('sh', 'scripts/start.sh');
  expect([second.status, second.stderr]).toEqual([0, '']);
  expect(daemonPid()).toBe(pid);
  // What a person disabled stays so.
  expect(toru('is-enabled', 'flaky').status).toBe(1);
});

test('an example that was changed is brought up to date, and restarted if it runs', () => {
  run('sh', 'scripts/start.sh');
  const before = JSON.parse(toru('list', 'clock', '--json').stdout).plugins[0];
  const installed = join(copy.folder, '.toru/plugins/clock/plugin.json');
  const shipped = readFileSync(installed, 'utf8');
  writeFileSync(installed, shipped.replace('"Clock"', '"Old clock"'));
  expect(run('sh', 'scripts/start.sh').status).toBe(0);
  expect(readFileSync(installed, 'utf8')).toBe(shipped);
  const after = JSON.parse(toru('list', 'clock', '--json').stdout).plugins[0];
  expect(after).toMatchObject({ name: 'Clock', state: 'running' });
  expect(after.pid).not.toBe(before.pid);
});
