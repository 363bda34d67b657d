/** An upgrade with plugins running: nothing of theirs changes, and no client is refused. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errnoOf } from '../../src/protocol/result.ts';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { openControl } from '../rig/control-connection.ts';
import { ControlProbe } from '../rig/control-probe.ts';
import { type Installation, makeInstallation } from '../rig/installation.ts';
import { pidsOfPlugin, untilEnded, untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

/** <asm-generic/fcntl.h>. */
const O_CLOEXEC = 0o2000000;
const UPGRADES = 5;

/** A root whose torud was started from an installation of its own. */
function openStage(installed: Installation, plugins: Readonly<Record<string, string>>): Promise<PluginStage> {
  return PluginStage.open(plugins, '', { program: installed.torud });
}

function childrenOf(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
  return text.split(' ').filter(Boolean);
}

it('50 plugins of every transport keep pid and run, and clients that ask all the time are all answered', async () => {
  await using installed = await makeInstallation();
  const plugins: Record<string, string> = {};
  for (let index = 0; index < 50; index += 1) {
    const fixture = index % 5 === 0 ? 'echo-socket' : index % 5 === 1 ? 'echo-stdio' : 'sleeper';
    plugins[`${fixture}/${fixture}-${index}`] = '';
  }
  await using stage = await openStage(installed, plugins);
  await stage.call('plugin.start', { all: true });
  const before = await stage.call('plugin.list');
  const torudPid = stage.rig.pid;
  const probes = [false, true].map((keeps) => new ControlProbe(stage.paths.controlSocket, keeps));
  await installed.install('9.0.1');
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: '',
  });
  const reports = await Promise.all(probes.map((probe) => probe.end()));
  for (const report of reports) {
    expect(report.faults).toEqual([]);
    expect(report.asked).toBeGreaterThan(5);
  }
  const after = await stage.call('plugin.list');
  const lives = (answer: unknown) =>
    (answer as { plugins: readonly Record<string, unknown>[] }).plugins.map(
      ({ id, state, pid, runId, restarts }) => ({ id, state, pid, runId, restarts }),
    );
  expect(lives(after)).toEqual(lives(before));
  expect(lives(after).every(({ state }) => state === 'running')).toBe(true);
  expect(await runToruJson(stage.folder, ['daemon', 'status'])).toMatchObject({
    daemon: { version: '9.0.1', pid: torudPid, problems: [] },
  });
});

it('tells of it in events and log, with both versions and who asked', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, {});
  await installed.install('9.0.1');
  const { from } = (await runToruJson(stage.folder, ['daemon', 'upgrade'])) as { from: string };
  await installed.install('9.0.2');
  expect(await runToruJson(stage.folder, ['daemon', 'upgrade'])).toMatchObject({
    from: '9.0.1',
    to: '9.0.2',
  });
  const events = (await stage.events()).filter(({ type }) => type === 'changed');
  expect(events).toMatchObject([
    { plugin: null, details: { from, to: '9.0.1' }, actor: { kind: 'user', uid: process.getuid?.() } },
    { plugin: null, details: { from: '9.0.1', to: '9.0.2' } },
  ]);
  const log = readFileSync(stage.paths.supervisorLog, 'utf8');
  expect(log).toMatch(/"event":"upgraded","from":"9\.0\.1","to":"9\.0\.2"/);
});

it('SIGUSR2 does the same', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  await installed.install('9.0.1');
  await using client = await openControl(stage.paths.controlSocket);
  process.kill(stage.rig.pid, 'SIGUSR2');
  await client.closed;
  expect(await stage.call('daemon.status')).toMatchObject({ daemon: { version: '9.0.1' } });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
});

it('plugins that start, stop or wait for their restart go on with that', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, {
    'never-ready': '',
    'ignores-term': '[stop]\ngrace_ms = 1500\n',
    'exits-with': '[restart]\ndelays_ms = [600000]\n',
  });
  await stage.act('start', 'ignores-term');
  await stage.act('start', 'exits-with');
  await stage.act('start', 'never-ready', { noBlock: true });
  const starting = await stage.until('never-ready', ({ state, pid }) => state === 'starting' && pid !== null);
  const waiting = await stage.untilState('exits-with', 'backoff');
  await stage.act('stop', 'ignores-term', { noBlock: true });
  expect(await stage.status('ignores-term')).toMatchObject({ state: 'stopping' });
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0 });
  expect(await stage.status('never-ready')).toMatchObject({ state: 'starting', pid: starting.pid });
  expect(await stage.status('exits-with')).toMatchObject({
    state: 'backoff',
    nextRestartAt: waiting.nextRestartAt,
  });
  expect(await stage.untilState('ignores-term', 'stopped')).toMatchObject({ lastCrash: null });
  await stage.act('stop', 'never-ready');
});

it('the exit of an adopted plugin is recorded, its shim leaves no zombie, and a killed shim is noticed at once', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { 'echo-socket': '', sleeper: '' });
  await stage.act('start', 'echo-socket');
  await stage.act('start', 'sleeper');
  const before = await stage.status('echo-socket');
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0 });
  expect(childrenOf(stage.rig.pid)).toHaveLength(2);
  await stage.call('plugin.kill', { names: ['echo-socket'], signal: 'SIGKILL' });
  const after = await stage.until(
    'echo-socket',
    ({ state, pid }) => state === 'running' && pid !== before.pid,
  );
  expect(after.lastExit).toMatchObject({ runId: before.runId, signal: 'SIGKILL' });
  await stage.act('stop', 'echo-socket');
  process.kill(await stage.shimPid('sleeper'), 'SIGKILL');
  const bare = await stage.until('sleeper', ({ problems }) => problems.length > 0);
  expect(bare.problems.join()).toMatch(/log capture lost/);
  await untilTrue('no child is left', () => childrenOf(stage.rig.pid).length === 0);
  expect((await stage.act('stop', 'sleeper')).error).toBeUndefined();
  for (const pid of pidsOfPlugin(stage.folder, 'sleeper')) await untilEnded(pid);
});

it('descriptors do not grow over upgrades, and no new one goes to children', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { sleeper: '' });
  await stage.act('start', 'sleeper');
  const before = descriptorsOf(stage.rig.pid);
  for (let round = 0; round < UPGRADES; round += 1)
    expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0 });
  // A few come and go (files that are read, connections that close); one kept by each upgrade would be seen.
  await untilTrue('there are hardly more descriptors than before', () => {
    return descriptorsOf(stage.rig.pid).size < before.size + UPGRADES;
  });
  const after = descriptorsOf(stage.rig.pid);
  const isLeaking = ([fd, isClosedAtExec]: [number, boolean]): boolean =>
    !isClosedAtExec && before.get(fd) !== false;
  expect([...after].filter(isLeaking)).toEqual([]);
});

/** By number: whether exec(2) closes it (O_CLOEXEC in proc(5), /proc/PID/fdinfo). */
function descriptorsOf(pid: number): ReadonlyMap<number, boolean> {
  const found = new Map<number, boolean>();
  for (const name of readdirSync(`/proc/${pid}/fdinfo`)) {
    const flags = flagsOf(`/proc/${pid}/fdinfo/${name}`);
    if (flags !== undefined) found.set(Number(name), (flags & O_CLOEXEC) !== 0);
  }
  return found;
}

/** Undefined when the descriptor was closed between the listing and the look. */
function flagsOf(file: string): number | undefined {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(file, 'latin1'))?.[1];
    return Number.parseInt(flags ?? '', 8);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}
