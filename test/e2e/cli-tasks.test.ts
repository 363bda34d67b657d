/** `toru tasks`, `task`, `actions`, `schedules`, `system` against a real torud. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QuickAction } from '../../src/protocol/control/quick-actions.ts';
import type { Schedule } from '../../src/protocol/control/schedules.ts';
import type { SystemReadResult } from '../../src/protocol/control/system.ts';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { followToru, runToru, runToruJson } from '../rig/cli-rig.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { waitsFor, writeScripts } from '../rig/script-files.ts';

const CONFIG = `
[tasks]
grace = "60s"
[[schedule]]
script = "hello"
cron = "15 3 * * *"
timezone = "Europe/Berlin"
[[schedule]]
name = "broken"
script = "nix"
cron = "@hourly"
`;

let stage: PluginStage;
const toru = (...args: readonly string[]) => runToru(stage.folder, args);
const gate = (name: string): string => join(stage.folder, `gate-${name}`);

async function listed(...args: readonly string[]): Promise<readonly Task[]> {
  return ((await runToruJson(stage.folder, ['tasks', ...args])) as { tasks: readonly Task[] }).tasks;
}

interface Family {
  readonly name: string;
  readonly samples: readonly { readonly labels?: { readonly method?: string }; readonly value: number }[];
}

/** Waits until so many commands have found their task and wait for more of it. */
async function untilAsked(own: PluginStage, commands: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const { metrics } = (await own.call('daemon.metrics', { format: 'json' })) as {
      metrics: readonly Family[];
    };
    const figure = (name: string, method?: string): number =>
      metrics.find((one) => one.name === name)?.samples.find(({ labels }) => labels?.method === method)
        ?.value ?? 0;
    // The one that asks here is among them.
    const inFlight = figure('toru_daemon_requests_in_flight') - 1;
    if (figure('toru_daemon_requests', 'task.show') >= commands && inFlight >= commands) return;
    if (performance.now() >= deadline) throw new Error(`${inFlight} requests are waiting, not ${commands}`);
    await pause(20);
  }
}

beforeAll(async () => {
  stage = await PluginStage.open({}, CONFIG);
  await writeScripts(stage.paths, {
    hello: '# says hello\necho out\necho err >&2',
    fails: 'echo why >&2\nexit 7',
    sleeps: 'echo begun\nexec sleep 300',
    deaf: "trap '' TERM\necho begun\nwhile :; do sleep 0.05; done",
    args: 'printf "%s\\n" "$@"',
  });
});

afterAll(() => stage?.[Symbol.asyncDispose]());

test('scripts are listed with what they say of themselves, and refused ones with why', async () => {
  await writeFile(join(stage.paths.scriptsFolder, 'no-mode'), '#!/bin/sh\n# is not executable\n', {
    mode: 0o644,
  });
  const { stdout } = await toru('scripts');
  expect(stdout).toMatch(/^hello .* says hello$/m);
  expect(stdout).toMatch(/^no-mode .* refused: is not executable/m);
  expect((await toru('scripts', '-o', 'value')).stdout.split('\n')).not.toContain('no-mode');
});

