/** `toru run` and what may happen meanwhile: signals to toru, a torud that dies, is upgraded or does not answer, locks. */

import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { untilTask } from '../rig/automation-stage.ts';
import { runToru, runToruJson } from '../rig/cli-rig.ts';
import { untilTrue } from '../rig/plugin-processes.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { RunningCli } from '../rig/running-cli.ts';
import { waitsFor, writeScripts } from '../rig/script-files.ts';

const SCRIPTS = {
  hello: 'echo out',
  sleeps: 'echo begun\nexec sleep 300',
  'keeps-on': "trap 'echo asked' TERM\necho begun\nwhile :; do sleep 0.05; done",
  'ends-well': "trap 'echo bye; exit 7' TERM\necho begun\nwhile :; do sleep 0.05; done",
} as const;

let stage: PluginStage;
const root = (): string => stage.folder;
const toru = (...args: readonly string[]) => runToru(root(), args);
const gate = (name: string): string => join(root(), `gate-${name}`);
const open = (name: string): Promise<void> => writeFile(gate(name), '');

beforeAll(async () => {
  stage = await PluginStage.open({}, '\n[tasks]\ngrace = "60s"\n');
  await writeScripts(stage.paths, SCRIPTS);
});

afterAll(() => stage?.[Symbol.asyncDispose]());

/** Waits until the process has a handler for the signal (proc_pid_status(5), SigCgt). */
function untilCaught(pid: number, signal: number): Promise<void> {
  return untilTrue(`${pid} catches signal ${signal}`, () => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const caught = BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
    return ((caught >> BigInt(signal - 1)) & 1n) === 1n;
  });
}

async function taskOf(id = '-1'): Promise<Task> {
  const { tasks } = (await runToruJson(root(), ['task', 'show', id])) as { tasks: readonly Task[] };
  const [task] = tasks;
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
}

