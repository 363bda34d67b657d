import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DaemonStatus } from '../../src/protocol/control/daemon.ts';
import type { ScriptListResult, TaskOutputItem } from '../../src/protocol/control/tasks.ts';
import { oneSchedule } from '../rig/automation-stage.ts';
import { processesOf } from '../rig/leftover-processes.ts';
import { writeConfig } from '../rig/plugin-fixture.ts';
import { TaskStage } from '../rig/task-stage.ts';

async function problemsOf(stage: TaskStage): Promise<readonly string[]> {
  return ((await stage.call('daemon.status')).daemon as DaemonStatus).problems;
}

describe('a task', () => {
  test('runs a script with its arguments, keeps its output apart by stream, and stands in the history', async () => {
    await using stage = await TaskStage.open({
      'greet.sh':
        '# Greets somebody\necho "hello $1"; echo "careful $2" >&2; printf "%s" "no newline"; exit 3',
    });
    const begun = await stage.run('greet.sh', { args: ['ann', 'a  b\nc'], name: 'greeting' });
    expect(begun).toMatchObject({
      script: 'greet.sh',
      state: 'running',
      name: 'greeting',
      origin: { kind: 'run' },
    });
    expect(begun.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const task = await stage.ended(begun.id);
    const out = 'hello ann\nno newline';
    const err = 'careful a  b\nc\n';
    expect(task).toMatchObject({
      state: 'failed',
      exitCode: 3,
      signal: null,
      args: ['ann', 'a  b\nc'],
      reason: null,
      outputBytes: out.length + err.length,
      outputCut: false,
      pid: null,
    });
    expect(task.actor?.kind).toBe('user');
    expect(task.durationMs).toBeGreaterThan(0);
    expect(task.peakMemoryBytes).toBeGreaterThan(0);
    expect(await stage.text(task.id, 'stdout')).toBe(out);
    expect(await stage.text(task.id, 'stderr')).toBe(err);
    expect(await stage.list()).toEqual([task]);
    const listed = (await stage.call('script.list')) as unknown as ScriptListResult;
    expect(listed.scripts).toMatchObject([
      { name: 'greet.sh', description: 'Greets somebody', refused: null },
    ]);
  });

  test('gets its own environment and nothing of torud’s, its working directory, and no input', async () => {
    await using stage = await TaskStage.open({ 'env.sh': 'cat; env | sort; pwd' });
    const task = await stage.done('env.sh', { name: 'n', env: { A: 'one two' } });
    const text = await stage.text(task.id);
    const names = text.split('\n').map((line) => line.split('=')[0]);
    expect(text).toContain('A=one two\n');
    expect(text).toContain(`TORU_TASK_ID=${task.id}\n`);
    expect(text).toContain('TORU_SCRIPT=env.sh\n');
    expect(text).toContain('TORU_TASK_NAME=n\n');
    expect(text.trimEnd().split('\n').at(-1)).toBe(stage.paths.scriptsFolder);
    expect(names).not.toContain('TORU_ROOT');
    const forged = await stage.call('task.run', { script: 'env.sh', env: { TORU_TASK_ID: 'forged' } });
    expect(forged.error).toMatchObject({
      code: 'usage',
      message: 'torud sets the variable TORU_TASK_ID of a script itself',
    });
    expect(JSON.stringify(await stage.call('task.show', { id: task.id }))).not.toContain('one two');
  });

  test('is audited by the names of its variables, never by their values', async () => {
    await using stage = await TaskStage.open({ 'true.sh': 'true' });
    const task = await stage.done('true.sh', { args: ['full'], env: { PASSWORD: 'hunter2-secret' } });
    const events: unknown[] = [];
    for await (const item of stage.stage.items('audit.read', {})) events.push(item);
    const text = JSON.stringify(events);
    expect(text).toContain('"PASSWORD"');
    expect(text).not.toContain('hunter2');
    expect(text).toContain('ran run true.sh -- full');
    expect(text).toContain(task.id);
  });

  test.each([
    [
      'an interpreter that is not there',
      '#!/no/such/interpreter -x\n',
      127,
      'its interpreter /no/such/interpreter is not there',
    ],
    ['lines that end as on Windows', '#!/bin/sh\r\ntrue\r\n', 127, 'carriage return'],
    ['no first line that names an interpreter', '#!\necho hi\n', 126, 'names no interpreter'],
  ])('with %s fails as in a shell, with a reason', async (_what, text, exitCode, reason) => {
    await using stage = await TaskStage.open({});
    stage.write('broken', text);
    const task = await stage.done('broken');
    expect(task).toMatchObject({ state: 'failed', exitCode, startedAt: null, signal: null });
    expect(task.reason).toContain(reason);
  });

  test('that is killed by a signal says which', async () => {
    await using stage = await TaskStage.open({ 'die.sh': 'kill -SEGV $$' });
    expect(await stage.done('die.sh')).toMatchObject({ state: 'failed', exitCode: null, signal: 'SIGSEGV' });
  });

  test('that ignores SIGTERM is killed when its time limit and the grace time have passed', async () => {
    await using stage = await TaskStage.open(
      { 'stubborn.sh': 'trap "" TERM; echo ready; while :; do sleep 0.05; done' },
      '[tasks]\ngrace = "50ms"\n',
    );
    const task = await stage.done('stubborn.sh', { timeoutMs: 300 });
    expect(task).toMatchObject({ state: 'failed', exitCode: null, signal: 'SIGKILL' });
    expect(task.reason).toBe('its time limit of 0.3 s passed');
    expect(task.durationMs).toBeGreaterThanOrEqual(300);
  });

  test('has no start before its program was begun, and one and the same from then on', async () => {
    await using stage = await TaskStage.open({
      'wait.sh': 'echo ready; sleep 1000',
      'bad.sh': '#!/no/such\n',
    });
    const asked = await stage.run('wait.sh');
    expect(asked).toMatchObject({ state: 'running', startedAt: null, durationMs: null });
    const { startedAt } = await stage.until(asked.id, (task) => task.startedAt !== null);
    await stage.call('task.cancel', { id: asked.id, force: true });
    expect((await stage.ended(asked.id)).startedAt).toBe(startedAt);
    const bad = await stage.run('bad.sh');
    expect(bad.startedAt).toBeNull();
    expect((await stage.ended(bad.id)).startedAt).toBeNull();
  });

  test('says that what it left behind was ended, also what made a session of its own', async () => {
    await using stage = await TaskStage.open({ 'fork.sh': 'sleep 1000 & setsid sleep 1000 & echo; exit 0' });
    const { state, reason } = await stage.done('fork.sh');
    expect({ state, reason }).toEqual({
      state: 'done',
      reason: '2 processes that it left behind were ended',
    });
  });

  test('that is cancelled ends as cancelled, with all its processes', async () => {
    await using stage = await TaskStage.open({ 'long.sh': 'sleep 1000 & sleep 1000 & echo ready; wait' });
    const { id } = await stage.run('long.sh');
    await stage.untilOutput(id, 'ready');
    const answer = await stage.call('task.cancel', { id: id.slice(0, 30) });
    expect(answer).toMatchObject({ changed: true, task: { id } });
    const task = await stage.ended(id);
    expect(task).toMatchObject({ state: 'cancelled', signal: 'SIGTERM' });
    expect(task.reason).toContain('cancelled by');
    expect(processesOf(stage.stage.folder).filter((one) => one.command.includes('sleep'))).toEqual([]);
    expect(await stage.call('task.cancel', { id })).toMatchObject({
      changed: false,
      task: { state: 'cancelled' },
    });
  });

  test('that cannot be made to end by SIGTERM is killed by force', async () => {
    await using stage = await TaskStage.open({
      'deaf.sh': 'trap "" TERM; echo ready; while :; do sleep 0.05; done',
    });
    const { id } = await stage.run('deaf.sh');
    await stage.untilOutput(id, 'ready');
    await stage.call('task.cancel', { id });
    await stage.call('task.cancel', { id, force: true });
    expect(await stage.ended(id)).toMatchObject({ state: 'cancelled', signal: 'SIGKILL' });
  });

  test('leaves no process behind, and says how many had to be killed', async () => {
    await using stage = await TaskStage.open(
      { 'fork.sh': 'trap "" TERM; (while :; do sleep 0.05; done) & setsid sleep 1000 & exit 0' },
      '[tasks]\ngrace = "50ms"\n',
    );
    const task = await stage.done('fork.sh');
    expect(task).toMatchObject({ state: 'done', exitCode: 0 });
    expect(task.reason).toContain('had to be killed');
    expect(processesOf(stage.stage.folder).filter((one) => one.command.includes('sleep'))).toEqual([]);
  });

  test('that closes its output goes on, and ends with its own exit code', async () => {
    await using stage = await TaskStage.open({
      'closes.sh': 'echo before; exec >&- 2>&-; sleep 0.05; exit 7',
    });
    const task = await stage.done('closes.sh');
    expect(task).toMatchObject({ state: 'failed', exitCode: 7, outputBytes: 7 });
    expect(await stage.text(task.id)).toBe('before\n');
  });

  test('that floods is kept within its limit: the beginning, the end, and how much is missing in between', async () => {
    const bytes = 8 * 1024 * 1024;
    await using stage = await TaskStage.open(
      { 'flood.sh': `echo BEGIN; head -c ${bytes} /dev/zero | tr '\\0' 'x'; echo END` },
      '[tasks]\noutput_max = "1MiB"\n',
    );
    const task = await stage.done('flood.sh');
    expect(task).toMatchObject({ state: 'done', outputBytes: bytes + 10, outputCut: true });
    const items: TaskOutputItem[] = [];
    for await (const item of stage.output(task.id)) items.push(item);
    const gaps = items.flatMap((item) => (item.kind === 'gap' ? [item.bytes] : []));
    const text = await stage.text(task.id);
    expect(gaps).toHaveLength(1);
    expect(text.length + (gaps[0] ?? 0)).toBe(task.outputBytes);
    expect(text.startsWith('BEGIN\n')).toBe(true);
    expect(text.endsWith('END\n')).toBe(true);
    expect(text.length).toBeGreaterThan(512 * 1024);
    const files = readdirSync(stage.paths.taskOutputFolder);
    const size = files.reduce(
      (sum, name) => sum + statSync(join(stage.paths.taskOutputFolder, name)).size,
      0,
    );
    expect(size).toBeLessThanOrEqual(1024 * 1024);
    expect(await stage.text(task.id, undefined, { tailBytes: 4 })).toBe('END\n');
    expect(statSync(stage.paths.taskOutputFolder).mode & 0o777).toBe(0o700);
  });

  test('gives bytes that are no text as they are', async () => {
    await using stage = await TaskStage.open({ 'bytes.sh': "printf '\\377\\000\\303'" });
    const task = await stage.done('bytes.sh');
    const chunks: TaskOutputItem[] = [];
    for await (const item of stage.output(task.id)) chunks.push(item);
    expect(chunks).toMatchObject([
      { kind: 'chunk', base64: Buffer.from([0xff, 0, 0xc3]).toString('base64') },
    ]);
  });

  test('that writes more than is kept loses nothing for a follower that keeps on reading', async () => {
    const count = 400_000;
    await using stage = await TaskStage.open(
      { 'much.sh': `seq 1 ${count}` },
      '[tasks]\noutput_max = "256K"\n',
    );
    const { id } = await stage.run('much.sh');
    const text = await stage.text(id, 'stdout', { follow: true });
    const whole = Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
    expect(text.length).toBe(whole.length);
    expect(text).toBe(whole);
    expect(await stage.show(id)).toMatchObject({ state: 'done', outputCut: true });
    expect(readdirSync(stage.paths.taskOutputFolder).filter((name) => name.endsWith('.hold'))).toEqual([]);
  });

  test('can be followed while it writes, parts of lines too', async () => {
    await using stage = await TaskStage.open({
      'asks.sh': 'printf "no newline"; read line < go; echo " then"; echo $line',
    });
    const gate = join(stage.paths.scriptsFolder, 'go');
    execFileSync('mkfifo', [gate]);
    const { id } = await stage.run('asks.sh');
    await stage.untilOutput(id, 'no newline');
    const followed = stage.text(id, 'stdout', { follow: true });
    writeFileSync(gate, 'go on\n');
    expect(await followed).toBe('no newline then\ngo on\n');
  });
});

describe('a script', () => {
  test.skipIf(process.getuid?.() !== 0)(
    'runs as the user of the settings, with the groups and the home of that user',
    async () => {
      await using stage = await TaskStage.open(
        { 'who.sh': 'id -un; id -gn; echo "$HOME $USER"' },
        '[tasks]\nuser = "daemon"\nworking_dir = "/"\n',
      );
      chmodSync(stage.stage.folder, 0o755);
      const task = await stage.done('who.sh');
      expect(await stage.text(task.id)).toBe('daemon\ndaemon\n/usr/sbin daemon\n');
      expect(statSync(join(stage.paths.taskOutputFolder, `${task.id}.0`)).uid).toBe(0);
    },
  );

  test('is not run as a user that is not there', async () => {
    const schedule = '[[schedule]]\nscript = "who.sh"\ncron = "0 0 1 1 *"\n';
    const config = `[tasks]\nuser = "no-such-user"\n${schedule}`;
    await using stage = await TaskStage.open({ 'who.sh': 'id' }, config);
    const why = 'there is no user "no-such-user", whom [tasks] in torud.toml names';
    expect((await oneSchedule(stage.stage, 'who.sh')).problem).toBe(`who.sh: ${why}`);
    expect(await problemsOf(stage)).toContain(`no script is run: ${why}`);
    const { error } = await stage.call('task.run', { script: 'who.sh' });
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining('no-such-user') });
    expect(await stage.list()).toEqual([]);
  });

  test('is not run in a working directory that is not there, and runs as soon as it is', async () => {
    await using stage = await TaskStage.open({ 'where.sh': 'pwd' });
    const folder = join(stage.stage.folder, 'work');
    await writeConfig(stage.paths, `[tasks]\nworking_dir = "${folder}"\n`);
    expect((await stage.call('daemon.reload')).error).toBeUndefined();
    const why = `the working directory ${folder} (working_dir of [tasks] in torud.toml) is not there`;
    const { error } = await stage.call('task.run', { script: 'where.sh' });
    expect(error).toMatchObject({ code: 'invalid', message: why });
    expect(await problemsOf(stage)).toContain(`no script is run: ${why}`);
    mkdirSync(folder);
    const { id } = await stage.done('where.sh');
    expect(await stage.text(id)).toBe(`${folder}\n`);
    expect(await problemsOf(stage)).toEqual([]);
  });

  test('gets the variables of its account, and no program folder of torud’s own', async () => {
    await using stage = await TaskStage.open({
      'env.sh': 'echo "$USER $LOGNAME $HOME $SHELL"; echo "$PATH"',
    });
    const { username, homedir, shell } = userInfo();
    const [account, path] = (await stage.text((await stage.done('env.sh')).id)).split('\n');
    expect(account).toBe(`${username} ${username} ${homedir} ${shell}`);
    expect(path).toBe(process.env.PATH);
  });

  test('gets no more arguments than the kernel takes', async () => {
    await using stage = await TaskStage.open({ 'true.sh': 'true' });
    const much = await stage.call('task.run', {
      script: 'true.sh',
      args: Array.from({ length: 4 }, () => 'x'.repeat(90_000)),
    });
    expect(much.error).toMatchObject({ code: 'usage', message: expect.stringContaining('256 KiB') });
    const { exitCode } = await stage.done('true.sh', { args: ['x'.repeat(100_000)] });
    expect(exitCode).toBe(0);
  });

  test('that others could change, that leads out of its folder, or that is no program is refused with a reason', async () => {
    await using stage = await TaskStage.open({ 'fine.sh': 'true' });
    const folder = stage.paths.scriptsFolder;
    for (const [name, mode] of [
      ['world.sh', 0o777],
      ['group.sh', 0o775],
      ['plain.sh', 0o644],
    ] as const) {
      chmodSync(stage.write(name, 'true'), mode);
    }
    symlinkSync('/bin/true', join(folder, 'out.sh'));
    symlinkSync('fine.sh', join(folder, 'in.sh'));
    symlinkSync('nowhere', join(folder, 'nowhere.sh'));
    const refusals = async (script: string): Promise<unknown> =>
      (await stage.call('task.run', { script })).error;
    expect(await refusals('world.sh')).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('writable by everybody'),
    });
    expect(await refusals('group.sh')).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('writable by its group'),
    });
    expect(await refusals('plain.sh')).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('chmod +x'),
    });
    expect(await refusals('out.sh')).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('leads out of'),
    });
    expect(await refusals('nowhere.sh')).toMatchObject({ code: 'invalid' });
    expect(await refusals('../scripts/fine.sh')).toMatchObject({ code: 'invalid' });
    expect(await refusals('..')).toMatchObject({ code: 'invalid' });
    expect(await refusals('gone.sh')).toMatchObject({ code: 'not_found' });
    expect(await refusals('fine.sh')).toBeUndefined();
    expect(await refusals('in.sh')).toBeUndefined();
    const { scripts } = (await stage.call('script.list')) as unknown as ScriptListResult;
    expect(scripts.filter((one) => one.refused === null).map((one) => one.name)).toEqual([
      'fine.sh',
      'in.sh',
    ]);
    chmodSync(folder, 0o777);
    expect(await refusals('fine.sh')).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(folder),
    });
    chmodSync(folder, 0o755);
  });

  test('that is a link to nothing is listed with the time of the link', async () => {
    await using stage = await TaskStage.open({ 'true.sh': 'true' });
    const link = join(stage.paths.scriptsFolder, 'dangling');
    symlinkSync('gone', link);
    const { scripts } = (await stage.call('script.list')) as unknown as ScriptListResult;
    const dangling = scripts.find(({ name }) => name === 'dangling');
    expect(dangling?.refused).toContain('leads nowhere');
    expect(Date.parse(dangling?.modifiedAt ?? '')).toBe(Math.floor(lstatSync(link).mtimeMs));
  });

  test('is not run by a dry run', async () => {
    await using stage = await TaskStage.open({ 'touch.sh': 'touch done' });
    expect(await stage.call('task.run', { script: 'touch.sh', dryRun: true })).toEqual({ task: null });
    expect(await stage.list()).toEqual([]);
    expect(existsSync(join(stage.paths.scriptsFolder, 'done'))).toBe(false);
  });
});
