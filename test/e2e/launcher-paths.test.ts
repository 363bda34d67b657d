/** The launchers find their programs and their Node from wherever they are called. */

import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CHECKOUT } from '../rig/programs.ts';

/** Stands for a bundle: says which Node runs it, from where, with what. */
const ECHO =
  'console.log(JSON.stringify({ node: process.execPath, file: __filename, args: process.argv.slice(2) }))';
/** Stands for a Node: says its own name, and leaves the rest to the real one. */
const NAMED_NODE = `#!/bin/sh\nFAKE_NODE="$0" exec '${process.execPath}' "$@"\n`;
const ECHO_FAKE = 'console.log(process.env.FAKE_NODE)';

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'toru launcher ')));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A package folder with both launchers; `bundle` is the text of both bundles, undefined for none. */
async function layOut(home: string, bundle: string | undefined): Promise<void> {
  await mkdir(join(home, 'bin'), { recursive: true });
  await mkdir(join(home, 'dist'), { recursive: true });
  for (const name of ['toru', 'torud']) {
    await copyFile(join(CHECKOUT, 'bin', name), join(home, 'bin', name));
    if (bundle !== undefined) await writeFile(join(home, 'dist', `${name}.cjs`), bundle);
  }
}

async function putNode(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, NAMED_NODE);
  await chmod(path, 0o755);
}

interface RunOptions {
  readonly cwd?: string;
  readonly path?: string;
}

function run(program: string, args: readonly string[] = [], options: RunOptions = {}) {
  const env = { PATH: options.path ?? `${dirname(process.execPath)}:/usr/bin:/bin` };
  return spawnSync(program, args, { env, cwd: options.cwd ?? folder, encoding: 'utf8' });
}

function echoed(program: string, args: readonly string[] = [], options: RunOptions = {}) {
  const { stdout, stderr } = run(program, args, options);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

test('a launcher runs the bundle of its own folder, and hands every argument on as it is', async () => {
  const home = join(folder, 'with spaces');
  await layOut(home, ECHO);
  const args = ['logs', '', ' a  b ', '*', '$HOME', '"quoted"', '--', '-n', 'ünïcode', 'two\nlines'];
  expect(echoed(join(home, 'bin/toru'), args)).toMatchObject({ file: join(home, 'dist/toru.cjs'), args });
  expect(echoed(join(home, 'bin/torud'), args)).toMatchObject({ file: join(home, 'dist/torud.cjs'), args });
});

test('a launcher is found again through symbolic links, absolute, relative and in a row', async () => {
  const home = join(folder, 'real place');
  await layOut(home, ECHO);
  await mkdir(join(folder, 'other place'));
  await symlink(join(home, 'bin/toru'), join(folder, 'absolute'));
  await symlink('../real place/bin/toru', join(folder, 'other place/relative'));
  await symlink('other place/relative', join(folder, 'chain'));
  await symlink('real place/bin', join(folder, 'folder'));
  for (const link of ['absolute', 'other place/relative', 'chain', 'folder/toru']) {
    expect(echoed(join(folder, link)).file, link).toBe(join(home, 'dist/toru.cjs'));
  }
});

test('a launcher may be called by its bare name, from PATH or by sh', async () => {
  const home = join(folder, 'home');
  await layOut(home, ECHO);
  const file = join(home, 'dist/toru.cjs');
  const path = `${join(home, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`;
  expect(echoed('/usr/bin/env', ['toru'], { path }).file).toBe(file);
  expect(echoed('/bin/sh', ['toru'], { cwd: join(home, 'bin') }).file).toBe(file);
  expect(echoed('/bin/sh', ['bin/toru'], { cwd: home }).file).toBe(file);
});

test.each(['x64', 'arm64'])('the Node that npm brought for %s goes before the one in PATH', async (arch) => {
  const nested = join(folder, 'nested');
  await layOut(nested, ECHO_FAKE);
  await putNode(join(nested, `node_modules/node-linux-${arch}/bin/node`));
  expect(run(join(nested, 'bin/toru')).stdout).toContain(
    `nested/bin/../node_modules/node-linux-${arch}/bin/node`,
  );

  const hoisted = join(folder, 'node_modules/toru');
  await layOut(hoisted, ECHO_FAKE);
  await putNode(join(folder, `node_modules/node-linux-${arch}/bin/node`));
  expect(run(join(hoisted, 'bin/torud')).stdout).toContain(`toru/bin/../../node-linux-${arch}/bin/node`);
});

test('without a Node from npm the one in PATH is taken; without any the launcher says what to do', async () => {
  const home = join(folder, 'home');
  await layOut(home, ECHO);
  expect(echoed(join(home, 'bin/toru')).node).toBe(process.execPath);
  const lost = run(join(home, 'bin/toru'), [], { path: join(folder, 'nothing here') });
  expect(lost.status).toBe(1);
  expect(lost.stderr).toBe(
    `toru: no Node: run 'npm install' in ${home}, or put a node of version 24 or newer in PATH\n`,
  );
});

test('without dist/ a launcher says in one line where to build, and ends with 1', async () => {
  const home = join(folder, 'not built');
  await layOut(home, undefined);
  await symlink(join(home, 'bin/torud'), join(folder, 'torud'));
  const daemon = run(join(folder, 'torud'));
  expect([daemon.status, daemon.stdout, daemon.stderr]).toEqual([
    1,
    '',
    `torud: not built: run 'npm run build' in ${home}\n`,
  ]);
  expect(run(join(home, 'bin/toru')).stderr).toBe(`toru: not built: run 'npm run build' in ${home}\n`);
});

test("the program's exit status and signal are the launcher's", async () => {
  const home = join(folder, 'home');
  await layOut(home, "process.argv[2] === 'die' ? process.kill(process.pid, 'SIGTERM') : process.exit(153)");
  expect(run(join(home, 'bin/toru')).status).toBe(153);
  expect(run(join(home, 'bin/toru'), ['die']).signal).toBe('SIGTERM');
});

test('a Node that is too old is refused in one line', async () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } });`;
  for (const name of ['toru', 'torud']) {
    const script = `${pretend} require(${JSON.stringify(join(CHECKOUT, 'dist', `${name}.cjs`))})`;
    const old = run(process.execPath, ['-e', script]);
    expect(old.status).toBe(1);
    expect(old.stderr).toMatch(
      new RegExp(`^${name}: Node 24 or newer is needed, this is 20\\.20\\.2; .*\\n$`),
    );
  }
});
