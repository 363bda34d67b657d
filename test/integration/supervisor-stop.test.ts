/** Stop: the escalation, what is left behind, and what stays wanted. */

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import {
  isIgnoring,
  isRunning,
  leadersOfPlugin,
  pidsOfPlugin,
  untilEnded,
  untilTrue,
} from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

it.each(['echo-socket', 'echo-stdio'])('%s is asked with shutdown, and ends by itself with 0', async (id) => {
  await using stage = await PluginStage.open({ [id]: '' });
  await stage.act('start', id);
  expect((await stage.act('stop', id)).error).toBeUndefined();
  expect(await stage.status(id)).toMatchObject({
    state: 'stopped',
    wanted: 'down',
    pid: null,
    runId: null,
    lastCrash: null,
    lastExit: { code: 0, signal: null },
  });
});

it('a plugin without protocol gets SIGTERM', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  await stage.act('stop', 'sleeper');
  expect((await stage.status('sleeper')).lastExit).toMatchObject({ code: null, signal: 'SIGTERM' });
});

it('stop.signal is sent instead of SIGTERM', async () => {
  await using stage = await PluginStage.open({ sleeper: '[stop]\nsignal = "SIGINT"\n' });
  await stage.act('start', 'sleeper');
  await stage.act('stop', 'sleeper');
  expect((await stage.status('sleeper')).lastExit).toMatchObject({ code: null, signal: 'SIGINT' });
});

it('a plugin that ignores SIGTERM is killed when its grace is over', async () => {
  await using stage = await PluginStage.open({ 'ignores-term': '[stop]\ngrace_ms = 300\n' });
  await stage.act('start', 'ignores-term');
  const { pid } = await stage.status('ignores-term');
  await untilTrue('it ignores SIGTERM', () => isIgnoring(pid ?? 0, 15));
  const before = performance.now();
  expect((await stage.act('stop', 'ignores-term')).error).toBeUndefined();
  expect(performance.now() - before).toBeGreaterThanOrEqual(295);
  expect((await stage.status('ignores-term')).lastExit).toMatchObject({ signal: 'SIGKILL' });
});

it('a grace of 0 kills at once', async () => {
  await using stage = await PluginStage.open({ 'slow-stop': '[stop]\ngrace_ms = 0\n' });
  await stage.act('start', 'slow-stop');
  await stage.act('stop', 'slow-stop');
  expect((await stage.status('slow-stop')).lastExit).toMatchObject({ signal: 'SIGKILL' });
});

it('nothing is left of a plugin with an orphan and a child in a session of its own', async () => {
  await using stage = await PluginStage.open({ 'leaves-grandchild': '[stop]\ngrace_ms = 300\n' });
  await stage.act('start', 'leaves-grandchild');
  const pids = await grandchildren(stage);
  expect(pids.every(isRunning)).toBe(true);
  expect((await stage.act('stop', 'leaves-grandchild')).error).toBeUndefined();
  expect(pids.filter(isRunning)).toEqual([]);
  expect(pidsOfPlugin(stage.folder, 'leaves-grandchild')).toEqual([]);
});

it('nothing is left of a plugin whose main process ends before its children', async () => {
  const dropIn = '[stop]\ngrace_ms = 300\n[restart]\npolicy = "never"\n[environment]\nTHEN = "exit"\n';
  await using stage = await PluginStage.open({ 'leaves-grandchild': dropIn });
  await stage.act('start', 'leaves-grandchild');
  const pids = await grandchildren(stage);
  expect(await stage.untilState('leaves-grandchild', 'failed')).toMatchObject({ lastExit: { code: 3 } });
  expect(pids.filter(isRunning)).toEqual([]);
});

it('a stop while it is starting ends the process and is no crash', async () => {
  await using stage = await PluginStage.open({ 'never-ready': '[stop]\ngrace_ms = 300\n' });
  const starting = stage.act('start', 'never-ready');
  const { pid } = await stage.until('never-ready', (status) => status.pid !== null);
  expect((await stage.act('stop', 'never-ready')).error).toBeUndefined();
  expect((await starting).error).toMatchObject({ code: 'failed' });
  await untilEnded(pid ?? 0);
  expect(await stage.status('never-ready')).toMatchObject({ state: 'stopped', lastCrash: null });
});