describe('tasks', () => {
  test('are listed newest first, by state, script and time, with the keys of the contract', async () => {
    await toru('run', 'hello', '--name', 'first one', '--', 'a b');
    await toru('run', 'fails');
    const [failed, done] = await listed('-n', '2');
    expect([failed?.script, done?.script]).toEqual(['fails', 'hello']);
    expect(done).toMatchObject({
      args: ['a b'],
      name: 'first one',
      state: 'done',
      exitCode: 0,
      signal: null,
      outputBytes: 8,
      outputCut: false,
      actor: { kind: 'user', uid: process.getuid?.() },
    });
    expect(done?.durationMs).toBeTypeOf('number');
    for (const at of [done?.startedAt, done?.endedAt]) expect(at).toMatch(/^\d{4}-.*\.\d{6}Z$/);
    expect((await listed('--failed')).every(({ state }) => state === 'failed')).toBe(true);
    expect((await listed('--script', 'hello', '--since', 'yesterday'))[0]?.id).toBe(done?.id);
    expect(await listed('--until', 'yesterday')).toEqual([]);
    const shown = await toru('task', 'show', done?.id ?? '');
    expect(shown.stdout).toMatch(/State: done, exit 0\n +Name: first one\n/);
    expect(shown.stdout).toContain("hello 'a b'");
  });

  test('of a page are not all: the others come with a time or a number', async () => {
    await using own = await PluginStage.open({});
    await writeScripts(own.paths, { hello: 'true' });
    const many = Array.from({ length: 104 }, () => runToru(own.folder, ['run', '-d', 'hello']));
    await Promise.all(many);
    const run = (...args: readonly string[]) => runToru(own.folder, ['tasks', '-o', 'value', ...args]);
    const usual = await run();
    expect(usual.stdout.trim().split('\n')).toHaveLength(100);
    expect(usual.stderr).toMatch(/^toru: there are older ones than these 100; /);
    const all = (await run('--since', '1h')).stdout.trim().split('\n');
    expect([all.length, new Set(all).size]).toEqual([104, 104]);
    expect((await run('-n', '102')).stdout.trim().split('\n')).toEqual(all.slice(0, 102));
  }, 120_000);

  test('are followed as they begin and end, over the death of torud, none twice', async () => {
    await using own = await PluginStage.open({});
    const file = join(own.folder, 'gate');
    await writeScripts(own.paths, { waits: waitsFor(file), hello: 'true' });
    const { stdout: id } = await runToru(own.folder, ['run', '-d', 'waits']);
    await using followed = followToru(own.folder, ['tasks', '-f', '--json', '-q']);
    const next = async (): Promise<readonly [string, string]> => {
      const task = JSON.parse(await followed.nextLine()) as Task;
      return [task.id, task.state];
    };
    let seen = await next();
    if (seen[1] === 'queued') seen = await next();
    expect(seen).toEqual([id.trim(), 'running']);
    await own.rig.kill();
    await writeFile(file, '');
    await own.rig.start();
    expect(await next()).toEqual([id.trim(), 'done']);
    const { stdout: second } = await runToru(own.folder, ['run', '-d', 'hello']);
    const states: string[] = [];
    while (states.at(-1) !== 'done') {
      const [one, state] = await next();
      expect(one).toBe(second.trim());
      states.push(state);
    }
    expect(new Set(states).size).toBe(states.length);
  });

  test('are cancelled one after the other, also behind one that is not there', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 2; count += 1) ids.push((await toru('run', '-d', 'sleeps')).stdout.trim());
    const [one = '', two = ''] = ids;
    const ended = await toru('task', 'cancel', one, 'eeeeeeee', two, '--json');
    expect(ended.code).toBe(5);
    expect(JSON.parse(ended.stderr)).toMatchObject({ error: { code: 'not_found', name: 'eeeeeeee' } });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schema: 1,
      tasks: [
        { id: one, state: 'cancelled', signal: 'SIGTERM' },
        { id: two, state: 'cancelled' },
      ],
      outcomes: [
        { task: one, changed: true },
        { task: two, changed: true },
      ],
    });
    expect(await toru('task', 'cancel', one)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('that do not mind SIGTERM are named when the time is over, and killed with --force', async () => {
    const { stdout: id } = await toru('run', '-d', 'deaf');
    const late = await toru('task', 'cancel', id.trim(), '--timeout', '500ms');
    expect(late).toMatchObject({
      code: 124,
      stderr: expect.stringMatching(
        /timed out after 500 ms; pending: deaf has not ended; --force kills it\n$/,
      ),
    });
    expect(await toru('task', 'cancel', '--force', id.trim())).toMatchObject({ code: 0 });
    expect((await listed('--script', 'deaf'))[0]).toMatchObject({ state: 'cancelled', signal: 'SIGKILL' });
  });

  test('are waited for over the death of torud', async () => {
    await using own = await PluginStage.open({});
    const file = join(own.folder, 'gate');
    await writeScripts(own.paths, { waits: `${waitsFor(file)}\nexit 6` });
    const { stdout: id } = await runToru(own.folder, ['run', '-d', 'waits']);
    await using waiting = followToru(own.folder, ['task', 'wait', id.trim()]);
    await using logs = followToru(own.folder, ['task', 'logs', '-f', id.trim(), '-q']);
    await untilAsked(own, 2);
    await own.rig.kill();
    await writeFile(file, '');
    await own.rig.start();
    expect(await waiting.result).toMatchObject({ code: 6 });
    expect(await logs.result).toMatchObject({ code: 0, stderr: '' });
  });

  test('have an output of which only the last lines are shown, and then what is to come', async () => {
    await writeScripts(stage.paths, { numbers: `seq 5\n${waitsFor(gate('numbers'))}\nseq 6 8` });
    const { stdout: id } = await toru('run', '-d', 'numbers');
    await using all = followToru(stage.folder, ['task', 'logs', '-f', id.trim()]);
    while ((await all.nextLine()) !== '5');
    await using last = followToru(stage.folder, ['task', 'logs', '-f', '-n', '2', id.trim()]);
    expect([await last.nextLine(), await last.nextLine()]).toEqual(['4', '5']);
    await writeFile(gate('numbers'), '');
    expect([await last.nextLine(), await last.nextLine(), await last.nextLine()]).toEqual(['6', '7', '8']);
    expect(await last.result).toMatchObject({ code: 0 });
  });
});