describe('a signal to toru', () => {
  test('by Ctrl-C cancels: the script is asked, and may end as it likes', async () => {
    await using cli = new RunningCli(root(), ['run', 'ends-well']);
    await cli.until('stdout', /begun/);
    cli.kill('SIGINT');
    const { code, stdout, stderr } = await cli.ended;
    expect([code, stdout.toString()]).toEqual([7, 'begun\nbye\n']);
    expect(stderr.toString()).toMatch(/^toru: cancelling; Ctrl-C again kills\n/);
    expect(await taskOf()).toMatchObject({ state: 'cancelled', exitCode: 7 });
  });

  test('by Ctrl-C is 143 for a script that does not mind SIGTERM', async () => {
    await using cli = new RunningCli(root(), ['run', 'sleeps']);
    await cli.until('stdout', /begun/);
    cli.kill('SIGINT');
    expect(await cli.ended).toMatchObject({ code: 143 });
  });

  test('by Ctrl-C twice kills what does not end', async () => {
    await using cli = new RunningCli(root(), ['run', 'keeps-on']);
    await cli.until('stdout', /begun/);
    cli.kill('SIGINT');
    await cli.until('stdout', /asked/);
    cli.kill('SIGINT');
    const { code, stderr } = await cli.ended;
    expect(code).toBe(137);
    // The shell of the script may have its own word on what was ended.
    expect(stderr.toString()).toMatch(/^toru: cancelling; [^\n]*\n(.*\n)*toru: killing; [^\n]*\n(.*\n)*$/);
    expect(await taskOf()).toMatchObject({ state: 'cancelled', signal: 'SIGKILL' });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('by %s ends toru alone: the task goes on', async (signal, code) => {
    const name = `goes-on-${signal}`;
    await writeScripts(stage.paths, { [name]: `echo begun\n${waitsFor(gate(name))}\necho done` });
    await using cli = new RunningCli(root(), ['run', name]);
    await cli.until('stdout', /begun/);
    cli.kill(signal);
    const ended = await cli.ended;
    expect(ended).toMatchObject({ code });
    expect(ended.stderr.toString()).toMatch(
      /^toru: the task goes on; "toru task logs -f [0-9a-f-]{36}" follows it\n$/,
    );
    const task = await taskOf();
    expect(task).toMatchObject({ state: 'running', script: name });
    await open(name);
    expect(await toru('task', 'logs', '-f', task.id)).toMatchObject({ code: 0, stdout: 'begun\ndone\n' });
  });
});

describe('torud', () => {
  test('that does not answer yet: Ctrl-C cancels what it then begins, twice leaves', async () => {
    await using own = await PluginStage.open({});
    await writeScripts(own.paths, { sleeps: SCRIPTS.sleeps });
    process.kill(own.rig.pid, 'SIGSTOP');
    await using patient = new RunningCli(own.folder, ['run', 'sleeps']);
    await using hasty = new RunningCli(own.folder, ['run', 'sleeps']);
    try {
      for (const cli of [patient, hasty]) {
        await untilCaught(cli.pid, constants.signals.SIGQUIT);
        cli.kill('SIGINT');
        await cli.until('stderr', /^toru: cancelling as soon as torud answers; Ctrl-C again leaves\n$/);
      }
      hasty.kill('SIGINT');
      const left = await hasty.ended;
      expect(left.code).toBe(130);
      expect(left.stderr.toString()).toMatch(
        /\ntoru: torud has not answered; whether the task was begun: "toru tasks" says\n$/,
      );
    } finally {
      process.kill(own.rig.pid, 'SIGCONT');
    }
    const { code, stderr } = await patient.ended;
    expect(stderr.toString()).toMatch(/\ntoru: cancelling; /);
    expect([130, 143]).toContain(code);
    await runToru(own.folder, ['task', 'cancel', '-1']);
  });

  test('killed in the middle loses nothing and doubles nothing: output and exit code are right', async () => {
    await using own = await PluginStage.open({});
    const counts = (from: number): string => `seq ${from} ${from + 9_999}`;
    const [one, two] = ['one', 'two'].map((name) => join(own.folder, name));
    const script = `${counts(1)}\nseq 3 >&2\n${waitsFor(one ?? '')}\n${counts(10_001)}\necho >&2 late\n${waitsFor(two ?? '')}\nexit 9`;
    await writeScripts(own.paths, { counts: script });
    await using cli = new RunningCli(own.folder, ['run', 'counts']);
    await cli.until('stdout', /^10000$/m);
    await cli.until('stderr', /^3$/m);
    await own.rig.kill();
    await writeFile(one ?? '', '');
    await own.rig.start();
    await cli.until('stdout', /^20000$/m);
    await writeFile(two ?? '', '');
    const { code, stdout, stderr } = await cli.ended;
    const numbers = Array.from({ length: 20_000 }, (_, at) => `${at + 1}\n`).join('');
    expect([code, stdout.toString() === numbers, stderr.toString()]).toEqual([9, true, '1\n2\n3\nlate\n']);
  });

  test('upgraded in the middle is not noticed', async () => {
    await using own = await PluginStage.open({});
    const file = join(own.folder, 'gate');
    await writeScripts(own.paths, { waits: `echo before\n${waitsFor(file)}\necho after\nexit 3` });
    await using cli = new RunningCli(own.folder, ['run', 'waits']);
    await cli.until('stdout', /before/);
    expect(await runToru(own.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0 });
    await writeFile(file, '');
    expect(await cli.ended).toMatchObject({
      code: 3,
      stdout: Buffer.from('before\nafter\n'),
      stderr: Buffer.from(''),
    });
  });
});

describe('locks and the queue', () => {
  test('a lock that is held is waited for, or refused with --no-queue', async () => {
    await writeScripts(stage.paths, { holds: `echo begun\n${waitsFor(gate('lock'))}` });
    await using holder = new RunningCli(root(), ['run', 'holds', '--lock', 'one']);
    await holder.until('stdout', /begun/);
    expect(await toru('run', 'hello', '--lock', 'one', '--no-queue')).toMatchObject({
      code: 125,
      stdout: '',
      stderr: expect.stringMatching(/^toru: run hello: [^\n]*"one"[^\n]*\n$/),
    });
    const { stdout: id } = await toru('run', 'hello', '--lock', 'one', '-d');
    const waiting = await taskOf(id.trim());
    expect(waiting).toMatchObject({ state: 'queued', startedAt: null, lock: 'one' });
    expect(waiting.reason).toMatch(/lock "one"/);
    await open('lock');
    expect(await toru('task', 'wait', id.trim())).toMatchObject({ code: 0 });
    expect(await holder.ended).toMatchObject({ code: 0 });
  });

  test('what is cancelled in the queue is never begun, and is exit code 130', async () => {
    await writeScripts(stage.paths, {
      holds2: `echo begun\n${waitsFor(gate('lock2'))}`,
      marks: `touch '${gate('marked')}'`,
    });
    await using holder = new RunningCli(root(), ['run', 'holds2', '--lock', 'two']);
    await holder.until('stdout', /begun/);
    await using waiter = new RunningCli(root(), ['run', 'marks', '--lock', 'two']);
    await untilTask(stage, ({ script, state }) => script === 'marks' && state === 'queued');
    waiter.kill('SIGINT');
    const { code, stderr } = await waiter.ended;
    expect([code, stderr.toString()]).toEqual([
      130,
      expect.stringMatching(/toru: cancelling; [^\n]*\ntoru: run marks: [^\n]*cancelled[^\n]*\n$/),
    ]);
    await open('lock2');
    expect(await holder.ended).toMatchObject({ code: 0 });
    expect(existsSync(gate('marked'))).toBe(false);
  });
});
