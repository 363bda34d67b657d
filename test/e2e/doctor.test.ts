/** `toru doctor` on installations that are well and on ones that are not. */

import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DoctorReport, Finding } from '../../src/protocol/programs.ts';
import { runToru } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { makeInstallation } from '../rig/installation.ts';
import { cleanEnvironment } from '../rig/programs.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

interface Examined extends DoctorReport {
  readonly schema: number;
  readonly code: number | null;
}

async function examine(root: string, ...args: readonly string[]): Promise<Examined> {
  const result = await runToru(root, ['doctor', '--json', ...args]);
  return { ...(JSON.parse(result.stdout) as Examined), code: result.code };
}

function named(report: DoctorReport, name: string): readonly Finding[] {
  return report.checks.filter((one) => one.name === name);
}

function addPlugin(rig: DaemonRig, id: string, more: object = {}): void {
  const folder = join(rig.paths.pluginFolder, id);
  mkdirSync(folder);
  const metadata = {
    id,
    name: id,
    version: '1.0.0',
    api: { protocol: 1 },
    command: ['/bin/sleep', '1000'],
    transport: 'none',
    ...more,
  };
  writeFileSync(join(folder, 'plugin.json'), JSON.stringify(metadata));
}

/** A torud that has run and is gone. */
async function stoppedRoot(): Promise<DaemonRig> {
  const rig = await startDaemon();
  addPlugin(rig, 'web');
  await runToru(rig.folder, ['scan']);
  await rig.stop();
  return rig;
}

test('a healthy installation has no faults, and every finding that is not well says what mends it', async () => {
  await using rig = await startDaemon();
  addPlugin(rig, 'web');
  await runToru(rig.folder, ['start', 'web']);
  const report = await examine(rig.folder);
  expect(report).toMatchObject({ schema: 1, code: 0, summary: { fail: 0 } });
  expect(report.checks.length).toBeGreaterThan(40);
  for (const { result, mend } of report.checks)
    if (result === 'warn' || result === 'fail') expect(mend).toBeTruthy();
  for (const name of [
    'torud.reachable',
    'database.content',
    'shim.runs',
    'shim.build',
    'plugins.refused',
    'socket.lock',
  ])
    expect(named(report, name)).toMatchObject([{ result: 'ok' }]);
});

test('without a torud it looks at all the rest, and changes nothing', async () => {
  await using rig = await stoppedRoot();
  const before = readFileSync(rig.paths.databaseFile);
  const report = await examine(rig.folder);
  expect(report).toMatchObject({ code: 1, summary: { fail: 1 } });
  expect(named(report, 'torud.reachable')).toMatchObject([
    { result: 'fail', mend: expect.stringContaining('start torud') },
  ]);
  expect(named(report, 'plugins.refused')).toMatchObject([{ result: 'ok' }]);
  expect(readFileSync(rig.paths.databaseFile).equals(before)).toBe(true);
  await rig.start();
  expect(await examine(rig.folder)).toMatchObject({ code: 0 });
});

test('people see the worst first, with the mend below; with -q nothing but that, with --plain one record a line', async () => {
  await using rig = await stoppedRoot();
  const shown = await runToru(rig.folder, ['doctor']);
  expect(shown.stdout).toMatch(/^fail {2}torud\.reachable: .*\n {6}-> start torud\n/);
  expect(shown.stdout).toMatch(/\nok {4}kernel\.version: Linux /);
  expect(shown.stderr).toMatch(/^toru: \d+ ok, \d+ warn, 1 fail, \d+ skip\n$/);
  const quiet = await runToru(rig.folder, ['doctor', '-q']);
  expect(quiet.stdout).not.toMatch(/^(ok|skip)/m);
  expect(quiet.stderr).toBe('');
  const plain = await runToru(rig.folder, ['doctor', '--plain', '--no-legend']);
  for (const line of plain.stdout.trimEnd().split('\n'))
    expect(line).toMatch(/^(ok|warn|fail|skip)\t[\w.-]+\t[^\t]+\t[^\t]+$/);
});

