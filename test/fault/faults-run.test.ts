/** The run folder fills up, cannot be changed, or is deleted: starts fail clearly, ends are told later, torud listens again. */

import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { expect, it } from 'vitest';
import { openControl } from '../rig/control-connection.ts';
import { FaultStage } from '../rig/fault-stage.ts';
import { isRunning, untilEnded, untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { NEEDS_MOUNT } from '../rig/small-disk.ts';
import { awaitSocket } from '../rig/socket-ready.ts';

const PAGE_BYTES = 4096;
const NEVER_SOON = '[restart]\ndelays_ms = [600000]\n';

/** Else the file's last page would take the next events, however full the disk is. */
function fillPage(file: string): void {
  const room = PAGE_BYTES - (statSync(file).size % PAGE_BYTES);
  appendFileSync(file, `${' '.repeat(room - 1)}\n`);
}

it.skipIf(NEEDS_MOUNT !== '')(
  `a full run folder: a start fails with one line, an end is told when space is back, with its true code${NEEDS_MOUNT}`,
  async () => {
    await using faults = await FaultStage.open({
      disks: { run: 256 },
      plugins: { 'echo-stdio': NEVER_SOON, 'sleeper/other': '[restart]\ndelays_ms = [300]\n' },
    });
    const { stage } = faults;
    await stage.act('start', 'echo-stdio');
    const { pid, runId } = await stage.status('echo-stdio');
    fillPage(`${stage.paths.runsFolder}/${runId}-echo-stdio.events`);
    faults.disk('run').fill();
    const { code, stderr } = await faults.toru('start', 'other');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^toru: start other: .*could not be started: prepare: ENOSPC: no space left on device/,
    );
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect((await stage.crashes('other'))[0]).toMatchObject({ cause: 'spawn', verdict: 'restart' });
    process.kill(pid ?? 0, 'SIGUSR1');
    await untilEnded(pid ?? 0);
    // The shim cannot tell; torud must not take that for anything else.
    expect(await stage.status('echo-stdio')).toMatchObject({ state: 'running', pid, runId });
    faults.disk('run').free();
    const ended = await stage.untilState('echo-stdio', 'backoff');
    expect(ended.lastExit).toMatchObject({ runId, code: null, signal: 'SIGUSR1' });
    // Tried again by its policy, without anybody asking.
    await stage.untilState('other', 'running');
    expect(await faults.problems()).toEqual([]);
  },
);

it.skipIf(NEEDS_MOUNT !== '')(
  `a run folder in which nothing can be made or removed: starts fail, ends are seen, nothing ends torud${NEEDS_MOUNT}`,
  async () => {
    await using faults = await FaultStage.open({
      disks: { run: 256 },
      plugins: { sleeper: NEVER_SOON, 'sleeper/other': '[restart]\ndelays_ms = [300]\n' },
    });
    const { stage } = faults;
    await stage.act('start', 'sleeper');
    const { pid, runId } = await stage.status('sleeper');
    faults.disk('run').freeze();
    const { code, stderr } = await faults.toru('start', 'other');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^toru: start other: .*could not be started: prepare: EROFS: read-only file system/,
    );
    process.kill(pid ?? 0, 'SIGKILL');
    expect((await stage.untilState('sleeper', 'backoff')).lastExit).toMatchObject({
      runId,
      signal: 'SIGKILL',
    });
    await faults.untilLogged('run-files-kept');
    faults.disk('run').thaw();
    await stage.untilState('other', 'running');
    await stage.rig.killAndRestart();
    expect(await stage.status('sleeper')).toMatchObject({ state: 'backoff', lastExit: { runId } });
    expect(existsSync(`${stage.paths.runsFolder}/${runId}-sleeper.events`)).toBe(false);
  },
);

it('a control socket that is deleted is made again; who is connected stays so', async () => {
  await using faults = await FaultStage.open({ plugins: { sleeper: '' } });
  const { stage } = faults;
  await using connection = await openControl(stage.paths.controlSocket);
  rmSync(stage.paths.controlSocket);
  await awaitSocket(stage.paths.controlSocket, AbortSignal.timeout(10_000));
  expect((await stage.act('start', 'sleeper')).error).toBeUndefined();
  expect(await connection.request(1, 'daemon.status')).toMatchObject({
    result: { daemon: { problems: [] } },
  });
  expect(await faults.problems()).toEqual([]);
});

it('a run folder that is deleted is made again, with sockets, lock and the story of what runs', async () => {
  await using faults = await FaultStage.open({ plugins: { sleeper: NEVER_SOON, 'sleeper/other': '' } });
  const { stage } = faults;
  await stage.act('start', 'sleeper');
  const { pid, runId } = await stage.status('sleeper');
  // First out of torud's sight: it is quick to make again what is missing.
  renameSync(stage.paths.runFolder, `${stage.paths.runFolder}.gone`);
  rmSync(`${stage.paths.runFolder}.gone`, { recursive: true });
  await untilTrue('the socket is back', () => existsSync(stage.paths.controlSocket));
  await awaitSocket(stage.paths.controlSocket, AbortSignal.timeout(10_000));
  await untilTrue('the lock is back', () => existsSync(stage.paths.lockFile));
  expect(isRunning(pid ?? 0)).toBe(true);
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid, runId });
  expect((await stage.act('start', 'other')).error).toBeUndefined();
  const second = await stage.rig.startAndEnd();
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`pid ${stage.rig.pid}`);
  process.kill(pid ?? 0, 'SIGKILL');
  expect((await stage.untilState('sleeper', 'backoff')).lastExit).toMatchObject({ runId, signal: 'SIGKILL' });
  expect(await faults.problems()).toEqual([]);
});

it('another time or mode of any folder that torud watches is no event that keeps it busy', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { runFolder, runsFolder, pluginSocketFolder, pluginFolder, stateFolder, logFolder, pluginLogFolder } =
    stage.paths;
  const folders = [
    runFolder,
    runsFolder,
    pluginSocketFolder,
    pluginFolder,
    stateFolder,
    logFolder,
    pluginLogFolder,
  ];
  for (const folder of folders) {
    const { mode } = statSync(folder);
    utimesSync(folder, 1, 1);
    chmodSync(folder, mode ^ 0o010);
    chmodSync(folder, mode);
  }
  // Written into the watched folders: they are still heard.
  expect((await stage.act('restart', 'sleeper')).error).toBeUndefined();
  expect((await stage.call('daemon.status')).daemon).toMatchObject({ problems: [] });
  const log = readFileSync(stage.paths.supervisorLog, 'utf8');
  expect(log).not.toContain('folder-remade');
  expect(processorMs(stage.rig.pid)).toBeLessThan(5_000);
});

/** Processor time of a process so far (proc(5), stat), in milliseconds. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
