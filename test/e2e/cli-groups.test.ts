/** `@group` wherever names are taken, against a real torud: groups of torud.toml and of the plugins themselves. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { SILENT_SCRIPT, writeConfig, writeDropIn, writePlugin } from '../rig/plugin-fixture.ts';

let rig: DaemonRig;
const toru = (...args: readonly string[]) => runToru(rig.folder, args);
const start = { seconds: 0 };

beforeAll(async () => {
  rig = await startDaemon();
  await writeConfig(rig.paths, '[groups]\nweb = ["web-*", "gateway"]\nnobody = []\n');
  for (const id of ['web-1', 'web-2', 'gateway', 'db'])
    await writePlugin(rig.paths, { id, script: SILENT_SCRIPT, metadata: { start, groups: ['all-of-us'] } });
  await writeDropIn(rig.paths, 'db', 'groups = ["data", "web"]\n');
  await toru('scan');
  await toru('daemon', 'reload');
});

afterAll(() => rig[Symbol.asyncDispose]());

test('a group of torud.toml holds what its patterns match, and what a drop-in puts into it', async () => {
  expect((await toru('list', '@web', '-o', 'value')).stdout).toBe('db\ngateway\nweb-1\nweb-2\n');
  expect((await toru('list', '@data', '@web', '-o', 'value')).stdout).toBe('db\ngateway\nweb-1\nweb-2\n');
  // The drop-in's list takes the place of the manifest's.
  expect((await toru('list', '@all-of-us', '-o', 'value')).stdout).toBe('gateway\nweb-1\nweb-2\n');
});

test('status says in which groups a plugin is, by both sources; show says where the setting comes from', async () => {
  const { stdout } = await toru('status', 'db', '--json');
  expect(JSON.parse(stdout).plugins[0].groups).toEqual(['data', 'web']);
  const shown = JSON.parse((await toru('show', 'db', '--json')).stdout);
  expect(shown.settings).toContainEqual({
    key: 'groups',
    value: ['data', 'web'],
    source: expect.stringMatching(/plugins\.d\/db\.toml$/),
  });
});

test('actions, waits, logs, events and crashes take groups', async () => {
  expect(await toru('start', '@web', '-q')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await toru('wait', '@web', '--for', 'running', '--timeout', '20s')).toMatchObject({ code: 0 });
  expect((await toru('is-active', '@web', '--all-of')).code).toBe(0);
  for (const verb of ['logs', 'events', 'crashes', 'status'])
    expect([verb, (await toru(verb, '@web')).code]).toEqual([verb, 0]);
  expect((await toru('stop', '@web', '--changed', '-o', 'value')).stdout).toBe('changed\n'.repeat(4));
});

test('an unknown group is 5 for actions and 4 for queries, and the nearest is named', async () => {
  for (const [verb, code] of [
    ['start', 5],
    ['wait', 5],
    ['list', 4],
    ['logs', 4],
    ['events', 4],
    ['crashes', 4],
    ['is-active', 4],
  ] as const) {
    const result = await toru(verb, '@wep');
    expect([verb, result.code, result.stderr]).toEqual([
      verb,
      code,
      `toru: ${verb} @wep: there is no such group; did you mean "@web"?\n`,
    ]);
  }
});

test('a group without members is as a pattern that matches nothing', async () => {
  expect((await toru('list', '@nobody')).code).toBe(0);
  expect((await toru('start', '@nobody')).code).toBe(5);
  expect(await toru('start', '@nobody', '--allow-none')).toMatchObject({ code: 0, stderr: '' });
});

test('a reload of torud.toml takes effect, and a wrong one leaves the groups as they are', async () => {
  await writeConfig(rig.paths, '[groups]\nfront = ["gateway"]\n');
  expect((await toru('list', '@front')).code).toBe(4);
  await toru('daemon', 'reload');
  expect((await toru('list', '@front', '-o', 'value')).stdout).toBe('gateway\n');
  await writeConfig(rig.paths, '[groups]\nfront = "gateway"\n');
  const refused = await toru('daemon', 'reload');
  expect([refused.code, refused.stderr]).toEqual([6, expect.stringContaining('torud.toml line 2')]);
  expect((await toru('list', '@front', '-o', 'value')).stdout).toBe('gateway\n');
});
