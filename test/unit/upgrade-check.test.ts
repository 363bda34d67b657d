/** What decides whether a version may take over: its own check, and how long that may take. */

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/daemon/base/clock.ts';
import { SCHEMA_VERSION } from '../../src/daemon/store/migrations.ts';
import { takeHandover, withHandover } from '../../src/daemon/upgrade/handover.ts';
import { askInstalledVersion, installedProgram } from '../../src/daemon/upgrade/installed-version.ts';
import { startProblem } from '../../src/daemon/upgrade/start-check.ts';
import { resolvePaths } from '../../src/protocol/paths.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-upgrade-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(script: string): Promise<ReturnType<typeof installedProgram>> {
  const installed = installedProgram(join(folder, 'dist/torud.cjs'), ['--root', folder, '--detach']);
  await mkdir(join(folder, 'bin'));
  await writeFile(installed.launcher, `#!/bin/sh\n${script}\n`);
  await chmod(installed.launcher, 0o755);
  return installed;
}

test('the check gets the arguments of the start but for --detach, and its version is the answer', async () => {
  const installed = await program('[ "$*" = "--root $2 --check-upgrade" ] && echo "torud 1.2.3-rc.1+4"');
  expect(await askInstalledVersion(installed, systemClock)).toEqual({ ok: true, value: '1.2.3-rc.1+4' });
});

test('a check that hangs is given up after ten seconds, and killed', async () => {
  const installed = await program('exec sleep infinity');
  const clock = new VirtualClock();
  const asked = askInstalledVersion(installed, clock);
  clock.advance(9_999);
  const early = await Promise.race([asked, new Promise((resolve) => setImmediate(resolve, 'waits'))]);
  expect(early).toBe('waits');
  clock.advance(1);
  expect(await asked).toEqual({ ok: false, failure: 'its check did not end within 10 s' });
});

test.each([
  ['echo "torud: first" >&2; echo "torud: no good" >&2; exit 6', 'no good'],
  ['exit 3', 'its check ended with 3'],
  ['kill -SEGV $$', 'its check ended with SIGSEGV'],
  ['echo hello', 'its check ended without naming its version'],
])('a check that does %s is a failure: %s', async (script, failure) => {
  expect(await askInstalledVersion(await program(script), systemClock)).toEqual({ ok: false, failure });
});

test('an installation that is gone is a failure that names the file', async () => {
  const installed = installedProgram(join(folder, 'dist/torud.cjs'), []);
  const asked = await askInstalledVersion(installed, systemClock);
  expect(asked).toMatchObject({
    ok: false,
    failure: expect.stringContaining(`${folder}/bin/torud cannot be run`),
  });
});

test('a database with a newer schema is refused, also while only its write-ahead log knows', async () => {
  const paths = resolvePaths({ root: folder, uid: 1000, env: {} });
  expect(startProblem(paths, '/bin/sh')).toBeUndefined();
  await mkdir(paths.stateFolder, { recursive: true });
  const database = new DatabaseSync(paths.databaseFile);
  database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE x (y); PRAGMA user_version = ${SCHEMA_VERSION}`);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(startProblem(paths, '/bin/sh')).toBeUndefined();
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  expect(startProblem(paths, '/bin/sh')).toMatch(`has schema version ${SCHEMA_VERSION + 1}`);
  database.close();
});

test('a database that is none, and a shim that cannot be run, are refused', async () => {
  const paths = resolvePaths({ root: folder, uid: 1000, env: {} });
  await mkdir(paths.stateFolder, { recursive: true });
  await writeFile(paths.databaseFile, 'x'.repeat(5000));
  expect(startProblem(paths, '/bin/sh')).toMatch(/state\.db cannot be read: file is not a database/);
  expect(startProblem(paths, join(folder, 'toru-shim'))).toMatch(/toru-shim cannot be run: ENOENT/);
  expect(startProblem(paths, folder)).toMatch(/is not a program/);
});

test('a handover is read once, and nonsense counts as none', () => {
  const handover = { from: '1.0.0', listener: { fd: 7, inode: '1:2' }, isToStop: true };
  const environment = withHandover({ PATH: '/bin' }, handover);
  expect(takeHandover(environment)).toEqual(handover);
  expect(environment).toEqual({ PATH: '/bin' });
  expect(takeHandover(environment)).toBeUndefined();
  for (const text of [
    '',
    'x',
    '5',
    'null',
    '{}',
    '{"from":1}',
    '{"from":"1","listener":{"fd":1,"inode":"x"}}',
  ])
    expect(takeHandover({ TORU_HANDOVER: text })).toBeUndefined();
});
