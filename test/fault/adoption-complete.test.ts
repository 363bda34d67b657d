/** What happens while no torud is there is recorded and followed up by the next one as if it had been there. */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { isRunning, leadersOfPlugin, pidsOfPlugin, untilEnded, untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

/** Ends with 7 after some last words once `go` lies in its data folder. */
const ENDS_WHEN_TOLD = `#!/bin/sh
echo up
while [ ! -e go ]; do sleep 0.02; done
i=0
while [ $i -lt 250 ]; do i=$((i + 1)); echo "word $i"; done
exit 7
`;

/** Its children ignore SIGTERM: one of its group, one in a session of its own. */
const HAS_STUBBORN_CHILDREN = `#!/bin/sh
(trap '' TERM; while :; do sleep 0.05; done) &
setsid sh -c "trap '' TERM; while :; do sleep 0.05; done" &
echo up
wait
`;

async function withPlugin(script: string, dropIn: string): Promise<PluginStage> {
  const stage = await PluginStage.make();
  await writePlugin(stage.paths, { id: 'told', script, dropIn });
  await stage.rig.start();
  await stage.act('enable', 'told');
  await stage.untilLine('told', '"up"');
  return stage;
}

/** What the shim wrote down about the end of the run. */
function exitedAt(stage: PluginStage, runId: number): string {
  const text = readFileSync(join(stage.paths.runsFolder, `${runId}-told.events`), 'utf8');
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; at: string });
  return events.find(({ event }) => event === 'exited')?.at ?? '';
}

async function endWhileAway(stage: PluginStage): Promise<{ runId: number; at: string }> {
  const { pid, runId } = await stage.status('told');
  const shimPid = await stage.shimPid('told');
  await stage.rig.kill();
  await writeGo(stage);
  await untilEnded(pid ?? 0);
  await untilEnded(shimPid);
  return { runId: runId ?? 0, at: exitedAt(stage, runId ?? 0) };
}

async function writeGo(stage: PluginStage): Promise<void> {
  const folder = join(stage.paths.dataFolder, 'told');
  // Appears whole, as a file that is moved there.
  await rename(join(stage.paths.pluginFolder, 'told/plugin.json'), join(folder, 'go'));
  await writePlugin(stage.paths, { id: 'told', script: ENDS_WHEN_TOLD });
}

it('an end that nobody saw has its code, its own time and its last 200 lines in the capsule', async () => {
  await using stage = await withPlugin(ENDS_WHEN_TOLD, '[restart]\npolicy = "never"\n');
  const { runId, at } = await endWhileAway(stage);
  await stage.rig.start();
  const status = await stage.untilState('told', 'failed');
  expect(status.lastExit).toEqual({ runId, at, code: 7, signal: null });
  const crash = await stage.capsule('told');
  expect(crash).toMatchObject({ runId, at, cause: 'exit', exitCode: 7, verdict: 'none' });
  expect(crash.lastLines.map(({ message }) => message)).toEqual(
    Array.from({ length: 200 }, (_none, index) => `word ${index + 51}`),
  );
});

it('a backoff after an end that nobody saw counts from that end', async () => {
  await using stage = await withPlugin(ENDS_WHEN_TOLD, '[restart]\ndelays_ms = [600000]\n');
  const { at } = await endWhileAway(stage);
  await stage.rig.start();
  const { nextRestartAt, restarts } = await stage.untilState('told', 'backoff');
  expect(restarts).toBe(1);
  expect(Date.parse(nextRestartAt ?? '')).toBe(Date.parse(at) + 600_000);
});

it('an end that nobody saw counts towards giving up', async () => {
  await using stage = await withPlugin(ENDS_WHEN_TOLD, '[restart]\ndelays_ms = [0]\nlimit = 1\n');
  await endWhileAway(stage);
  await stage.rig.start();
  const status = await stage.untilState('told', 'failed');
  expect(status).toMatchObject({ enabled: false, wanted: 'down' });
  const verdicts = (await stage.crashes('told')).map(({ verdict, exitCode }) => [verdict, exitCode]);
  expect(verdicts).toEqual([
    ['give-up', 7],
    ['restart', 7],
  ]);
});

it('a request of torud that was under way when it died hurts nobody: the next torud asks again', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '[health]\ninterval_ms = 1\n' });
  await stage.act('enable', 'echo-socket');
  const before = await stage.status('echo-socket');
  for (let round = 0; round < 3; round += 1) {
    await stage.until('echo-socket', ({ health }) => health === 'healthy');
    await stage.rig.killAndRestart();
  }
  await stage.until('echo-socket', ({ health }) => health === 'healthy');
  expect(await stage.status('echo-socket')).toMatchObject({ pid: before.pid, lastCrash: null, restarts: 0 });
});

