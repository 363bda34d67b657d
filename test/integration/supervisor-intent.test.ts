/** enable, disable, and what is wanted after torud was stopped and started. */

import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { isRunning, leadersOfPlugin } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

it('enable starts now and remembers; is-enabled says so', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  expect(await runToru(stage.folder, ['is-enabled', 'sleeper'])).toMatchObject({ code: 1 });
  expect(await runToru(stage.folder, ['enable', 'sleeper'])).toMatchObject({ code: 0, stderr: '' });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', enabled: true, wanted: 'up' });
  expect(await runToru(stage.folder, ['is-enabled', 'sleeper'])).toMatchObject({ code: 0 });
  expect((await stage.events('sleeper')).filter((event) => event.type === 'enabled')).toHaveLength(1);
});

it('enable --no-start only remembers', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  expect(await runToru(stage.folder, ['enable', 'sleeper', '--no-start'])).toMatchObject({ code: 0 });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'stopped', enabled: true, wanted: 'down' });
});

it('disable stops now and remembers; --no-stop leaves it running', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('enable', 'sleeper');
  expect(await runToru(stage.folder, ['disable', 'sleeper', '--no-stop'])).toMatchObject({ code: 0 });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', enabled: false, wanted: 'up' });
  expect(await runToru(stage.folder, ['disable', 'sleeper'])).toMatchObject({ code: 0 });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'stopped', enabled: false, wanted: 'down' });
  expect((await stage.events('sleeper')).filter((event) => event.type === 'disabled')).toHaveLength(1);
});

it('enable of an enabled plugin that runs is unchanged', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  expect(await stage.act('enable', 'sleeper')).toMatchObject({ changed: true });
  expect(await stage.act('enable', 'sleeper')).toMatchObject({ changed: false });
});

it('a daemon stop stops the plugins, and the next torud starts what was wanted and nothing else', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'slow-stop': '', 'echo-socket': '' });
  await stage.act('enable', 'sleeper');
  await stage.act('start', 'slow-stop');
  await stage.act('enable', 'echo-socket');
  await stage.act('stop', 'echo-socket');
  const pids = [await stage.status('sleeper'), await stage.status('slow-stop')].map(({ pid }) => pid ?? 0);
  const exit = await stage.rig.stop();
  expect(exit).toMatchObject({ code: 0 });
  expect(pids.filter(isRunning)).toEqual([]);
  await stage.rig.start();
  expect(await stage.untilState('sleeper', 'running')).toMatchObject({ enabled: true, wanted: 'up' });
  expect(await stage.untilState('slow-stop', 'running')).toMatchObject({ enabled: false, wanted: 'up' });
  expect(await stage.status('echo-socket')).toMatchObject({
    state: 'stopped',
    enabled: true,
    wanted: 'down',
  });
  expect(await stage.crashes('sleeper')).toEqual([]);
});

it('an enabled plugin starts with torud after another boot, and one that was only started does not', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'slow-stop': '', 'echo-socket': '' });
  await stage.act('enable', 'sleeper');
  await stage.act('start', 'slow-stop');
  await stage.act('enable', 'echo-socket');
  await stage.act('stop', 'echo-socket');
  await stage.rig.stop();
  pretendOtherBoot(stage.paths.databaseFile);
  await stage.rig.start();
  expect(await stage.untilState('sleeper', 'running')).toMatchObject({ actor: { kind: 'boot' } });
  expect(await stage.untilState('echo-socket', 'running')).toMatchObject({ wanted: 'up' });
  expect(await stage.status('slow-stop')).toMatchObject({ state: 'stopped', wanted: 'down' });
});

it('daemon stop --keep-plugins leaves them, and the next torud adopts them', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'echo-stdio': '' });
  await stage.act('start', 'sleeper');
  await stage.act('start', 'echo-stdio');
  const before = await stage.status('sleeper');
  const stdio = await stage.status('echo-stdio');
  expect(await runToru(stage.folder, ['daemon', 'stop', '--keep-plugins'])).toMatchObject({ code: 0 });
  expect(await stage.rig.ended()).toMatchObject({ code: 0 });
  expect(isRunning(before.pid ?? 0)).toBe(true);
  await stage.rig.start();
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid: before.pid });
  expect(await stage.status('echo-stdio')).toMatchObject({ state: 'running', pid: stdio.pid });
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([before.pid]);
  expect((await stage.events('sleeper')).filter((event) => event.type === 'adopted')).toHaveLength(1);
});

it('a plugin whose intent was acknowledged is up after kill -9 the moment the answer is there', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('enable', 'sleeper', { noBlock: true });
  await stage.rig.kill();
  await stage.rig.start();
  expect(await stage.untilState('sleeper', 'running')).toMatchObject({ enabled: true });
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toHaveLength(1);
});

function pretendOtherBoot(file: string): void {
  using database = new DatabaseSync(file);
  database.exec("UPDATE plugins SET wanted_boot_id = 'another'");
}
