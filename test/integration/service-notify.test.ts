/** torud under a service manager: a real datagram socket hears what it says. */

import { readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { makeInstallation } from '../rig/installation.ts';
import { NotifyReceiver } from '../rig/notify-receiver.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

function environmentOf(pid: unknown): readonly string[] {
  return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
}

test('ready, states, reload and stop are told at a path, and plugins know nothing of it', async () => {
  await using scratch = await makeTemporaryRoot('toru-n-');
  const socket = join(scratch.folder, 'notify');
  await using receiver = await NotifyReceiver.open(socket);
  await using stage = await PluginStage.open({ sleeper: '' }, '', { env: { NOTIFY_SOCKET: socket } });
  expect(await receiver.until(/READY=1/)).toEqual(['READY=1\nSTATUS=1 stopped']);

  await stage.call('plugin.start', { names: ['sleeper'] });
  await receiver.until('STATUS=1 running');
  const { plugins } = (await runToruJson(stage.folder, ['list'])) as { plugins: { pid: number }[] };
  expect(environmentOf(plugins[0]?.pid).filter((one) => /^(NOTIFY|WATCHDOG)_/.test(one))).toEqual([]);

  process.kill(stage.rig.pid, 'SIGHUP');
  const reload = await receiver.until(/READY=1/);
  expect(reload).toEqual([
    expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=reading the settings again$/),
    'READY=1\nSTATUS=1 running',
  ]);

  await stage.rig.end('SIGTERM');
  expect(await receiver.until(/STOPPING=1/)).toEqual(['STOPPING=1\nSTATUS=stopping plugins']);
});

test('an abstract socket and a watchdog go on over an upgrade in the same process', async () => {
  const name = `@toru-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  await using receiver = await NotifyReceiver.open(name);
  await using installed = await makeInstallation();
  const env = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '200000' };
  await using stage = await PluginStage.open({ sleeper: '' }, '', { program: installed.torud, env });
  await receiver.until(/READY=1/);
  await receiver.until('WATCHDOG=1');
  await stage.call('plugin.start', { names: ['sleeper'] });
  await receiver.until('STATUS=1 running');
  await installed.install('9.0.1');
  expect(await runToru(stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0, stderr: '' });
  const said = (await receiver.until(/READY=1/)).filter((one) => one !== 'WATCHDOG=1');
  expect(said).toEqual([
    expect.stringMatching(
      /^RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=being replaced by the installed version$/,
    ),
    expect.stringMatching(/^READY=1\nSTATUS=1 (running|starting)$/),
  ]);
  expect(await runToruJson(stage.folder, ['daemon', 'status'])).toMatchObject({
    daemon: { version: '9.0.1', problems: [] },
  });
  await receiver.until('WATCHDOG=1');
});

test('without koffi systemd-notify is run instead, and status says so', async () => {
  await using installed = await makeInstallation();
  const home = dirname(dirname(installed.torud));
  // Node stays, koffi goes.
  await rm(join(home, 'node_modules'));
  await mkdir(join(home, 'node_modules'));
  const node = `node-linux-${process.arch}`;
  await symlink(join(CHECKOUT, 'node_modules', node), join(home, 'node_modules', node));
  await mkdir(join(home, 'tools'));
  const heard = join(home, 'heard');
  const script = `#!/bin/sh\nprintf '%s\\n' "$NOTIFY_SOCKET" "$@" >'${heard}.new' && mv '${heard}.new' '${heard}'\n`;
  await writeFile(join(home, 'tools/systemd-notify'), script, { mode: 0o755 });
  const env = { NOTIFY_SOCKET: '/run/manager', PATH: `${join(home, 'tools')}:${process.env.PATH}` };
  await using stage = await PluginStage.open({}, '', { program: installed.torud, env });
  await expect
    .poll(() => readFileSync(heard, 'utf8'), { timeout: 15_000 })
    .toBe('/run/manager\nREADY=1\nSTATUS=no plugins\n');
  const { daemon } = (await runToruJson(stage.folder, ['daemon', 'status'])) as {
    daemon: { problems: string[] };
  };
  expect(daemon.problems).toContainEqual(
    expect.stringMatching(/^the service manager is told by systemd-notify/),
  );
});

test('without a service manager torud says nothing of it', async () => {
  await using stage = await PluginStage.open({});
  expect(await runToruJson(stage.folder, ['daemon', 'status'])).toMatchObject({ daemon: { problems: [] } });
});
