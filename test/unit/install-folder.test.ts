/** Copying a folder or a program that is handed in: nothing is followed, and only files are read. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpack } from '../../src/daemon/install/unpack.ts';
import { UNPACK_LIMITS } from '../../src/daemon/install/unpack-limits.ts';

let folder: string;
let source: string;
let into: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-copy-'));
  source = join(folder, 'web');
  into = join(folder, 'new');
  mkdirSync(join(source, 'lib'), { recursive: true });
  writeFileSync(join(source, 'plugin.json'), '{}');
  writeFileSync(join(source, 'lib/run'), 'abc');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function refusal(path = source): Promise<string> {
  const result = await unpack(path, into);
  if (result.ok) throw new Error('it was taken');
  expect(readdirSync(folder)).not.toContain('new');
  return `${result.failure.code}: ${result.failure.message}`;
}

test('a folder is copied with its links, modes and hidden files, and stays as it is', async () => {
  writeFileSync(join(source, '.env'), 'x');
  chmodSync(join(source, '.env'), 0o600);
  chmodSync(join(source, 'lib/run'), 0o775);
  symlinkSync('lib/run', join(source, 'start'));
  const result = await unpack(source, into);
  expect(result).toEqual({
    ok: true,
    value: { kind: 'folder', path: into, name: 'web', files: 4, bytes: 6 },
  });
  expect(readlinkSync(join(into, 'start'))).toBe('lib/run');
  expect(statSync(join(into, '.env')).mode & 0o7777).toBe(0o600);
  expect(statSync(join(into, 'lib/run')).mode & 0o7777).toBe(0o755);
  expect(readFileSync(join(source, 'lib/run'), 'utf8')).toBe('abc');
});

test('a folder that is reached through a link is copied, and called as the link is', async () => {
  symlinkSync(source, join(folder, 'current'));
  expect(await unpack(join(folder, 'current'), into)).toMatchObject({ ok: true, value: { name: 'current' } });
});

test('a single file is copied as a program', async () => {
  chmodSync(join(source, 'lib/run'), 0o755);
  const result = await unpack(join(source, 'lib/run'), into);
  expect(result).toMatchObject({ ok: true, value: { kind: 'program', path: join(into, 'run'), bytes: 3 } });
});

test('refused: a FIFO, which nobody waits for', async () => {
  expect(spawnSync('mkfifo', [join(source, 'pipe')]).status).toBe(0);
  expect(await refusal()).toMatch(/^invalid: "pipe" is a device, a FIFO or a socket/);
});

test('refused: a socket', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(source, 'sock'), resolve));
  try {
    expect(await refusal()).toMatch(/"sock" is a device, a FIFO or a socket/);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('refused: a link that leads out, and its target is not read', async () => {
  symlinkSync('../../secret', join(source, 'lib/s'));
  expect(await refusal()).toBe('invalid: the link "lib/s" leads out of the folder, to "../../secret"');
});

test('refused: a program with the set-user-ID bit', async () => {
  chmodSync(join(source, 'lib/run'), 0o4755);
  expect(await refusal()).toMatch(/"lib\/run" has the set-user-ID bit set/);
});

test('refused: a folder that would be copied into itself', async () => {
  expect(await refusal(folder)).toMatch(/it holds the folder that it would be copied to/);
});

test('refused: a folder without a file, a name with a backslash, a device, and what is not there', async () => {
  mkdirSync(join(folder, 'empty/inner'), { recursive: true });
  expect(await refusal(join(folder, 'empty'))).toMatch(/no file at all/);
  writeFileSync(join(source, 'a\\b'), '');
  expect(await refusal()).toMatch(/backslash/);
  expect(await refusal('/dev/null')).toMatch(/neither a folder nor a regular file/);
  expect(await refusal(join(folder, 'nothing'))).toMatch(/^not_found: /);
});

test('refused: a file larger than the limit, before it is read', async () => {
  truncateSync(join(source, 'lib/run'), 2 ** 41);
  expect(await refusal()).toBe('invalid: it is more than 1 GiB unpacked');
});

test('what is copied is counted by what was read', async () => {
  const limits = { ...UNPACK_LIMITS, maxBytes: 4 };
  const result = await unpack(source, into, { limits });
  expect(result).toMatchObject({ ok: false, failure: { message: 'it is more than 4 bytes unpacked' } });
});
