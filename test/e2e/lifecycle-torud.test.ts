/** torud as a program: locks, signals, bad surroundings, and its exit codes. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runToru } from '../rig/cli-rig.ts';
import { writeConfig, writeDropIn } from '../rig/plugin-fixture.ts';
import { isRunning, leadersOfPlugin, untilEnded, untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { cleanEnvironment, TORUD } from '../rig/programs.ts';

/** torud prints one line and nothing of its innards. */
const ONE_LINE = /^torud: [^\n]+\n$/;

it('a second torud on the same root exits 1 naming the pid of the first, which is not disturbed', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('start', 'sleeper');
  const before = await stage.status('sleeper');
  const second = await stage.rig.startAndEnd();
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(ONE_LINE);
  expect(second.stderr).toContain(String(stage.rig.pid));
  expect(await stage.status('sleeper')).toMatchObject({ state: 'running', pid: before.pid });
  expect((await stage.events('sleeper')).filter((event) => event.type === 'adopted')).toEqual([]);
});

it('a stale socket and a stale lock keep nobody out', async () => {
  await using stage = await PluginStage.open({});
  await stage.rig.kill();
  expect(existsSync(stage.paths.controlSocket)).toBe(true);
  await stage.rig.start();
  await stage.rig.stop();
  await mkdir(dirname(stage.paths.lockFile), { recursive: true });
  await writeFile(stage.paths.lockFile, 'half a lo');
  await stage.rig.start();
  expect(await runToru(stage.folder, ['daemon', 'status'])).toMatchObject({ code: 0 });
});

it('a socket path that is too long is refused with the path', async () => {
  await using stage = await PluginStage.make();
  const root = join(stage.folder, 'x'.repeat(110));
  await mkdir(root);
  const exit = await torud(['--root', root], stage.folder);
  expect(exit.code).toBe(1);
  expect(exit.stderr).toMatch(ONE_LINE);
  expect(exit.stderr).toContain(join(root, 'run/control.sock'));
});

it('a state folder that cannot be made is one clear line', async () => {
  await using stage = await PluginStage.make();
  await writeFile(join(stage.folder, 'state'), 'a file');
  const exit = await stage.rig.startAndEnd();
  expect(exit.code).toBe(1);
  expect(exit.stderr).toMatch(ONE_LINE);
  expect(exit.stderr).toContain(join(stage.folder, 'state'));
});

it('a damaged database is set aside and said so; plugins that run stay and are adopted', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await stage.act('enable', 'sleeper');
  const before = await stage.status('sleeper');
  await stage.rig.kill();
  await rm(`${stage.paths.databaseFile}-wal`, { force: true });
  await rm(`${stage.paths.databaseFile}-shm`, { force: true });
  await writeFile(stage.paths.databaseFile, 'this is no database '.repeat(1000));
  await stage.rig.start();
  expect(await stage.status('sleeper')).toMatchObject({
    state: 'running',
    pid: before.pid,
    runId: before.runId,
    wanted: 'up',
  });
  expect(leadersOfPlugin(stage.folder, 'sleeper')).toEqual([before.pid]);
  const aside = readdirSync(stage.paths.stateFolder).find((name) => name.includes('damaged'));
  expect(aside).toBeDefined();
  const event = (await stage.events()).find(({ reason }) => reason.includes('set aside'));
  expect(event).toMatchObject({ plugin: null, type: 'changed' });
  const { daemon } = (await stage.call('daemon.status')) as { daemon: { problems: string[] } };
  expect(daemon.problems.join()).toContain(aside);
  expect((await stage.act('stop', 'sleeper')).error).toBeUndefined();
  expect(isRunning(before.pid ?? 0)).toBe(false);
});

it('a database of a newer torud is refused with both versions, and not touched', async () => {
  await using stage = await PluginStage.open({});
  await stage.rig.stop();
  {
    using database = new DatabaseSync(stage.paths.databaseFile);
    database.exec('PRAGMA user_version = 99');
  }
  const before = await readFile(stage.paths.databaseFile);
  const exit = await stage.rig.startAndEnd();
  expect(exit.code).toBe(1);
  expect(exit.stderr).toMatch(ONE_LINE);
  expect(exit.stderr).toMatch(/99/);
  expect(await readFile(stage.paths.databaseFile)).toEqual(before);
});

it('an error in torud.toml is exit 6 with file and line', async () => {
  await using stage = await PluginStage.make();
  await writeConfig(stage.paths, '[defaults.restart]\npolicy = "sometimes"\n');
  const exit = await stage.rig.startAndEnd();
  expect(exit.code).toBe(6);
  expect(exit.stderr).toMatch(/^torud: .*torud\.toml line 2.*\n$/);
});

it('--check says what is wrong in a drop-in and starts nothing', async () => {
  await using stage = await PluginStage.make();
  await writeDropIn(stage.paths, 'web', 'nicee = 3\n');
  const wrong = await stage.rig.startAndEnd({ args: ['--check'] });
  expect(wrong.code).toBe(6);
  expect(wrong.stderr).toMatch(/web\.toml line 1.*nice/);
  await rm(join(stage.paths.dropInFolder, 'web.toml'));
  expect(await stage.rig.startAndEnd({ args: ['--check'] })).toMatchObject({ code: 0 });
  expect(existsSync(stage.paths.controlSocket)).toBe(false);
});

