/** `toru metrics` and `toru daemon log-level` against a real torud. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { type Checked, checkOpenMetrics } from '../rig/open-metrics-check.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { checkWithPromtool, PROMTOOL_REASON } from '../rig/promtool.ts';
import { makeTemporaryRoot } from '../rig/temporary-root.ts';

let stage: PluginStage;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', segfaults: '[restart]\nlimit = 2\n', 'writes-lines': '' });
});

afterAll(() => stage[Symbol.asyncDispose]());

async function metrics(): Promise<Checked> {
  const printed = await runToru(stage.folder, ['metrics']);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  const checked = checkOpenMetrics(printed.stdout);
  expect(checked.faults).toEqual([]);
  return checked;
}

function figureOf(
  { families }: Checked,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = name.replace(/_(total|count)$/, '');
  const wanted = Object.entries(labels);
  return families
    .get(family)
    ?.samples.find((one) => one.name === name && wanted.every(([key, text]) => one.labels.get(key) === text))
    ?.value;
}

test('the figures follow what plugins do, and crashes and restarts count on over a restart of torud', async () => {
  await stage.call('plugin.start', { names: ['sleeper'] });
  await runToru(stage.folder, ['start', 'segfaults']);
  await stage.untilState('segfaults', 'failed');
  const before = await metrics();
  const plugin = 'sleeper';
  expect(figureOf(before, 'toru_plugin_state', { plugin, state: 'running' })).toBe(1);
  expect(figureOf(before, 'toru_plugin_state', { plugin, state: 'stopped' })).toBe(0);
  expect(figureOf(before, 'toru_plugin_resident_memory_bytes', { plugin })).toBeGreaterThan(0);
  expect(figureOf(before, 'toru_plugin_uptime_seconds', { plugin })).toBeGreaterThanOrEqual(0);
  expect(figureOf(before, 'toru_plugin_start_duration_seconds', { plugin })).toBeGreaterThanOrEqual(0);
  expect(figureOf(before, 'toru_plugin_uptime_seconds', { plugin: 'segfaults' })).toBeUndefined();
  expect(figureOf(before, 'toru_plugin_restarts_total', { plugin: 'segfaults' })).toBe(2);
  expect(figureOf(before, 'toru_plugin_crashes_total', { plugin: 'segfaults', cause: 'signal' })).toBe(3);
  expect(figureOf(before, 'toru_plugin_crashes_total', { plugin: 'segfaults', cause: 'oom' })).toBe(0);
  expect(figureOf(before, 'toru_plugins', { state: 'failed' })).toBe(1);
  const starts = { method: 'plugin.start' };
  expect(figureOf(before, 'toru_daemon_request_duration_seconds_count', starts)).toBe(2);
  expect(figureOf(before, 'toru_daemon_requests_total', { ...starts, outcome: 'ok' })).toBe(2);
  expect(figureOf(before, 'toru_daemon_open_descriptors')).toBeGreaterThan(3);
  await stage.rig.killAndRestart();
  const after = await metrics();
  expect(figureOf(after, 'toru_plugin_restarts_total', { plugin: 'segfaults' })).toBe(2);
  expect(figureOf(after, 'toru_plugin_crashes_total', { plugin: 'segfaults', cause: 'signal' })).toBe(3);
  expect(figureOf(after, 'toru_daemon_request_duration_seconds_count', starts)).toBeUndefined();
});

test('the figures of the machine are there, counters under names of their own', async () => {
  const now = await metrics();
  expect(figureOf(now, 'toru_host_uptime_seconds')).toBeGreaterThan(0);
  expect(figureOf(now, 'toru_host_memory_total_bytes')).toBeGreaterThan(
    figureOf(now, 'toru_host_memory_available_bytes') ?? Number.POSITIVE_INFINITY,
  );
  expect(figureOf(now, 'toru_host_load15')).toBeGreaterThanOrEqual(0);
  expect(figureOf(now, 'toru_host_cpu_seconds_total', { core: '0', mode: 'idle' })).toBeGreaterThan(0);
  expect(figureOf(now, 'toru_host_network_received_bytes_total', { interface: 'lo' })).toBeGreaterThanOrEqual(
    0,
  );
});

test('tasks are counted by how they ended, with how long they took', async () => {
  const none = await metrics();
  expect(figureOf(none, 'toru_tasks', { state: 'running' })).toBe(0);
  const before = figureOf(none, 'toru_tasks_ended_total', { state: 'failed' }) ?? 0;
  await mkdir(stage.paths.scriptsFolder, { recursive: true });
  await writeFile(join(stage.paths.scriptsFolder, 'fails.sh'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  await runToru(stage.folder, ['run', 'fails.sh']);
  const after = await metrics();
  expect(figureOf(after, 'toru_tasks_ended_total', { state: 'failed' })).toBe(before + 1);
  expect(figureOf(after, 'toru_task_duration_seconds_count')).toBeGreaterThanOrEqual(1);
});

test('log lines count while a run goes on and after it', async () => {
  await stage.call('plugin.start', { names: ['writes-lines'] });
  const lines = async (): Promise<number> =>
    figureOf(await metrics(), 'toru_plugin_log_lines_total', { plugin: 'writes-lines' }) ?? -1;
  const live = await lines();
  await stage.call('plugin.stop', { names: ['writes-lines'] });
  const shown = await runToru(stage.folder, ['logs', 'writes-lines', '-n', '100000', '-o', 'json']);
  const ended = await lines();
  expect(ended).toBeGreaterThanOrEqual(live);
  expect(ended).toBe(shown.stdout.split('\n').length - 1);
});

test.skipIf(PROMTOOL_REASON !== undefined)(
  `promtool finds nothing to say about --prometheus, and of OpenMetrics only what its parser does not know${PROMTOOL_REASON ?? ''}`,
  async () => {
    const classic = await runToru(stage.folder, ['metrics', '--prometheus']);
    expect(checkWithPromtool(classic.stdout)).toBe('');
    const open = await runToru(stage.folder, ['metrics']);
    const said = checkWithPromtool(open.stdout).split('\n');
    expect(said.filter((line) => !/^toru_\w+_(total|created) no help text$/.test(line))).toEqual([]);
  },
);

test('the JSON has the same families as data', async () => {
  const { families } = await metrics();
  const { schema, metrics: found } = (await runToruJson(stage.folder, ['metrics'])) as {
    schema: number;
    metrics: readonly { name: string; type: string; samples: readonly object[] }[];
  };
  expect(schema).toBe(1);
  expect(found.map(({ name, type }) => [name, type])).toEqual(
    [...families.values()].map(({ name, type }) => [name, type]),
  );
  expect(found.every(({ samples }) => samples.length > 0)).toBe(true);
});

test('metrics of a torud that is not there end with 150', async () => {
  await using root = await makeTemporaryRoot();
  for (const args of [['metrics'], ['metrics', '--json'], ['daemon', 'log-level']])
    expect(await runToru(root.folder, args)).toMatchObject({ code: 150, stdout: '' });
});

test('the level of the log is shown, set while torud runs, and taken from torud.toml again by a reload', async () => {
  const level = (...args: readonly string[]) => runToru(stage.folder, ['daemon', 'log-level', ...args]);
  expect(await level()).toMatchObject({ code: 0, stdout: 'info\n' });
  expect(await level('debug', '--dry-run')).toMatchObject({
    code: 0,
    stdout: 'would set the level from info to debug\n',
  });
  expect(await level('info', '--changed', '-o', 'value')).toMatchObject({ code: 0, stdout: 'unchanged\n' });
  expect(await level('debug', '--changed', '-o', 'value')).toMatchObject({ code: 0, stdout: 'changed\n' });
  expect(await level('debug')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  await runToru(stage.folder, ['restart', 'sleeper']);
  expect(await level('verbose')).toMatchObject({ code: 2, stdout: '' });
  expect(JSON.parse((await level('--json')).stdout)).toEqual({ schema: 1, level: 'debug' });
  await runToru(stage.folder, ['daemon', 'reload']);
  expect(await level()).toMatchObject({ stdout: 'info\n' });
  const log = await readFile(stage.paths.supervisorLog, 'utf8');
  const debug = log.split('\n').filter((line) => line.includes('"level":"debug"'));
  expect(
    debug.find((line) => /"event":"request","method":"plugin.restart".*"durationMs":/.test(line)),
  ).toBeDefined();
  expect(debug.find((line) => line.includes('"event":"client-connected"'))).toBeDefined();
  expect(
    debug.find((line) => /"event":"state","plugin":"sleeper".*"state":"stopping"/.test(line)),
  ).toBeDefined();
  const audited = await runToru(stage.folder, ['events', '--type', 'audit', '--json']);
  expect(audited.stdout).toContain('"method":"daemon.logLevel"');
});
