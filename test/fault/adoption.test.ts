/** kill -9 of torud: its plugins go on, and the next torud takes them over as if nothing had happened. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { followToru } from '../rig/cli-rig.ts';
import { writePlugin, writeProgram } from '../rig/plugin-fixture.ts';
import { isRunning, leadersOfPlugin, untilEnded, untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

interface LogLine {
  readonly seq: number;
  readonly run: number;
  readonly message: string;
}

/** Every log line of a plugin that is kept, oldest first. */
async function logLines(stage: PluginStage, id: string): Promise<readonly LogLine[]> {
  const file = join(stage.paths.pluginLogFolder, `${id}.log`);
  const files = [5, 4, 3, 2, 1].map((age) => `${file}.${age}`).filter((rotated) => existsSync(rotated));
  const texts = await Promise.all([...files, file].map((one) => readFile(one, 'utf8')));
  return texts
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

/** The inits that an echo plugin has been sent. */
async function inits(stage: PluginStage, id: string): Promise<readonly Record<string, unknown>[]> {
  const socket = connect(join(stage.paths.pluginSocketFolder, `${id}.sock`));
  try {
    const payload = { method: 'GET', path: '/inits', query: '', headers: {} };
    socket.write(`${JSON.stringify({ type: 'http', request_id: 'inits', payload })}\n`);
    for await (const line of createInterface({ input: socket })) {
      const { payload: page } = JSON.parse(line) as { payload: { body: string } };
      return JSON.parse(page.body) as Record<string, unknown>[];
    }
    throw new Error('closed');
  } finally {
    socket.destroy();
  }
}

it('plugins of every transport keep pid and run, and nothing is restarted', async () => {
  const ids = ['echo-socket', 'echo-stdio', 'sleeper'];
  await using stage = await PluginStage.open(Object.fromEntries(ids.map((id) => [id, ''])));
  for (const id of ids) await stage.act('start', id);
  const before = await Promise.all(ids.map((id) => stage.status(id)));
  await stage.rig.killAndRestart();
  for (const [index, id] of ids.entries()) {
    const { pid, runId, restarts, since, reason } = before[index] ?? {};
    expect(await stage.status(id)).toMatchObject({ state: 'running', pid, runId, restarts, since, reason });
    const events = await stage.events(id);
    expect(events.filter((event) => event.type === 'started')).toHaveLength(1);
    expect(events.filter((event) => event.type === 'adopted')).toMatchObject([{ details: { runId } }]);
    expect(await stage.crashes(id)).toEqual([]);
  }
});

it('init is sent again with the same run id and adopted:true', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '[config]\ncolour = "red"\n' });
  await stage.act('start', 'echo-socket');
  await stage.rig.kill();
  await stage.rig.start();
  await untilAsync(async () => (await inits(stage, 'echo-socket')).length === 2);
  const [first, second] = await inits(stage, 'echo-socket');
  expect(first).toMatchObject({ adopted: false, config: { colour: 'red' }, protocol: 1 });
  expect(second).toEqual({ ...first, adopted: true });
});

it('the log of a plugin that writes all the time has every sequence number once', async () => {
  await using stage = await PluginStage.open({});
  await writePlugin(stage.paths, {
    id: 'counts',
    // As much as it can write meanwhile: a rotated file that is dropped would be lost lines here.
    dropIn: '[log]\nmax_size = 1000000000\n',
    script:
      '#!/bin/sh\ni=0\nwhile [ -e go ] || [ $i -lt 100 ]; do i=$((i + 1)); echo "line $i"; done\necho end\nexec sleep infinity\n',
  });
  await stage.call('plugin.scan');
  const go = join(stage.paths.dataFolder, 'counts', 'go');
  await stage.act('start', 'counts');
  await stage.act('stop', 'counts');
  await writeFile(go, '');
  await stage.act('start', 'counts');
  const { runId } = await stage.status('counts');
  for (let round = 0; round < 3; round += 1) await stage.rig.killAndRestart();
  await rename(go, `${go}.gone`);
  await untilTrue('it wrote its last line', () =>
    readFileSync(join(stage.paths.pluginLogFolder, 'counts.log'), 'utf8').includes('"end"'),
  );
  const lines = (await logLines(stage, 'counts')).filter((line) => line.run === runId);
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.findIndex((line, index) => line.seq !== index + 1)).toBe(-1);
  const said = lines.slice(0, -1);
  expect(said.findIndex((line, index) => line.message !== `line ${index + 1}`)).toBe(-1);
});