it('a stop of a stopped plugin succeeds and changes nothing', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  expect(await stage.act('stop', 'sleeper')).toMatchObject({ changed: false, state: 'stopped' });
});

it('a stop during backoff cancels the restart that was planned', async () => {
  await using stage = await PluginStage.open({ 'exits-with': '[restart]\ndelays_ms = [600000]\n' });
  await stage.act('start', 'exits-with');
  await stage.untilState('exits-with', 'backoff');
  expect((await stage.act('stop', 'exits-with')).error).toBeUndefined();
  expect(await stage.status('exits-with')).toMatchObject({ state: 'stopped', nextRestartAt: null });
});

it('kill sends its signal to the whole group, and the crash is recorded', async () => {
  await using stage = await PluginStage.open({ 'slow-stop': '[restart]\npolicy = "never"\n' });
  await stage.act('start', 'slow-stop');
  expect(await runToru(stage.folder, ['kill', '-s', 'KILL', 'slow-stop'])).toMatchObject({ code: 0 });
  await stage.untilState('slow-stop', 'failed');
  expect(await stage.capsule('slow-stop')).toMatchObject({ cause: 'signal', signal: 'SIGKILL' });
  expect(leadersOfPlugin(stage.folder, 'slow-stop')).toEqual([]);
  const event = (await stage.events('slow-stop')).find((one) => one.type === 'killed');
  expect(event).toMatchObject({ actor: { kind: 'user', uid: process.getuid?.() } });
  expect(await runToru(stage.folder, ['kill', '-s', 'KILL', 'slow-stop'])).toMatchObject({ code: 7 });
});

it('the actor of a stop is stored with uid, gid and pid', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  await stage.act('stop', 'sleeper');
  expect(await stage.status('sleeper')).toMatchObject({
    actor: { kind: 'user', uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid },
    reason: expect.stringContaining('toru stop sleeper'),
  });
});

it('one that answers shutdown and does not go gets SIGTERM within its grace', async () => {
  await using stage = await PluginStage.open({});
  await writePlugin(stage.paths, {
    id: 'says-ok',
    script: SAYS_OK,
    metadata: { transport: 'socket' },
    dropIn: '[stop]\ngrace_ms = 800\n',
  });
  await stage.call('plugin.scan');
  expect((await stage.act('start', 'says-ok')).error).toBeUndefined();
  expect((await stage.act('stop', 'says-ok')).error).toBeUndefined();
  expect((await stage.status('says-ok')).lastExit).toMatchObject({ signal: 'SIGTERM' });
});

const SAYS_OK = `#!/usr/bin/env -S python3 -SEs
import json, os, socket
server = socket.socket(socket.AF_UNIX)
server.bind(os.environ["TORU_SOCKET"])
server.listen()
peer = server.accept()[0]
for line in peer.makefile("rb"):
    ask = json.loads(line)
    ask["payload"] = {"ready": True, "ok": True, "status": "healthy", "protocol": 1}
    peer.sendall(json.dumps(ask).encode() + b"\\n")
while True:
    server.accept()
`;

/** Pids of the fixture's grandchildren, once it has written them. */
async function grandchildren(stage: PluginStage): Promise<readonly number[]> {
  const folder = join(stage.paths.dataFolder, 'leaves-grandchild');
  await untilTrue('the grandchildren are up', () => existsSync(join(folder, 'ready')));
  return Promise.all(
    ['session.pid', 'orphan.pid'].map(async (name) => Number(await readFile(join(folder, name), 'utf8'))),
  );
}

it('a torud that leaves starts nothing any more: what waits for its next try waits for the next torud', async () => {
  await using stage = await PluginStage.open({
    'slow-stop': '',
    'exits-with': '[restart]\ndelays_ms = [20]\nlimit = "none"\n',
  });
  await stage.act('start', 'slow-stop');
  await stage.act('start', 'exits-with');
  expect(await stage.rig.stop()).toMatchObject({ code: 0 });
  const log = readFileSync(stage.paths.supervisorLog, 'utf8').split('\n');
  const leaving = log.findIndex((line) => line.includes('"torud-stopping"'));
  const begun = log.slice(leaving).filter((line) => /"event":"(spawned|restarted)"/.test(line));
  expect(leaving).toBeGreaterThan(0);
  expect(begun).toEqual([]);
});