test('on a root where nothing is yet, it says so and fails for want of a torud alone', async () => {
  await using root = await makeTemporaryRoot();
  const report = await examine(root.folder, '--root', join(root.folder, 'nowhere'));
  expect(report.checks.filter(({ result }) => result === 'fail').map(({ name }) => name)).toEqual([
    'torud.reachable',
  ]);
});

describe('a fault is found and named:', () => {
  const faults: readonly (readonly [string, string, Finding['result'], (rig: DaemonRig) => void])[] = [
    [
      'a wrong torud.toml',
      'settings.torud',
      'fail',
      (rig) => writeFileSync(rig.paths.configFile, '[daemon]\nlog_levl = "info"\n'),
    ],
    [
      'a wrong drop-in',
      'settings.drop-ins',
      'fail',
      (rig) => writeFileSync(join(rig.paths.dropInFolder, 'web.toml'), 'nonsense = 1\n'),
    ],
    [
      'a drop-in without a plugin',
      'settings.drop-ins',
      'warn',
      (rig) => writeFileSync(join(rig.paths.dropInFolder, 'gone.toml'), ''),
    ],
    ['a plugin that is refused', 'plugins.refused', 'fail', (rig) => addPlugin(rig, 'bad', { version: 'x' })],
    [
      'a damaged database',
      'database.content',
      'fail',
      (rig) => writeFileSync(rig.paths.databaseFile, 'no database at all'),
    ],
    [
      'a database of the future',
      'database.schema',
      'fail',
      (rig) => setSchemaVersion(rig.paths.databaseFile, 9999),
    ],
    [
      'a set-aside database',
      'database.set-aside',
      'warn',
      (rig) => writeFileSync(`${rig.paths.databaseFile}.damaged-20260101T000000Z`, ''),
    ],
    ['a lost reserve', 'disk.reserve', 'warn', (rig) => rmSync(join(rig.paths.stateFolder, 'reserve'))],
    [
      'a folder that everybody may write to',
      'folder.plugins',
      'fail',
      (rig) => chmodSync(rig.paths.pluginFolder, 0o777),
    ],
    [
      'a file in the place of a folder',
      'folder.plugin-logs',
      'fail',
      (rig) => replaceByFile(rig.paths.pluginLogFolder),
    ],
    [
      'a leftover lock',
      'socket.lock',
      'warn',
      (rig) =>
        writeFileSync(rig.paths.lockFile, `4000000 1 ${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}\n`),
    ],
    [
      'a file in the way of the socket',
      'socket.file',
      'fail',
      (rig) => writeFileSync(rig.paths.controlSocket, ''),
    ],
    [
      'a log that everybody may write to',
      'logs.torud',
      'fail',
      (rig) => chmodSync(rig.paths.supervisorLog, 0o666),
    ],
  ];

  test.each(faults)('%s', async (_what, name, result, spoil) => {
    await using rig = await stoppedRoot();
    spoil(rig);
    const report = await examine(rig.folder);
    expect(named(report, name).map((one) => one.result)).toContain(result);
    expect(report.code).toBe(1);
  });

  test('a failed plugin, and one whose files have changed under it', async () => {
    await using rig = await startDaemon();
    addPlugin(rig, 'web');
    addPlugin(rig, 'bad', { command: ['/bin/false'] });
    writeFileSync(join(rig.paths.dropInFolder, 'bad.toml'), '[restart]\npolicy = "on-crash"\nlimit = 0\n');
    await runToru(rig.folder, ['start', 'web', 'bad']);
    await runToru(rig.folder, ['wait', 'bad', '--for', 'failed', '--timeout', '20s']);
    const manifest = join(rig.paths.pluginFolder, 'web/plugin.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('1.0.0', '1.1.0'));
    await runToru(rig.folder, ['scan']);
    const report = await examine(rig.folder);
    expect(named(report, 'plugins.state')).toMatchObject([
      { result: 'fail', detail: expect.stringMatching(/^bad is failed/) },
    ]);
    expect(named(report, 'plugins.problems')).toMatchObject([{ result: 'warn', mend: 'toru restart web' }]);
    expect(report.code).toBe(1);
  });

  test('a torud that was killed, and one that hangs', async () => {
    await using rig = await startDaemon();
    process.kill(rig.pid, 'SIGSTOP');
    try {
      const hung = await examine(rig.folder, '--timeout', '200ms');
      expect(named(hung, 'torud.reachable')).toMatchObject([
        { result: 'fail', mend: expect.stringMatching(`^kill -9 ${rig.pid}, then start torud again`) },
      ]);
    } finally {
      process.kill(rig.pid, 'SIGCONT');
    }
    await rig.kill();
    const killed = await examine(rig.folder);
    expect(named(killed, 'socket.file')).toMatchObject([
      { result: 'warn', detail: expect.stringContaining('leftover') },
    ]);
    expect(named(killed, 'socket.lock')).toMatchObject([{ result: 'warn' }]);
  });

  test('a socket that everybody may connect to, unless rules name people outside of its group', async () => {
    await using rig = await startDaemon();
    chmodSync(rig.paths.controlSocket, 0o666);
    expect(named(await examine(rig.folder), 'socket.file')).toMatchObject([{ result: 'warn' }]);
    writeFileSync(rig.paths.configFile, '[[access]]\nuid = 65534\nrole = "view"\n');
    expect(named(await examine(rig.folder), 'socket.file')).toMatchObject([{ result: 'ok' }]);
  });

  test('a missing toru-shim, and a toru-shim that is another one than was built', async () => {
    await using installed = await makeInstallation();
    await using root = await makeTemporaryRoot();
    const env = cleanEnvironment(root.folder, { TORU_ROOT: root.folder });
    const look = (): DoctorReport =>
      JSON.parse(spawnSync(installed.toru, ['doctor', '--json'], { env }).stdout.toString()) as DoctorReport;
    const shim = join(installed.toru, '../../dist/native', process.arch, 'toru-shim');
    appendFileSync(shim, 'x');
    expect(named(look(), 'shim.build')).toMatchObject([{ result: 'warn' }]);
    await installed.removeShim();
    expect(named(look(), 'shim.file')).toMatchObject([{ result: 'fail' }]);
  });
});

test('--strict makes warnings count', async () => {
  await using rig = await startDaemon();
  writeFileSync(join(rig.paths.dropInFolder, 'gone.toml'), '');
  expect(await examine(rig.folder)).toMatchObject({ code: 0 });
  expect(await examine(rig.folder, '--strict')).toMatchObject({ code: 1 });
});

test.skipIf(process.getuid?.() !== 0)(
  'an ordinary user is told what could not be looked at, and who can',
  async () => {
    await using rig = await startDaemon();
    chmodSync(rig.folder, 0o755);
    chmodSync(rig.paths.stateFolder, 0o700);
    const words = [
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      join(import.meta.dirname, '../../bin/toru'),
      'doctor',
      '--json',
    ];
    const asked = spawnSync('setpriv', words, { env: cleanEnvironment('/', { TORU_ROOT: rig.folder }) });
    const report = JSON.parse(asked.stdout.toString()) as DoctorReport;
    expect(named(report, 'database.content')).toMatchObject([
      { result: 'skip', mend: expect.stringContaining('as root') },
    ]);
    expect(named(report, 'torud.reachable')).toMatchObject([{ result: 'skip' }]);
    expect(report.summary.fail).toBe(0);
  },
);

/** Offset 60 of the header (sqlite.org/fileformat2.html). */
function setSchemaVersion(file: string, version: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt32BE(version, 60);
  writeFileSync(file, bytes);
}

function replaceByFile(folder: string): void {
  rmSync(folder, { recursive: true });
  writeFileSync(folder, '');
}