it('a plugin that ended meanwhile is recorded with its exit code, and restarted once by policy', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('start', 'echo-socket');
  const before = await stage.status('echo-socket');
  await stage.rig.kill();
  await ask(stage, 'echo-socket', '/exit?9');
  await untilEnded(before.pid ?? 0);
  await stage.rig.start();
  const after = await stage.until(
    'echo-socket',
    ({ state, pid }) => state === 'running' && pid !== before.pid,
  );
  expect(after.lastExit).toMatchObject({ runId: before.runId, code: 9, signal: null });
  expect(await stage.crashes('echo-socket')).toMatchObject([
    { cause: 'exit', exitCode: 9, verdict: 'restart' },
  ]);
  expect(leadersOfPlugin(stage.folder, 'echo-socket')).toEqual([after.pid]);
  const started = (await stage.events('echo-socket')).filter((event) => event.type === 'started');
  expect(started).toHaveLength(2);
});

it('a plugin that ended meanwhile with policy never is not restarted', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '[restart]\npolicy = "never"\n' });
  await stage.act('enable', 'echo-socket');
  const { pid } = await stage.status('echo-socket');
  await stage.rig.kill();
  await ask(stage, 'echo-socket', '/exit?5');
  await untilEnded(pid ?? 0);
  await stage.rig.start();
  expect(await stage.untilState('echo-socket', 'failed')).toMatchObject({ lastExit: { code: 5 } });
  await stage.rig.killAndRestart();
  expect(await stage.status('echo-socket')).toMatchObject({ state: 'failed', enabled: true });
});

it('the deadline of a backoff survives', async () => {
  await using stage = await PluginStage.open({ 'exits-with': '[restart]\ndelays_ms = [600000]\n' });
  await stage.act('start', 'exits-with');
  const before = await stage.untilState('exits-with', 'backoff');
  await stage.rig.killAndRestart();
  const after = await stage.status('exits-with');
  expect(after).toMatchObject({ state: 'backoff', nextRestartAt: before.nextRestartAt, restarts: 1 });
});

it('a deadline that passed meanwhile is due at once', async () => {
  await using stage = await PluginStage.open({ 'exits-with': '[restart]\ndelays_ms = [300, 600000]\n' });
  await stage.act('start', 'exits-with');
  const { nextRestartAt } = await stage.untilState('exits-with', 'backoff');
  await stage.rig.kill();
  const due = Date.parse(nextRestartAt ?? '');
  await untilTrue('the deadline has passed', () => Date.now() > due);
  await stage.rig.start();
  expect(await stage.until('exits-with', ({ restarts }) => restarts === 2)).toMatchObject({
    state: 'backoff',
  });
});

it('a stop that torud died in is finished by the next one', async () => {
  await using stage = await PluginStage.open({ 'ignores-term': '[stop]\ngrace_ms = 1500\n' });
  await stage.act('enable', 'ignores-term');
  await stage.untilLine('ignores-term', '"up"');
  const { pid } = await stage.status('ignores-term');
  await stage.act('stop', 'ignores-term', { noBlock: true });
  await stage.rig.kill();
  expect(isRunning(pid ?? 0)).toBe(true);
  await stage.rig.start();
  const status = await stage.untilState('ignores-term', 'stopped');
  expect(status).toMatchObject({ wanted: 'down', lastCrash: null, lastExit: { signal: 'SIGKILL' } });
  expect(isRunning(pid ?? 0)).toBe(false);
});

it('the shim alone finishes a stop while no torud runs', async () => {
  await using stage = await PluginStage.open({ 'ignores-term': '[stop]\ngrace_ms = 300\n' });
  await stage.act('start', 'ignores-term');
  await stage.untilLine('ignores-term', '"up"');
  const { pid } = await stage.status('ignores-term');
  await stage.act('stop', 'ignores-term', { noBlock: true });
  await stage.rig.kill();
  await untilEnded(pid ?? 0);
  await stage.rig.start();
  expect(await stage.untilState('ignores-term', 'stopped')).toMatchObject({ lastCrash: null });
});

it('a plugin that torud died in starting becomes ready under the next one', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('start', 'echo-socket', { noBlock: true });
  await stage.rig.kill();
  await stage.rig.start();
  const status = await stage.untilState('echo-socket', 'running');
  await untilTrue('one process', () => leadersOfPlugin(stage.folder, 'echo-socket').length === 1);
  expect(leadersOfPlugin(stage.folder, 'echo-socket')).toEqual([status.pid]);
  expect(await stage.crashes('echo-socket')).toEqual([]);
});

