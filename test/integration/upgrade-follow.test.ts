/** The command line over an upgrade: follows go on without gap or repetition, and actions are not lost. */

import { expect, it } from 'vitest';
import { followToru, runToru } from '../rig/cli-rig.ts';
import { openControl } from '../rig/control-connection.ts';
import { type Installation, makeInstallation } from '../rig/installation.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

const COUNTS = '#!/bin/sh\ni=0\nwhile :; do i=$((i + 1)); echo "line $i"; sleep 0.002; done\n';
const LINES_AFTER = 100;

function openStage(installed: Installation, plugins: Readonly<Record<string, string>>): Promise<PluginStage> {
  return PluginStage.open(plugins, '', { program: installed.torud });
}

async function upgrade(stage: PluginStage): Promise<void> {
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0, stderr: '' });
}

it('logs -f goes on over two upgrades, with every line once', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, {});
  await writePlugin(stage.paths, { id: 'counts', script: COUNTS });
  await stage.call('plugin.scan');
  await stage.act('start', 'counts');
  await using follow = followToru(stage.folder, ['logs', '-f', '-o', 'cat', 'counts']);
  const numbers: number[] = [];
  const read = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1)
      numbers.push(Number((await follow.nextLine()).replace('line ', '')));
  };
  await read(20);
  for (const version of ['9.0.1', '9.0.2']) {
    await installed.install(version);
    await upgrade(stage);
    await read(LINES_AFTER);
  }
  const first = numbers[0] ?? 0;
  expect(numbers.findIndex((number, index) => number !== first + index)).toBe(-1);
  // Nobody was away: what `logs` says on standard error would be in the way of scripts.
  expect((await follow.end()).stderr).toBe('');
});

it('events -f goes on over an upgrade, with every event once', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { sleeper: '' });
  await stage.act('start', 'sleeper');
  await using follow = followToru(stage.folder, ['events', '-f', '--json']);
  const ids: number[] = [];
  const readUntil = async (type: string): Promise<void> => {
    for (;;) {
      const event = JSON.parse(await follow.nextLine()) as { readonly id: number; readonly type: string };
      ids.push(event.id);
      if (event.type === type) return;
    }
  };
  await readUntil('ready');
  await upgrade(stage);
  await stage.act('stop', 'sleeper');
  await readUntil('changed');
  await readUntil('stopped');
  expect(ids).toEqual((await stage.events()).map(({ id }) => id));
});

it('wait goes on over an upgrade', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { sleeper: '' });
  await stage.act('start', 'sleeper');
  await using wait = followToru(stage.folder, ['wait', 'sleeper', '--for', 'stopped']);
  // Whether it has subscribed by then or not, it must see the end.
  await upgrade(stage);
  await stage.act('stop', 'sleeper');
  expect(await wait.result).toMatchObject({ code: 0, stderr: '' });
});

it('an action that is waited for is waited for under the next version', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { 'ignores-term': '[stop]\ngrace_ms = 2000\n' });
  await stage.act('start', 'ignores-term');
  await using stop = followToru(stage.folder, ['stop', 'ignores-term']);
  await stage.untilState('ignores-term', 'stopping');
  await upgrade(stage);
  expect(await stage.status('ignores-term')).toMatchObject({ state: 'stopping' });
  expect(await stop.result).toMatchObject({ code: 0, stderr: '' });
  expect(await stage.status('ignores-term')).toMatchObject({ state: 'stopped', wanted: 'down' });
});

it('a restart that an upgrade cuts says that it goes on, and does', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { 'ignores-term': '[stop]\ngrace_ms = 1000\n' });
  await stage.act('start', 'ignores-term');
  const { pid } = await stage.status('ignores-term');
  await using restart = followToru(stage.folder, ['restart', 'ignores-term']);
  await stage.untilState('ignores-term', 'stopping');
  await upgrade(stage);
  const { code, stderr } = await restart.result;
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^toru: restart: torud was upgraded meanwhile; what was begun goes on; "toru wait NAME"/,
  );
  await stage.until('ignores-term', (status) => status.state === 'running' && status.pid !== pid);
});

it('a client is told by id what was begun, and without an id that the rest was not', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed, { 'ignores-term': '[stop]\ngrace_ms = 1000\n' });
  await stage.act('start', 'ignores-term');
  await using client = await openControl(stage.paths.controlSocket);
  client.send({ id: 1, method: 'plugin.stop', params: { names: ['ignores-term'] } });
  client.send({ id: 2, method: 'plugin.watch', params: { names: ['*'] } });
  await stage.untilState('ignores-term', 'stopping');
  await upgrade(stage);
  const frames: unknown[] = [];
  for (let frame = await client.nextFrame(); frame !== undefined; frame = await client.nextFrame()) {
    if (frame.item === undefined) frames.push(frame);
  }
  const error = { code: 'unavailable', message: 'torud is being upgraded', reconnect: true };
  expect(frames).toMatchObject([{ id: 1, error }, { id: 2, error }, { error }]);
  expect(frames.at(-1)).not.toHaveProperty('id');
});
