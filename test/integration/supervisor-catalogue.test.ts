/** The plugin folder and the settings change while torud runs. */

import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writeConfig, writeDropIn, writeProgram } from '../rig/plugin-fixture.ts';
import { isRunning } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

it('a new plugin is noticed by itself, with an event', async () => {
  await using stage = await PluginStage.open({});
  await stage.install('sleeper');
  expect(await stage.untilState('sleeper', 'stopped')).toMatchObject({ enabled: false, wanted: 'down' });
  await stage.untilEvent((event) => event.type === 'installed' && event.plugin === 'sleeper');
  expect(await stage.act('start', 'sleeper')).toMatchObject({ state: 'running' });
});

it('a scan says what was added', async () => {
  await using stage = await PluginStage.open({});
  await stage.install('sleeper');
  await stage.call('plugin.scan');
  expect((await stage.status('sleeper')).state).toBe('stopped');
});

it('a running plugin whose folder is swapped by rename is marked, not touched, and a restart takes the new files', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  const folder = join(stage.paths.pluginFolder, 'sleeper');
  const next = join(stage.folder, 'next');
  await stage.copyFixture('sleeper', 'sleeper', next);
  await writeProgram(join(next, 'run'), '#!/bin/sh\nexec sleep 12345678\n');
  await rename(folder, join(stage.folder, 'old'));
  await rename(next, folder);
  const marked = await stage.until('sleeper', ({ problems }) => /changed on disk/.test(problems.join()));
  expect(marked).toMatchObject({ state: 'running', pid });
  expect((await stage.act('restart', 'sleeper')).error).toBeUndefined();
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', problems: [] });
});

it('a running plugin whose files are removed goes on; after its stop it is forgotten', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  await rm(join(stage.paths.pluginFolder, 'sleeper'), { recursive: true });
  await stage.until('sleeper', ({ problems }) => /gone/.test(problems.join()));
  expect(isRunning(pid ?? 0)).toBe(true);
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
  await runToru(stage.folder, ['stop', 'sleeper']);
  await stage.untilForgotten('sleeper');
  expect(isRunning(pid ?? 0)).toBe(false);
  expect(await runToru(stage.folder, ['status', 'sleeper'])).toMatchObject({ code: 4 });
});

it('a plugin that is refused is invalid with its reason, and start exits 6', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await chmod(join(stage.paths.pluginFolder, 'sleeper/run'), 0o644);
  await stage.call('plugin.scan');
  expect(await stage.untilState('sleeper', 'invalid')).toMatchObject({ pid: null });
  expect((await stage.status('sleeper')).reason).toMatch(/execut/);
  const result = await runToru(stage.folder, ['start', 'sleeper']);
  expect(result).toMatchObject({ code: 6, stdout: '' });
  expect(result.stderr).toMatch(/^toru: start sleeper: .*execut/);
  const why = (await runToru(stage.folder, ['why', 'sleeper'])).stdout.replaceAll('\n', ' ');
  expect(why).toMatch(/invalid.*execut/);
});

it('an invalid plugin that is enabled starts as soon as it is mended', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('enable', 'sleeper');
  await stage.rig.stop();
  await chmod(join(stage.paths.pluginFolder, 'sleeper/run'), 0o644);
  await stage.rig.start();
  expect(await stage.untilState('sleeper', 'invalid')).toMatchObject({ enabled: true, wanted: 'up' });
  await chmod(join(stage.paths.pluginFolder, 'sleeper/run'), 0o755);
  await stage.call('plugin.scan');
  expect(await stage.untilState('sleeper', 'running')).toMatchObject({ enabled: true });
});

it('a running plugin that becomes refused goes on, marked', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  await writeFile(join(stage.paths.pluginFolder, 'sleeper/plugin.json'), '{ nonsense');
  await stage.call('plugin.scan');
  const status = await stage.until('sleeper', ({ problems }) => problems.length > 0);
  expect(status).toMatchObject({ state: 'running', pid });
  await stage.act('stop', 'sleeper');
  expect(await stage.untilState('sleeper', 'invalid')).toMatchObject({ pid: null });
});

it('a drop-in with an error makes its plugin invalid at start, with file, line and nearest key', async () => {
  await using stage = await PluginStage.open({
    sleeper: '[restart]\npolicy = "never"\nlimitt = 3\n',
    'slow-stop': '',
  });
  const status = await stage.status('sleeper');
  expect(status.state).toBe('invalid');
  expect(status.reason).toMatch(/sleeper\.toml line 3.*"limitt".*"limit"/);
  expect(await runToru(stage.folder, ['start', 'sleeper'])).toMatchObject({ code: 6 });
  expect(await runToru(stage.folder, ['start', 'slow-stop'])).toMatchObject({ code: 0 });
});

it('daemon reload with an error exits 6, names file and line, and leaves what runs alone', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  await writeDropIn(stage.paths, 'sleeper', '\n[stop]\ngrace_ms = "soon"\n');
  const result = await runToru(stage.folder, ['daemon', 'reload']);
  expect(result.code).toBe(6);
  expect(result.stderr).toMatch(/sleeper\.toml line 3/);
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
  await writeDropIn(stage.paths, 'sleeper', '[stop]\ngrace_ms = 10\n');
  expect(await runToru(stage.folder, ['daemon', 'reload'])).toMatchObject({ code: 0, stderr: '' });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid, problems: [] });
});

it('daemon reload with an error in torud.toml exits 6 with its line', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await writeConfig(stage.paths, 'nonsense = 1\n');
  const result = await runToru(stage.folder, ['daemon', 'reload']);
  expect(result).toMatchObject({ code: 6, stdout: '' });
  expect(result.stderr).toMatch(/torud\.toml line 1.*nonsense/);
  expect(await stage.act('start', 'sleeper')).toMatchObject({ state: 'running' });
});

it('daemon reload takes new settings; a running plugin gets them with its next start', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('start', 'echo-socket');
  const { pid } = await stage.status('echo-socket');
  await writeDropIn(stage.paths, 'echo-socket', 'nice = 5\n');
  // Whether the reload finds the change or the watch has found it before, it is in force afterwards.
  await stage.call('daemon.reload');
  expect(await stage.status('echo-socket')).toMatchObject({ state: 'running', pid });
  await stage.act('restart', 'echo-socket');
  const { properties } = (await stage.call('plugin.show', { plugin: 'echo-socket' })) as {
    properties: Record<string, unknown>;
  };
  expect(properties.nice).toBe(5);
  expect(getPriority(Number(properties.pid))).toBe(5);
});