it('an unknown option is exit 2', async () => {
  await using stage = await PluginStage.make();
  const exit = await stage.rig.startAndEnd({ args: ['--rot'] });
  expect(exit.code).toBe(2);
  expect(exit.stderr).toMatch(ONE_LINE);
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s stops the plugins and then torud, which exits 0',
  async (signal) => {
    await using stage = await PluginStage.open({ 'slow-stop': '', 'echo-socket': '' });
    await stage.act('enable', 'slow-stop');
    await stage.act('start', 'echo-socket');
    const pids = [await stage.status('slow-stop'), await stage.status('echo-socket')].map(
      ({ pid }) => pid ?? 0,
    );
    const exit = await stage.rig.end(signal);
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(pids.filter(isRunning)).toEqual([]);
    expect(existsSync(stage.paths.controlSocket)).toBe(false);
    const log = await readFile(stage.paths.supervisorLog, 'utf8');
    const events = log
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events.lastIndexOf('stopped')).toBeGreaterThan(events.indexOf('torud-stopping'));
  },
);

it('SIGHUP reads the settings again, and a wrong one is logged and changes nothing', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  const { pid } = stage.rig;
  await writeConfig(stage.paths, '[defaults.stop]\ngrace_ms = 3\n');
  process.kill(pid, 'SIGHUP');
  await untilLogged(stage, 'settings-reloaded');
  await writeConfig(stage.paths, '[defaults.stop]\ngrace_ms = "soon"\n');
  process.kill(pid, 'SIGHUP');
  await untilLogged(stage, 'settings-refused');
  const { properties } = (await stage.call('plugin.show', { plugin: 'sleeper' })) as {
    properties: Record<string, unknown>;
  };
  expect(properties['stop.graceMs']).toBe(3);
});

it('SIGUSR1 opens the logs again after they were moved away, and no line is lost', async () => {
  await using stage = await PluginStage.open({ 'slow-stop': '' });
  await stage.act('start', 'slow-stop');
  const file = join(stage.paths.pluginLogFolder, 'slow-stop.log');
  await untilText(file, '"up"');
  await rename(file, `${file}.moved`);
  await rename(stage.paths.supervisorLog, `${stage.paths.supervisorLog}.moved`);
  process.kill(stage.rig.pid, 'SIGUSR1');
  await untilTrue(
    'both files are made anew',
    () => existsSync(file) && existsSync(stage.paths.supervisorLog),
  );
  await stage.act('stop', 'slow-stop');
  expect(await readFile(`${file}.moved`, 'utf8')).toContain('"up"');
  expect(await readFile(file, 'utf8')).toContain('"stopped"');
  await untilLogged(stage, 'stopped');
});

it('--detach returns 0 when the socket is served', async () => {
  await using stage = await PluginStage.make();
  const exit = await torud(['--root', stage.folder, '--detach'], stage.folder);
  expect(exit).toEqual({ code: 0, stdout: '', stderr: '' });
  const { daemon } = (await stage.call('daemon.status')) as { daemon: { pid: number } };
  await stage.call('daemon.stop');
  await untilEnded(daemon.pid);
});

it('--detach reports the error and the exit code of its child', async () => {
  await using stage = await PluginStage.make();
  await writeConfig(stage.paths, 'nonsense = 1\n');
  const exit = await torud(['--root', stage.folder, '--detach'], stage.folder);
  expect(exit.code).toBe(6);
  expect(exit.stderr).toMatch(/^torud: .*torud\.toml line 1.*\n$/);
});

it('--detach beside a torud that runs is refused with its pid', async () => {
  await using stage = await PluginStage.open({});
  const exit = await torud(['--root', stage.folder, '--detach'], stage.folder);
  expect(exit.code).toBe(1);
  expect(exit.stderr).toMatch(ONE_LINE);
  expect(exit.stderr).toContain(String(stage.rig.pid));
});

it('the instance id is made once and stays over stops and kills', async () => {
  await using stage = await PluginStage.open({});
  const ids: unknown[] = [];
  for (const end of [() => stage.rig.stop(), () => stage.rig.kill()]) {
    ids.push(((await stage.call('daemon.status')).daemon as { instanceId: string }).instanceId);
    await end();
    await stage.rig.start();
  }
  ids.push(((await stage.call('daemon.status')).daemon as { instanceId: string }).instanceId);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('daemon stop returns when torud is gone', async () => {
  await using stage = await PluginStage.open({ 'slow-stop': '' });
  await stage.act('start', 'slow-stop');
  const { pid } = await stage.status('slow-stop');
  expect(await runToru(stage.folder, ['daemon', 'stop'])).toMatchObject({ code: 0, stderr: '' });
  expect(isRunning(pid ?? 0)).toBe(false);
  expect(await runToru(stage.folder, ['list'])).toMatchObject({ code: 150 });
  expect(await stage.rig.ended()).toMatchObject({ code: 0 });
});

interface Exit {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function torud(args: readonly string[], home: string): Promise<Exit> {
  const run = promisify(execFile)(TORUD, args, { env: cleanEnvironment(home), cwd: home });
  return run.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (thrown: Exit) => ({ code: thrown.code, stdout: thrown.stdout, stderr: thrown.stderr }),
  );
}

async function untilLogged(stage: PluginStage, event: string): Promise<void> {
  await untilText(stage.paths.supervisorLog, `"event":"${event}"`);
}

async function untilText(file: string, text: string): Promise<void> {
  let seen = '';
  const deadline = performance.now() + 10_000;
  while (!seen.includes(text)) {
    if (performance.now() > deadline) throw new Error(`${file} never had ${text}: ${seen}`);
    seen = await readFile(file, 'utf8').catch(() => '');
  }
}
