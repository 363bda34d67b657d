/** Versions that would not start, and upgrades that fail on the way: the torud that serves goes on, or the next one does. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VERSION } from '../../src/protocol/version.ts';
import { runToru } from '../rig/cli-rig.ts';
import { openControl } from '../rig/control-connection.ts';
import { ControlProbe } from '../rig/control-probe.ts';
import { type Installation, makeInstallation } from '../rig/installation.ts';
import { writeConfig } from '../rig/plugin-fixture.ts';
import { isRunning, leadersOfPlugin } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

/** Changes what the first lines of torud's bundle see of koffi. @param change JavaScript over `koffi` and `bind` */
function withKoffi(change: string): string {
  return `{
    const { Module } = require('node:module');
    const load = Module._load;
    Module._load = (name, ...rest) => {
      if (name !== 'koffi') return load(name, ...rest);
      const koffi = load(name, ...rest);
      ${change}
    };
  }\n`;
}

/** In the place of execve(2). */
function withExecve(replacement: string): string {
  return withKoffi(`return { ...koffi, load: (file) => {
    const library = koffi.load(file);
    return { func: (words) => words.includes('execve') ? ${replacement} : library.func(words) };
  } };`);
}

async function openStage(installed: Installation): Promise<PluginStage> {
  const stage = await PluginStage.open({ sleeper: '' }, '', { program: installed.torud });
  await stage.act('start', 'sleeper');
  return stage;
}

/** The same torud serves, and its plugin runs as before. */
async function expectUntouched(stage: PluginStage, upgrade: () => Promise<void>): Promise<void> {
  const { daemon } = await stage.call('daemon.status');
  const { pid } = await stage.status('sleeper');
  await using client = await openControl(stage.paths.controlSocket);
  await upgrade();
  // Not even the connection of a client has ended.
  expect(await client.request(1, 'daemon.status')).toMatchObject({
    result: { daemon: { version: VERSION } },
  });
  expect((await stage.call('daemon.status')).daemon).toMatchObject({
    since: (daemon as { since: string }).since,
  });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
}

it('a version that ends with an error at its check is refused with its last line', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed);
  await installed.installBroken("console.error('torud: the moon is too bright'); process.exit(1);\n");
  await expectUntouched(stage, async () => {
    const { code, stdout, stderr } = await runToru(stage.folder, ['daemon', 'upgrade']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`toru: daemon upgrade: the moon is too bright; torud ${VERSION} goes on\n`);
    const json = await runToru(stage.folder, ['daemon', 'upgrade', '--json']);
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: 'failed', message: 'the moon is too bright' },
    });
  });
  expect(readFileSync(stage.paths.supervisorLog, 'utf8')).toContain('"event":"upgrade-refused"');
});

it('a version that lacks its toru-shim is refused', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed);
  await installed.removeShim();
  await expectUntouched(stage, async () => {
    const { code, stderr } = await runToru(stage.folder, ['daemon', 'upgrade']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/toru-shim cannot be run: .*goes on\n$/);
  });
});

it('settings that the next torud would refuse are refused before', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed);
  await writeConfig(stage.paths, '[defaults.restrat]\n');
  await expectUntouched(stage, async () => {
    const { code, stderr } = await runToru(stage.folder, ['daemon', 'upgrade']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/restrat/);
  });
});

it('a second upgrade while one is under way is refused', async () => {
  await using installed = await makeInstallation();
  await using stage = await openStage(installed);
  await installed.install('9.0.1');
  await using client = await openControl(stage.paths.controlSocket);
  for (const id of [1, 2]) client.send({ id, method: 'daemon.upgrade', params: {} });
  expect(await client.nextFrame()).toMatchObject({
    id: 2,
    error: { code: 'unavailable', message: 'an upgrade is under way already' },
  });
  expect(await client.nextFrame()).toMatchObject({ id: 1, result: { to: '9.0.1' } });
  await client.closed;
  expect(await stage.call('daemon.status')).toMatchObject({ daemon: { version: '9.0.1' } });
});

it('when the kernel does not execute it, the same torud serves on, and no client is refused', async () => {
  await using installed = await makeInstallation();
  await installed.install(VERSION, withExecve('() => -1'));
  await using stage = await openStage(installed);
  const { pid } = await stage.status('sleeper');
  const probe = new ControlProbe(stage.paths.controlSocket, true);
  const { code, stderr } = await runToru(stage.folder, ['daemon', 'upgrade']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/the last upgrade failed: .*cannot be executed/);
  expect(await probe.end()).toMatchObject({ faults: [] });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
  expect(await stage.call('plugin.restart', { names: ['sleeper'] })).toMatchObject({
    outcomes: [{ changed: true }],
  });
  await installed.install('9.0.1');
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 1 });
});

it('a torud that is killed between its last word and the next version is followed by a new start', async () => {
  await using installed = await makeInstallation();
  await installed.install(VERSION, withExecve("() => process.kill(process.pid, 'SIGKILL')"));
  await using stage = await openStage(installed);
  const { pid, runId } = await stage.status('sleeper');
  await using client = await openControl(stage.paths.controlSocket);
  const torud = stage.rig.pid;
  client.send({ id: 1, method: 'daemon.upgrade', params: {} });
  await client.closed;
  await stage.rig.ended();
  expect(isRunning(torud)).toBe(false);
  expect(isRunning(pid ?? 0)).toBe(true);
  await installed.install('9.0.1');
  await stage.rig.start();
  expect(await stage.call('daemon.status')).toMatchObject({ daemon: { version: '9.0.1' } });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid, runId });
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([pid]);
});

it('without koffi it still works: the socket is made anew, and toru waits for it', async () => {
  await using installed = await makeInstallation();
  await installed.install(VERSION, withKoffi("throw new Error('no koffi here');"));
  await using stage = await openStage(installed);
  const { pid } = await stage.status('sleeper');
  await installed.install('9.0.1', withKoffi("throw new Error('no koffi here');"));
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0 });
  expect(await stage.call('daemon.status')).toMatchObject({ daemon: { version: '9.0.1' } });
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid });
});

it('SIGTERM while torud is being replaced stops plugins and torud all the same', async () => {
  await using installed = await makeInstallation();
  // The signal comes when the old torud takes no more connections, the latest moment that it can be heard.
  await installed.install(
    VERSION,
    `{
      const { Server } = require('node:net');
      const { close } = Server.prototype;
      Server.prototype.close = function (...words) {
        setImmediate(() => process.emit('SIGTERM'));
        return close.apply(this, words);
      };
    }\n`,
  );
  await using stage = await openStage(installed);
  const { pid } = await stage.status('sleeper');
  await installed.install('9.0.1');
  await stage.call('daemon.upgrade');
  expect(await stage.rig.ended()).toMatchObject({ code: 0, signal: null });
  expect(isRunning(pid ?? 0)).toBe(false);
  expect(readFileSync(stage.paths.supervisorLog, 'utf8')).toMatch(/"upgraded".*\n(.*\n)*.*"torud-stopping"/);
});
