/** The rig itself, against the real programs: what the other suites rely on. */

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { followToru, runToru, runToruJson } from '../rig/cli-rig.ts';
import { openControl } from '../rig/control-connection.ts';
import { startDaemon } from '../rig/daemon-rig.ts';
import { processesOf } from '../rig/leftover-processes.ts';
import { SILENT_SCRIPT, writePlugin } from '../rig/plugin-fixture.ts';

interface Listed {
  readonly plugins: readonly { readonly id: string; readonly state: string; readonly pid: number }[];
}

test('a plugin outlives kill -9 of torud, and nothing outlives the rig', async () => {
  let folder: string;
  {
    await using daemon = await startDaemon();
    folder = daemon.folder;
    await writePlugin(daemon.paths, { id: 'quiet', script: SILENT_SCRIPT });
    await runToru(folder, ['scan']);
    expect(await runToru(folder, ['enable', 'quiet'])).toMatchObject({ code: 0, stderr: '' });
    const before = ((await runToruJson(folder, ['list'])) as Listed).plugins;
    expect(before).toMatchObject([{ id: 'quiet', state: 'running' }]);
    await daemon.killAndRestart();
    const after = ((await runToruJson(folder, ['list'])) as Listed).plugins;
    expect(after).toMatchObject([{ id: 'quiet', state: 'running', pid: before[0]?.pid }]);
  }
  expect(processesOf(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test('a killed torud leaves its plugin to the rig, which ends it', async () => {
  const daemon = await startDaemon();
  await writePlugin(daemon.paths, { id: 'quiet', script: SILENT_SCRIPT });
  await runToru(daemon.folder, ['scan']);
  await runToru(daemon.folder, ['enable', 'quiet']);
  await daemon.kill();
  expect(processesOf(daemon.folder).length).toBeGreaterThanOrEqual(2);
  await daemon[Symbol.asyncDispose]();
  expect(processesOf(daemon.folder)).toEqual([]);
});

test('a follow gives its lines as they come, and ends with Ctrl-C', async () => {
  await using daemon = await startDaemon();
  await writePlugin(daemon.paths, {
    id: 'talks',
    script: '#!/bin/sh\necho one\necho two\nexec sleep infinity\n',
  });
  await runToru(daemon.folder, ['scan']);
  await using follow = followToru(daemon.folder, ['logs', '-f', '-o', 'cat', 'talks']);
  await runToru(daemon.folder, ['start', 'talks']);
  expect([await follow.nextLine(), await follow.nextLine()]).toEqual(['one', 'two']);
  expect((await follow.end()).code).toBe(130);
});

test('a second torud on the same root is refused with the pid of the first', async () => {
  await using daemon = await startDaemon();
  const second = await daemon.startAndEnd();
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(String(daemon.pid));
});

test('a raw connection sees frames, and the end of the connection', async () => {
  await using daemon = await startDaemon();
  await using connection = await openControl(daemon.paths.controlSocket);
  expect(await connection.request(1, 'plugin.list')).toMatchObject({ id: 1, result: { plugins: [] } });
  connection.sendRaw('null\n');
  expect(await connection.nextFrame()).toMatchObject({ error: {} });
  await connection.closed;
  expect(connection.isOpen).toBe(false);
});
