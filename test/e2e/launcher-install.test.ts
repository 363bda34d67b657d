/** toru as users get it: packed, installed globally, called from the prefix's bin folder. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VERSION } from '../../src/protocol/version.ts';
import { SILENT_SCRIPT, writePlugin } from '../rig/plugin-fixture.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

const runFile = promisify(execFile);

let prefix: string;

beforeEach(async () => {
  prefix = await realpath(await mkdtemp(join(tmpdir(), 'toru install ')));
});

afterEach(async () => {
  await rm(prefix, { recursive: true, force: true });
});

test('the packed toru, installed globally, runs with the Node and the koffi that came with it', async () => {
  await installPacked();
  expect(await readlink(join(prefix, 'bin/toru'))).toContain('toru/bin/toru');

  await using root = await makeTemporaryRoot();
  // No node in this PATH: only the one in the package can do.
  const env = { PATH: await folderWithReadlink(), HOME: root.folder, TORU_ROOT: root.folder };
  const run = (name: string, ...args: string[]) =>
    runFile(join(prefix, 'bin', name), args, { cwd: root.folder, env });
  expect((await run('toru', 'version')).stdout).toContain(VERSION);
  await run('torud', '--root', root.folder, '--detach');
  const { daemon } = JSON.parse((await run('toru', 'daemon', 'status', '--json')).stdout);
  // Without koffi the daemon would say here that it cannot know its callers.
  expect(daemon).toMatchObject({ version: VERSION, problems: [] });
  // And toru-shim came along as a program.
  await writePlugin(root.paths, {
    id: 'quiet',
    script: SILENT_SCRIPT.replace('sleep', await pathOf('sleep')),
  });
  await run('toru', 'scan');
  await run('toru', 'enable', 'quiet');
  expect((await run('toru', 'is-active', 'quiet')).stdout).toBe('running\n');
  await run('toru', 'daemon', 'stop');
});

async function installPacked(): Promise<void> {
  const env = npmEnvironment();
  await runFile('npm', ['pack', '--pack-destination', prefix], { cwd: CHECKOUT, env });
  const options = ['--prefix', prefix, '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  await runFile('npm', ['install', '--global', ...options, join(prefix, `toru-${VERSION}.tgz`)], {
    cwd: prefix,
    env,
  });
}

/** npm's own settings of this machine stay (its cache, a mirror); what the surrounding `npm test` set goes. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const transient =
    /^(npm_(lifecycle|package|command|config_(local_|global_)?prefix)|INIT_CWD$|NODE_ENV$|VITEST)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !transient.test(name)));
}

/** The launchers need it to follow a symbolic link, and nothing else. */
async function folderWithReadlink(): Promise<string> {
  const folder = join(prefix, 'tools');
  await mkdir(folder);
  await symlink(await pathOf('readlink'), join(folder, 'readlink'));
  return folder;
}

async function pathOf(program: string): Promise<string> {
  return (await runFile('/bin/sh', ['-c', `command -v ${program}`])).stdout.trim();
}