it('a run whose shim was never started is begun anew, once, and counts as no crash', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { runId, pid } = await stage.status('sleeper');
  const stem = join(stage.paths.runsFolder, `${runId}-sleeper`);
  const shimPid = await stage.shimPid('sleeper');
  await stage.rig.kill();
  // As torud leaves it between writing the spec and starting the shim.
  process.kill(shimPid, 'SIGKILL');
  process.kill(pid ?? 0, 'SIGKILL');
  await untilEnded(pid ?? 0);
  await rename(`${stem}.claimed`, `${stem}.spec`);
  await rename(`${stem}.events`, join(stage.folder, 'events'));
  await stage.rig.start();
  const status = await stage.until('sleeper', (one) => one.state === 'running' && one.runId !== runId);
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([status.pid]);
  expect(await stage.crashes('sleeper')).toEqual([]);
  expect(existsSync(`${stem}.spec`)).toBe(false);
  expect(existsSync(`${stem}.abandoned`)).toBe(false);
});

it('a run that the database has and the runs folder has not is begun anew', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { runId, pid } = await stage.status('sleeper');
  const shimPid = await stage.shimPid('sleeper');
  await stage.rig.kill();
  process.kill(shimPid, 'SIGKILL');
  process.kill(pid ?? 0, 'SIGKILL');
  await untilEnded(pid ?? 0);
  for (const name of readdirSync(stage.paths.runsFolder))
    await rename(join(stage.paths.runsFolder, name), join(stage.folder, name));
  await stage.rig.start();
  const status = await stage.until('sleeper', (one) => one.state === 'running' && one.runId !== runId);
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([status.pid]);
});

it('a shim killed with -9 leaves its plugin running; torud says so, and a restart repairs it', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '[stop]\ngrace_ms = 2000\n' });
  await stage.act('start', 'echo-socket');
  const before = await stage.status('echo-socket');
  const shimPid = await stage.shimPid('echo-socket');
  process.kill(shimPid, 'SIGKILL');
  const bare = await stage.until('echo-socket', ({ problems }) => problems.length > 0);
  expect(bare).toMatchObject({ state: 'running', pid: before.pid });
  expect(bare.problems.join()).toMatch(/log capture lost.*restart/);
  expect((await stage.act('restart', 'echo-socket')).error).toBeUndefined();
  const after = await stage.status('echo-socket');
  expect(after).toMatchObject({ state: 'running', problems: [] });
  expect(leadersOfPlugin(stage.folder, 'echo-socket')).toEqual([after.pid]);
});

it('a shim and torud killed together are noticed by the next torud, and a stop still ends the plugin', async () => {
  await using stage = await PluginStage.open({ sleeper: '[stop]\ngrace_ms = 2000\n' });
  await stage.act('start', 'sleeper');
  const before = await stage.status('sleeper');
  const shimPid = await stage.shimPid('sleeper');
  await stage.rig.kill();
  process.kill(shimPid, 'SIGKILL');
  await untilEnded(shimPid);
  await stage.rig.start();
  const bare = await stage.status('sleeper');
  expect(bare).toMatchObject({ state: 'running', pid: before.pid });
  expect(bare.problems.join()).toMatch(/log capture lost/);
  expect((await stage.act('stop', 'sleeper')).error).toBeUndefined();
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([]);
});

it('logs -f goes on over the death of torud, and misses nothing', async () => {
  await using stage = await PluginStage.open({ 'slow-stop': '' });
  await stage.act('start', 'slow-stop');
  await using follow = followToru(stage.folder, ['logs', '-f', '-o', 'cat', 'slow-stop']);
  expect(await follow.nextLine()).toBe('up');
  await stage.rig.killAndRestart();
  await stage.act('restart', 'slow-stop');
  expect([await follow.nextLine(), await follow.nextLine()]).toEqual(['stopped', 'up']);
});

it('a plugin whose program changed while torud was away is adopted and marked', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  await stage.rig.kill();
  await writeProgram(join(stage.paths.pluginFolder, 'sleeper/run'), '#!/bin/sh\nexec sleep 1000000\n');
  await stage.rig.start();
  const status = await stage.status('sleeper');
  expect(status).toMatchObject({ state: 'running', pid });
  expect(status.problems.join()).toMatch(/changed on disk/);
});

async function untilAsync(check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await check())) if (performance.now() > deadline) throw new Error('it never became so');
}

/** Sends an HTTP request that ends the plugin. */
async function ask(stage: PluginStage, id: string, path: string): Promise<void> {
  const socket = connect(join(stage.paths.pluginSocketFolder, `${id}.sock`));
  const payload = { method: 'GET', path, query: '', headers: {} };
  socket.on('error', () => socket.destroy());
  socket.write(`${JSON.stringify({ type: 'http', request_id: 'x', payload })}\n`);
  await new Promise((resolve) => socket.once('close', resolve));
}