describe('quick actions', () => {
  const all = async (): Promise<readonly QuickAction[]> =>
    ((await runToruJson(stage.folder, ['actions'])) as { actions: readonly QuickAction[] }).actions;

  test('are added, moved, edited, run and removed', async () => {
    const words = ['--script', 'args', '--title', 'Two words', '--icon', '🚀', '--', '--x', 'y z'];
    expect(await toru('actions', 'add', 'one', ...words)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    await toru('actions', 'add', 'two', '--script', 'fails', '--lock', 'l', '--confirm', 'Really?');
    await toru('actions', 'edit', 'two', '--position', '1', '--timeout', '5min');
    expect(await all()).toMatchObject([
      { name: 'two', position: 1, lock: 'l', confirm: 'Really?', timeoutMs: 300_000, title: 'two' },
      { name: 'one', position: 2, title: 'Two words', icon: '🚀', args: ['--x', 'y z'] },
    ]);
    expect(await toru('actions', 'run', 'one')).toMatchObject({ code: 0, stdout: '--x\ny z\n' });
    expect(await toru('actions', 'run', 'two')).toMatchObject({ code: 7, stderr: 'why\n' });
    expect((await listed('-n', '1'))[0]).toMatchObject({
      origin: { kind: 'action', action: 'two' },
      lock: 'l',
    });
    await toru('actions', 'edit', 'two', '--clear', 'lock,confirm,timeout', '--rename', 'three');
    expect((await all())[0]).toMatchObject({ name: 'three', lock: null, confirm: null, timeoutMs: null });
    await toru('actions', 'edit', 'one', '--clear', 'args');
    expect((await all())[1]).toMatchObject({ args: [] });
    expect(await toru('actions', 'remove', 'one', 'nix', 'three')).toMatchObject({ code: 5 });
    expect(await all()).toEqual([]);
  });

  test('with a script that is not there are taken, with a word about it', async () => {
    const added = await toru('actions', 'add', 'later', '--script', 'comes-later');
    expect([added.code, added.stderr]).toEqual([
      0,
      expect.stringMatching(/^toru: there is no script "comes-later" in .* yet\n$/),
    ]);
    expect(await toru('actions', 'run', 'later')).toMatchObject({ code: 127, stdout: '' });
    await toru('actions', 'remove', 'later');
  });
});

test('schedules say when they run next, and what keeps them from it', async () => {
  const { schedules } = (await runToruJson(stage.folder, ['schedules', '--next', '3'])) as {
    schedules: readonly Schedule[];
  };
  expect(schedules.map(({ name, next }) => [name, next.length])).toEqual([
    ['broken', 3],
    ['hello', 3],
  ]);
  const hours = schedules[1]?.next.map((at) =>
    new Date(at).toLocaleTimeString('de-DE', {
      timeZone: 'Europe/Berlin',
      hour: '2-digit',
      minute: '2-digit',
    }),
  );
  expect(hours).toEqual(['03:15', '03:15', '03:15']);
  expect((await toru('schedules')).stdout).toMatch(/^broken .* problem: nix: there is no such script/m);
  expect(await toru('schedules', '--fail-problem', '-q')).toMatchObject({ code: 1 });
});

test('the machine is shown with units, and as bare figures for scripts', async () => {
  const { stdout } = await toru('system');
  expect(stdout).toMatch(/^● \S+ - /);
  expect(stdout).toMatch(/Memory: [\d.]+G? of [\d.]+[MGT] used \([\d.]+%\)/);
  const plain = await toru('system', '--plain', '--no-legend');
  const total = /^memory\.totalBytes\t(\d+)$/m.exec(plain.stdout)?.[1];
  const { system, plugins } = (await runToruJson(stage.folder, [
    'system',
    '--processes',
  ])) as SystemReadResult;
  expect(Number(total)).toBe(system.memory.totalBytes);
  expect(plugins).toEqual([]);
});
