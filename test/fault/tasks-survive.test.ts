import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import type { Task } from '../../src/protocol/control/tasks.ts';
import { runToru } from '../rig/cli-rig.ts';
import { processesOf, waitUntilGone } from '../rig/leftover-processes.ts';
import { TaskStage } from '../rig/task-stage.ts';

/** Writes before and after somebody opened the gate, and ends with its argument. */
const SCRIPT = {
  'work.sh':
    'echo "before $1"; echo ready >&2; while ! [ -e gate ]; do sleep 0.02; done; echo "after $1"; exit "$1"',
  'gate.sh': 'touch gate',
  'say.sh': 'echo said',
};
const COUNT = 20;

async function startAll(stage: TaskStage): Promise<readonly Task[]> {
  const begun: Task[] = [];
  for (let n = 0; n < COUNT; n += 1)
    begun.push(await stage.run('work.sh', { args: [String(n)], env: { SECRET: 's3' } }));
  for (const task of begun) await stage.untilOutput(task.id, 'ready');
  return begun;
}

async function expectAllWell(stage: TaskStage, begun: readonly Task[]): Promise<void> {
  for (const [n, { id }] of begun.entries()) {
    const task = await stage.ended(id);
    expect(task).toMatchObject({
      id,
      state: n === 0 ? 'done' : 'failed',
      exitCode: n,
      signal: null,
      reason: null,
    });
    expect(await stage.text(id, 'stdout')).toBe(`before ${n}\nafter ${n}\n`);
    expect(task.outputBytes).toBe((await stage.text(id)).length);
  }
}

describe('tasks outlive torud', () => {
  test(`${COUNT} tasks that run while torud is killed end with their exit codes and whole output`, async () => {
    await using stage = await TaskStage.open(SCRIPT, '[tasks]\nmax_running = 20\n');
    const begun = await startAll(stage);
    const queued = await stage.run('say.sh', { env: { WHO: 'me' } });
    expect(queued.state).toBe('queued');
    await stage.rig.kill();
    writeFileSync(`${stage.paths.scriptsFolder}/gate`, '');
    await stage.rig.start();
    await expectAllWell(stage, begun);
    expect(await stage.ended(queued.id)).toMatchObject({ state: 'done', exitCode: 0 });
    expect(await waitUntilGone(stage.paths.taskRunsFolder, 20_000)).toEqual([]);
    expect(readdirSync(stage.paths.taskRunsFolder)).toEqual([]);
  });

  test('a task that goes on under the next torud can be followed, limited and cancelled there', async () => {
    await using stage = await TaskStage.open(SCRIPT);
    const [first, second] = [
      await stage.run('work.sh', { args: ['0'] }),
      await stage.run('work.sh', { args: ['0'], timeoutMs: 500 }),
    ];
    for (const task of [first, second]) await stage.untilOutput(task.id, 'ready');
    await stage.rig.killAndRestart();
    const shown = await stage.show(first.id);
    expect(shown).toMatchObject({ state: 'running', outputBytes: 15, endedAt: null });
    expect(shown.pid).toBeGreaterThan(0);
    expect(await stage.ended(second.id)).toMatchObject({
      state: 'failed',
      reason: 'its time limit of 0.5 s passed',
    });
    await stage.call('task.cancel', { id: first.id });
    expect(await stage.ended(first.id)).toMatchObject({ state: 'cancelled', signal: 'SIGTERM' });
  });

  test('an upgrade in place leaves them running', async () => {
    await using stage = await TaskStage.open(SCRIPT);
    const task = await stage.run('work.sh', { args: ['5'] });
    await stage.untilOutput(task.id, 'ready');
    const { pid } = stage.rig;
    expect(await runToru(stage.stage.folder, ['daemon', 'upgrade'])).toMatchObject({ code: 0 });
    expect(stage.rig.pid).toBe(pid);
    await stage.done('gate.sh');
    expect(await stage.ended(task.id)).toMatchObject({ state: 'failed', exitCode: 5, outputCut: false });
    expect(await stage.text(task.id, 'stdout')).toBe('before 5\nafter 5\n');
  });

  test('a task of another boot is lost, and one that waited begins', async () => {
    await using stage = await TaskStage.open(SCRIPT, '[tasks]\nmax_running = 1\n');
    const running = await stage.run('work.sh', { args: ['0'] });
    const queued = await stage.run('say.sh');
    await stage.untilOutput(running.id, 'ready');
    await stage.rig.kill();
    const { pid } = await shimOf(stage);
    const database = new DatabaseSync(stage.paths.databaseFile);
    database.exec("UPDATE task_history SET boot_id = 'another' WHERE boot_id IS NOT NULL");
    database.close();
    process.kill(pid, 'SIGUSR2');
    await waitUntilGone(stage.paths.taskRunsFolder, 20_000);
    rmSync(stage.paths.taskRunsFolder, { recursive: true, force: true });
    await stage.rig.start();
    const lost = await stage.ended(running.id);
    expect(lost).toMatchObject({ state: 'lost', exitCode: null });
    expect(lost.reason).toContain('the machine went down');
    expect(await stage.text(running.id, 'stdout')).toBe('before 0\n');
    expect(await stage.ended(queued.id)).toMatchObject({ state: 'done' });
  });

  test('a task whose shim is killed is lost with a reason, and leaves no process', async () => {
    await using stage = await TaskStage.open(SCRIPT, '[tasks]\ngrace = "100ms"\n');
    const task = await stage.run('work.sh', { args: ['0'] });
    await stage.untilOutput(task.id, 'ready');
    const shim = await shimOf(stage);
    process.kill(shim.pid, 'SIGKILL');
    const ended = await stage.ended(task.id);
    expect(ended).toMatchObject({ state: 'lost', exitCode: null });
    expect(ended.reason).toContain('toru-shim was killed');
    expect(processesOf(stage.stage.folder).filter((one) => one.command.includes('work.sh'))).toEqual([]);
  });

  test('an orderly stop of torud ends what runs, and keeps what waits', async () => {
    await using stage = await TaskStage.open(SCRIPT, '[tasks]\nmax_running = 1\n');
    const running = await stage.run('work.sh', { args: ['0'] });
    const queued = await stage.run('say.sh');
    await stage.untilOutput(running.id, 'ready');
    await stage.rig.stop();
    expect(processesOf(stage.stage.folder)).toEqual([]);
    await stage.rig.start();
    expect(await stage.show(running.id)).toMatchObject({
      state: 'cancelled',
      reason: 'torud was stopped while it ran',
    });
    expect(await stage.ended(queued.id)).toMatchObject({ state: 'done' });
  });

  test('no environment of a task stays in the database', async () => {
    await using stage = await TaskStage.open(SCRIPT);
    const task = await stage.done('say.sh', { env: { SECRET: 'hunter2' } });
    const database = new DatabaseSync(stage.paths.databaseFile, { readOnly: true });
    expect(database.prepare('SELECT env FROM task_history WHERE id = ?').get(task.id)).toEqual({ env: null });
    database.close();
    expect(existsSync(stage.paths.taskRunsFolder) && readdirSync(stage.paths.taskRunsFolder)).toEqual([]);
  });
});

/** The only toru-shim of the stage. */
async function shimOf(stage: TaskStage): Promise<{ readonly pid: number }> {
  const [shim] = processesOf(stage.paths.taskRunsFolder).filter((one) => one.command.includes('toru-shim'));
  if (shim === undefined) throw new Error('no toru-shim runs');
  return shim;
}