it('a store request that a plugin had under way when torud died can be made again', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('enable', 'echo-socket');
  await stage.rig.killAndRestart();
  await stage.until('echo-socket', ({ health }) => health === 'healthy');
  const socket = connect(join(stage.paths.pluginSocketFolder, 'echo-socket.sock'));
  const payload = { method: 'GET', path: '/kv-set?colour=red', query: '', headers: {} };
  socket.write(`${JSON.stringify({ type: 'http', request_id: 'a', payload })}\n`);
  const [answer] = await new Promise<readonly [Buffer]>((resolve) =>
    socket.once('data', (data) => resolve([data])),
  );
  socket.destroy();
  expect(answer.toString()).toContain('version');
  expect(await stage.call('kv.get', { plugin: 'echo-socket', key: 'colour' })).toMatchObject({
    value: 'red',
  });
});

it.each(['stop', 'restart'])(
  'a %s of a plugin whose shim was killed ends its children too, those with a session of their own included',
  async (verb) => {
    await using stage = await withPlugin(HAS_STUBBORN_CHILDREN, '[stop]\ngrace_ms = 100\n');
    await untilTrue('it has its children', () => pidsOfPlugin(stage.folder, 'told').length >= 3);
    const before = pidsOfPlugin(stage.folder, 'told');
    process.kill(await stage.shimPid('told'), 'SIGKILL');
    await stage.until('told', ({ problems }) => problems.length > 0);
    expect((await stage.act(verb, 'told')).error).toBeUndefined();
    expect(before.filter((pid) => isRunning(pid))).toEqual([]);
    if (verb === 'restart')
      expect(await stage.status('told')).toMatchObject({ state: 'running', problems: [] });
  },
);

it('when the shim and then the main process die while torud is away, its children end before it is started again', async () => {
  await using stage = await withPlugin(HAS_STUBBORN_CHILDREN, '[stop]\ngrace_ms = 100\n');
  await untilTrue('it has its children', () => pidsOfPlugin(stage.folder, 'told').length >= 3);
  const before = pidsOfPlugin(stage.folder, 'told');
  const { pid, runId } = await stage.status('told');
  const shimPid = await stage.shimPid('told');
  await stage.rig.kill();
  for (const victim of [shimPid, pid ?? 0]) {
    process.kill(victim, 'SIGKILL');
    await untilEnded(victim);
  }
  await stage.rig.start();
  const after = await stage.until('told', (one) => one.state === 'running' && one.runId !== runId);
  expect(before.filter((one) => isRunning(one))).toEqual([]);
  expect(leadersOfPlugin(stage.folder, 'told')).toContain(after.pid);
});

it('a plugin whose run files were deleted while torud was away is adopted all the same', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('enable', 'sleeper');
  const { pid, runId } = await stage.status('sleeper');
  await stage.rig.kill();
  for (const name of readdirSync(stage.paths.runsFolder)) rmSync(join(stage.paths.runsFolder, name));
  await stage.rig.start();
  const shimPid = await stage.shimPid('sleeper');
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid, runId });
  process.kill(pid ?? 0, 'SIGKILL');
  const after = await stage.until('sleeper', (one) => one.state === 'running' && one.runId !== runId);
  expect(await stage.crashes('sleeper')).toMatchObject([{ runId, signal: 'SIGKILL' }]);
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([after.pid]);
  expect(shimPid).not.toBeNaN();
});

it('when the run files are gone and so is the shim, what is left of the run is ended and it begins anew', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('enable', 'sleeper');
  const { pid, runId } = await stage.status('sleeper');
  const shimPid = await stage.shimPid('sleeper');
  await stage.rig.kill();
  for (const name of readdirSync(stage.paths.runsFolder)) rmSync(join(stage.paths.runsFolder, name));
  process.kill(shimPid, 'SIGKILL');
  await untilEnded(shimPid);
  await stage.rig.start();
  const after = await stage.until('sleeper', (one) => one.state === 'running' && one.runId !== runId);
  expect(isRunning(pid ?? 0)).toBe(false);
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([after.pid]);
});

it('after another boot no process of before is signalled, and enabled plugins are started anew', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'echo-socket': '' });
  await stage.act('enable', 'sleeper');
  await stage.act('start', 'echo-socket');
  const old = await stage.status('sleeper');
  await stage.rig.kill();
  // The processes stand for strangers that got the same pids after a boot.
  makeOfOtherBoot(stage);
  await stage.rig.start();
  const now = await stage.until('sleeper', ({ state, runId }) => state === 'running' && runId !== old.runId);
  expect(now.actor).toMatchObject({ kind: 'boot' });
  expect(isRunning(old.pid ?? 0)).toBe(true);
  await stage.act('stop', 'sleeper');
  expect(isRunning(old.pid ?? 0)).toBe(true);
  expect(await stage.status('echo-socket')).toMatchObject({ state: 'stopped', wanted: 'down' });
  // Left over on purpose: torud will not touch it, so this test ends it.
  await stage.rig.kill();
});

/** As it would all stand if the machine had been started again since. */
function makeOfOtherBoot(stage: PluginStage): void {
  using database = new DatabaseSync(stage.paths.databaseFile);
  database.exec("UPDATE runs SET boot_id = 'another boot'");
  database.exec("UPDATE plugins SET wanted_boot_id = 'another boot'");
}
