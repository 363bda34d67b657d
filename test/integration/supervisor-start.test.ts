/** Start: what ready means for each transport, and what becomes of a start that does not get there. */

import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writeProgram } from '../rig/plugin-fixture.ts';
import { leadersOfPlugin } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';

const NEVER = '[restart]\npolicy = "never"\n';

it.each(['echo-socket', 'echo-stdio', 'sleeper'])('start of %s returns when it is ready', async (id) => {
  await using stage = await PluginStage.open({ [id]: '' });
  expect(await runToru(stage.folder, ['start', id])).toEqual({
    code: 0,
    signal: null,
    stdout: '',
    stderr: '',
  });
  const status = await stage.status(id);
  expect(status).toMatchObject({ state: 'running', wanted: 'up', enabled: false, restarts: 0 });
  expect(leadersOfPlugin(stage.folder, id)).toEqual([status.pid]);
  const types = (await stage.events(id)).map((event) => event.type);
  expect(types.slice(-2)).toEqual(['started', 'ready']);
});

it('a plugin without protocol is not ready before it has been alive for start.seconds', async () => {
  await using stage = await PluginStage.open({
    'exits-with': `[start]\nseconds = 600\n${NEVER}[environment]\nEXIT_AFTER_MS = "100"\n`,
  });
  const outcome = await stage.act('start', 'exits-with');
  expect(outcome).toMatchObject({ state: 'failed', error: { code: 'failed' } });
  expect((await stage.events('exits-with')).map((event) => event.type)).not.toContain('ready');
});

it('a plugin that crashes before it is ready makes start exit 1 with one line that says why', async () => {
  await using stage = await PluginStage.open({ 'exits-with': `[start]\nseconds = 600\n${NEVER}` });
  const result = await runToru(stage.folder, ['start', 'exits-with']);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toMatch(/^toru: start exits-with: .*\b3\b.*\n(hint: .*\n)?$/);
});

it('a plugin that never answers init is stopped with cause start-timeout', async () => {
  await using stage = await PluginStage.open({
    'never-ready': `[start]\ntimeout_ms = 400\n[stop]\ngrace_ms = 200\n${NEVER}`,
  });
  const outcome = await stage.act('start', 'never-ready');
  expect(outcome.error).toMatchObject({ code: 'failed', message: expect.stringMatching(/ready/) });
  expect(await stage.untilState('never-ready', 'failed')).toMatchObject({ pid: null });
  expect(await stage.capsule('never-ready')).toMatchObject({ cause: 'start-timeout', verdict: 'none' });
  expect(leadersOfPlugin(stage.folder, 'never-ready')).toEqual([]);
});

it('a program that cannot be executed gives cause spawn and says which step failed', async () => {
  await using stage = await PluginStage.open({ sleeper: NEVER });
  await writeProgram(`${stage.paths.pluginFolder}/sleeper/run`, '#!/nonexistent/interpreter\n');
  const outcome = await stage.act('start', 'sleeper');
  expect(outcome).toMatchObject({ error: { code: 'failed', message: expect.stringContaining('exec') } });
  expect(await stage.capsule('sleeper')).toMatchObject({ cause: 'spawn', exitCode: null, signal: null });
});

it('start of a running plugin succeeds, says nothing and changes nothing', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const { pid } = await stage.status('sleeper');
  const again = await runToru(stage.folder, ['start', 'sleeper', '--changed']);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).toContain('unchanged');
  expect(await stage.status('sleeper')).toMatchObject({ pid, state: 'running' });
});

it('--no-block only queues', async () => {
  await using stage = await PluginStage.open({ 'never-ready': '[stop]\ngrace_ms = 200\n' });
  expect(await runToru(stage.folder, ['start', 'never-ready', '--no-block'])).toMatchObject({ code: 0 });
  expect(await stage.status('never-ready')).toMatchObject({ state: 'starting', wanted: 'up' });
});

it('two starts at once make one process, and both succeed', async () => {
  await using stage = await PluginStage.open({ 'echo-socket': '' });
  const outcomes = await Promise.all([
    stage.act('start', 'echo-socket'),
    stage.act('start', 'echo-socket'),
    stage.act('enable', 'echo-socket'),
  ]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ state: 'running' });
  expect(outcomes.filter((outcome) => outcome.error !== undefined)).toEqual([]);
  expect(leadersOfPlugin(stage.folder, 'echo-socket')).toHaveLength(1);
  expect((await stage.events('echo-socket')).filter((event) => event.type === 'started')).toHaveLength(1);
});

it('a start during a stop waits for the new run', async () => {
  await using stage = await PluginStage.open({ 'slow-stop': '' });
  await stage.act('start', 'slow-stop');
  await stage.untilLine('slow-stop', '"up"');
  const before = await stage.status('slow-stop');
  const stopping = stage.act('stop', 'slow-stop');
  await stage.untilState('slow-stop', 'stopping');
  const started = await stage.act('start', 'slow-stop');
  expect(started).toMatchObject({ state: 'running' });
  expect(started.error).toBeUndefined();
  const after = await stage.status('slow-stop');
  expect(after.pid).not.toBe(before.pid);
  expect(after.wanted).toBe('up');
  expect((await stopping).error?.message).toMatch(/started again/);
  expect(leadersOfPlugin(stage.folder, 'slow-stop')).toEqual([after.pid]);
});

it('a restart makes a new process and counts as no crash', async () => {
  await using stage = await PluginStage.open({ 'echo-stdio': '' });
  await stage.act('start', 'echo-stdio');
  const before = await stage.status('echo-stdio');
  expect((await stage.act('restart', 'echo-stdio')).error).toBeUndefined();
  const after = await stage.status('echo-stdio');
  expect(after).toMatchObject({ state: 'running', restarts: 0, lastCrash: null });
  expect(after.pid).not.toBe(before.pid);
  expect(after.runId).not.toBe(before.runId);
});

it('try-restart leaves a stopped plugin stopped', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  expect(await stage.act('tryRestart', 'sleeper')).toMatchObject({ changed: false, state: 'stopped' });
});

it('an unknown name is exit 5, and the other names are still done', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  const result = await runToru(stage.folder, ['start', 'nobody', 'sleeper']);
  expect(result.code).toBe(5);
  expect(result.stderr).toContain('nobody');
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running' });
});

it('a start that takes longer than --timeout exits 124 and names what is pending', async () => {
  await using stage = await PluginStage.open({ 'never-ready': '[stop]\ngrace_ms = 200\n' });
  const result = await runToru(stage.folder, ['start', 'never-ready', '--timeout', '300ms']);
  expect(result.code).toBe(124);
  expect(result.stderr).toContain('never-ready');
});
