/** toru as users get it: packed, installed globally, called from the prefix's bin folder. */

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VERSION } from '../../src/protocol/version.ts';
import { encodeSpec, parseLines } from '../fixtures/shim/rig.ts';
import { SILENT_SCRIPT, writePlugin } from '../rig/plugin-fixture.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

const runFile = promisify(execFile);

/** Machines that the package is made for, by Node's name and by the compiler's. */
const MACHINES = [
  { arch: 'x64', triplet: 'x86_64-linux-gnu', elf: 0x3e },
  { arch: 'arm64', triplet: 'aarch64-linux-gnu', elf: 0xb7 },
] as const;
/** Without a cross compiler the shim of this machine is all that can be packed. */
const canCross = MACHINES.every(({ arch, triplet }) => arch === process.arch || has(`${triplet}-gcc`));
const MAX_TARBALL_BYTES = 3 * 1024 * 1024;

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
  // npm links the manual where `man` looks for it.
  expect(await realpath(join(prefix, 'share/man/man1/toru.1'))).toContain('toru/man/toru.1');

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

test.skipIf(!canCross)('the tarball holds what is run and read, and nothing else', async () => {
  const tarball = await pack();
  expect((await stat(tarball)).size).toBeLessThan(MAX_TARBALL_BYTES);
  await runFile('tar', ['-xzf', tarball, '-C', prefix]);
  const home = join(prefix, 'package');
  const files = (await readdir(home, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1));
  const expected = [
    /^(README\.md|LICENSE|CHANGELOG\.md|package\.json)$/,
    /^bin\/toru(d|-web)?$/,
    /^dist\/[a-z-]+\.cjs$/,
    /^dist\/toru-tui\.mjs$/,
    /^dist\/licenses\.txt$/,
    /^dist\/native\/(build-record\.json|(x64|arm64)\/toru-shim)$/,
    /^dist\/plugins\/[a-z-]+\//,
    /^man\/[a-z.-]+\.[1-8]$/,
    /^packaging\/(torud\.toml|(logrotate|plugins\.d|systemd|sysusers\.d|tmpfiles\.d)\/)/,
  ];
  expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
  for (const pattern of expected)
    expect(
      files.some((file) => pattern.test(file)),
      String(pattern),
    ).toBe(true);
  expect(files.filter((file) => /\.(ts|map|c|h|stamp|env|pem|key|log)$|\.test\./.test(file))).toEqual([]);
  for (const file of files) expect(await readFile(join(home, file), 'latin1'), file).not.toContain(CHECKOUT);
  for (const program of ['bin/toru', 'bin/torud', `dist/native/${process.arch}/toru-shim`])
    expect((await stat(join(home, program))).mode & 0o111, program).toBe(0o111);
});

test.skipIf(!canCross)('it holds toru-shim for both machines, static, as its record says', async () => {
  const tarball = await pack();
  await runFile('tar', ['-xzf', tarball, '-C', prefix]);
  const native = join(prefix, 'package/dist/native');
  const record = JSON.parse(await readFile(join(native, 'build-record.json'), 'utf8'));
  for (const { arch, elf } of MACHINES) {
    const shim = await readFile(join(native, arch, 'toru-shim'));
    expect(shim.readUInt16LE(18), arch).toBe(elf);
    // No program header names an interpreter (PT_INTERP, elf(5)): it needs no library.
    expect(segmentTypes(shim), arch).not.toContain(3);
    const sha256 = createHash('sha256').update(shim).digest('hex');
    const compiler = expect.stringMatching(/\S+ \d+/);
    expect(record[`${arch}/toru-shim`]).toEqual({ arch, compiler, static: true, sha256 });
  }
});

const foreign = MACHINES.find(({ arch }) => arch !== process.arch) ?? MACHINES[1];
const emulator = `qemu-${foreign.triplet.replace(/-.*/, '')}-static`;

test.skipIf(!canCross || !has(emulator))(
  'toru-shim of the other machine starts a plugin there, writes its log and tells its end',
  async () => {
    await pack();
    const spec = join(prefix, '7-demo.spec');
    const log = join(prefix, 'demo.log');
    const values = {
      ...{ id: 'demo', run: 7, boot: 'boot-1', cwd: prefix, log, grace_ms: 10_000 },
      ...{ log_max_size: 0, log_max_age_ms: 0, log_keep: 3, log_compress: 0, log_max_line: 65_536 },
      arg: ['/bin/sh', '-c', 'echo "<4>one"; echo two >&2; exit 7'],
      env: ['PATH=/usr/bin:/bin'],
    };
    await writeFile(spec, encodeSpec(values));
    const shim = join(CHECKOUT, 'dist/native', foreign.arch, 'toru-shim');
    await runFile(emulator, [shim, spec]);
    const lines = parseLines<Record<string, unknown>>(await readFile(log, 'utf8'));
    expect(lines.map(({ level, message, stream }) => ({ level, message, stream }))).toEqual(
      expect.arrayContaining([
        { level: 'warning', message: 'one', stream: 'stdout' },
        { level: 'info', message: 'two', stream: 'stderr' },
      ]),
    );
    const events = parseLines<Record<string, unknown>>(await readFile(join(prefix, '7-demo.events'), 'utf8'));
    expect(events.map(({ event }) => event)).toEqual(['shim', 'started', 'exited', 'gone']);
    expect(events[2]).toMatchObject({ code: 7, signal: null, core: false });
    expect(events[3]).toMatchObject({ lines: 2, lost: 0, killed: 0 });
  },
);

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** p_type of each program header of a 64-bit little-endian ELF file (elf(5)). */
function segmentTypes(elf: Buffer): readonly number[] {
  const [offset, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, index) => elf.readUInt32LE(offset + index * size));
}

/** Answers the tarball. */
async function pack(): Promise<string> {
  const env = npmEnvironment();
  if (canCross) await runFile('sh', ['scripts/pack.sh', prefix], { cwd: CHECKOUT, env });
  else await runFile('npm', ['pack', '--pack-destination', prefix], { cwd: CHECKOUT, env });
  return join(prefix, `toru-${VERSION}.tgz`);
}

async function installPacked(): Promise<void> {
  const env = npmEnvironment();
  await pack();
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
