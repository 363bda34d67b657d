/** `--dry-run` and `--changed` on every verb that changes something, against a real torud: nothing changes. */

import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { type DaemonRig, startDaemon } from '../rig/daemon-rig.ts';
import { SILENT_SCRIPT, writeConfig, writeDropIn, writePlugin } from '../rig/plugin-fixture.ts';

let rig: DaemonRig;
const toru = (...args: readonly string[]) => runToru(rig.folder, args);

beforeAll(async () => {
  rig = await startDaemon();
  for (const id of ['a', 'b', 'c']) {
    await writePlugin(rig.paths, { id, script: SILENT_SCRIPT, metadata: { start: { seconds: 0 } } });
  }
  await writePlugin(rig.paths, { id: 'wrong', script: SILENT_SCRIPT, metadata: { version: 'x' } });
  await toru('scan');
  await toru('start', 'a');
  await toru('kv', 'set', 'a', 'k', 'v');
});

afterAll(() => rig[Symbol.asyncDispose]());

/** All that a person can see of the plugins, without what time alone changes. */
async function picture(): Promise<unknown> {
  const listed = (await runToruJson(rig.folder, ['list'])) as { readonly plugins: readonly object[] };
  const still = listed.plugins.map((plugin) => ({ ...plugin, uptimeMs: 0, cpuPercent: 0, memoryBytes: 0 }));
  const keys = await runToruJson(rig.folder, ['kv', 'list', 'a']);
  const events = await runToruJson(rig.folder, ['events']);
  return { still, keys, events, state: (await readdir(rig.paths.pluginFolder)).sort() };
}

interface Planned {
  readonly dryRun: boolean;
  readonly plan: readonly { readonly plugin: string; readonly action: string; readonly level: number }[];
  readonly outcomes: readonly { readonly plugin: string; readonly changed: boolean }[];
}

test.each([
  ['start b c', 0, 'start b|start c'],
  ['start a', 0, 'nothing a'],
  ['stop a', 0, 'stop a'],
  ['restart a b', 0, 'restart a|start b'],
  ['try-restart a b', 0, 'restart a|nothing b'],
  ['enable b', 0, 'enable b'],
  ['disable a', 0, 'disable a'],
  ['reload --force a', 0, 'restart a'],
  ['reload a b', 0, 'nothing a|nothing b'],
  ['kill -s HUP a', 0, 'signal a'],
  ['reset-failed', 0, undefined],
  ['kv set a k w', 0, 'set a'],
  ['kv delete a k', 0, 'delete a'],
  ['kv delete a none', 0, 'nothing a'],
  ['scan', 0, undefined],
  ['daemon reload', 0, ''],
  ['daemon stop', 0, 'stop a|stop torud'],
  ['daemon stop --keep-plugins', 0, 'stop torud'],
  ['daemon upgrade', 0, 'upgrade torud'],
])(
  '%s --dry-run says what it would do, with exit code %i, and changes nothing',
  async (line, code, steps) => {
    const words = line.split(' ');
    const before = await picture();
    const asked = await toru(...words, '--dry-run', '--json');
    expect([asked.code, asked.stderr.split('\n').length <= 2]).toEqual([code, true]);
    const planned = JSON.parse(asked.stdout) as Planned;
    expect(planned).toMatchObject({ schema: 1, dryRun: true });
    expect(Array.isArray(planned.outcomes)).toBe(true);
    const shown = planned.plan.map(({ action, plugin }) => `${action} ${plugin}`).join('|');
    if (steps !== undefined) expect(shown).toBe(steps);
    expect((await toru(...words, '--dry-run', '--plain', '--no-legend')).code).toBe(code);
    expect(await picture()).toEqual(before);
  },
);

test.each([
  ['start wrong', 6],
  ['reload wrong', 6],
  ['stop nix', 5],
  ['kill b', 7],
  ['kill nix', 5],
  ['kv set nix k v', 5],
  ['kv set a k v --if-version 9', 1],
  ['stop z*', 5],
])('%s --dry-run fails as the verb itself would, with %i', async (line, code) => {
  const dry = await toru(...line.split(' '), '--dry-run');
  const real = await toru(...line.split(' '));
  expect([dry.code, real.code]).toEqual([code, code]);
  expect(dry.stderr).toBe(real.stderr);
});

test('the table names order, action, state, grace and why', async () => {
  const { stdout } = await toru('stop', 'a', '--dry-run');
  const [legend = '', row = ''] = stdout.split('\n');
  expect(legend.split(/ {2,}/)).toEqual(['ORDER', 'ACTION', 'PLUGIN', 'STATE', 'LAST', 'GRACE', 'WHY']);
  expect(row).toMatch(/^ +1 {2}stop +a +running .* 10 s +asked for$/);
});

test('a plan with an existing and a missing name names both, and fails with the first failure', async () => {
  const both = await toru('stop', 'nix', 'a', '--dry-run', '--json');
  expect(both.code).toBe(5);
  expect((JSON.parse(both.stdout) as Planned).outcomes.map(({ plugin }) => plugin)).toEqual(['nix', 'a']);
});

test('--changed prints changed or unchanged for every verb that changes something', async () => {
  const words = async (line: string): Promise<string> =>
    (await toru(...line.split(' '), '--changed', '-o', 'value')).stdout;
  expect(await words('start a b')).toBe('unchanged\nchanged\n');
  expect(await words('kill -s CONT b')).toBe('changed\n');
  expect(await words('stop b')).toBe('changed\n');
  expect(await words('stop b')).toBe('unchanged\n');
  expect(await words('reload a')).toBe('unchanged\n');
  expect(await words('kv set b k v')).toBe('changed\n');
  expect(await words('kv delete b k')).toBe('changed\n');
  expect(await words('kv delete b k')).toBe('unchanged\n');
  expect(await words('scan')).toBe('unchanged\n');
  expect(await words('daemon reload')).toBe('unchanged\n');
  await writeConfig(rig.paths, '[defaults.stop]\ngrace = "3s"\n');
  expect(await words('daemon reload')).toBe('changed\n'.repeat(3));
  await writeConfig(rig.paths, '');
  await toru('daemon', 'reload');
});

test('daemon reload --dry-run refuses what the reload would refuse, and names whose settings change', async () => {
  await writeConfig(rig.paths, '[stop]\n');
  expect((await toru('daemon', 'reload', '--dry-run')).code).toBe(6);
  await writeConfig(rig.paths, '[defaults.stop]\ngrace = "3s"\n');
  const { stdout } = await toru('daemon', 'reload', '--dry-run', '-o', 'value');
  expect(stdout).toBe('reload a\nreload b\nreload c\n');
  expect((await toru('show', 'a', '-p', 'stop.graceMs', '--value')).stdout).toBe('10000\n');
  await writeConfig(rig.paths, '');
});

test('reload --dry-run says that a plugin whose settings changed would be restarted', async () => {
  await writeDropIn(rig.paths, 'a', '[stop]\ngrace = "2s"\n');
  expect((await toru('reload', 'a', '--dry-run', '-o', 'value')).stdout).toBe('restart a\n');
});
