import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { writeConfig } from '../rig/plugin-fixture.ts';
import { TaskStage } from '../rig/task-stage.ts';

/** Ends when somebody writes to the FIFO that is its argument. */
const WAITS = { 'waits.sh': 'mkfifo "$1"; echo ready; read line < "$1"' };
/** Lets one go. */
const LETS_GO = { 'go.sh': 'echo x > "$1"' };

describe('the queue of tasks', () => {
  test('lets as many run as the setting says, and the others wait in the order of asking', async () => {
    await using stage = await TaskStage.open(
      { ...WAITS, ...LETS_GO, 'say.sh': 'true' },
      '[tasks]\nmax_running = 2\n',
    );
    const first = await stage.run('waits.sh', { args: ['a'] });
    const second = await stage.run('waits.sh', { args: ['b'] });
    const third = await stage.run('say.sh');
    const fourth = await stage.run('say.sh');
    expect([first.state, second.state, third.state, fourth.state]).toEqual([
      'running',
      'running',
      'queued',
      'queued',
    ]);
    expect(third).toMatchObject({
      startedAt: null,
      reason: 'waits for a place: 2 tasks run already (max_running)',
    });
    expect((await stage.call('task.run', { script: 'say.sh', noQueue: true })).error).toMatchObject({
      code: 'busy',
    });
    await stage.call('task.cancel', { id: second.id, force: true });
    const [thirdEnd, fourthEnd] = [await stage.ended(third.id), await stage.ended(fourth.id)];
    expect([thirdEnd.state, fourthEnd.state]).toEqual(['done', 'done']);
    expect(Date.parse(thirdEnd.endedAt ?? '')).toBeLessThanOrEqual(Date.parse(fourthEnd.startedAt ?? ''));
    await stage.call('task.cancel', { id: first.id, force: true });
  });

  test('never runs two with the same lock together, and lets others by', async () => {
    await using stage = await TaskStage.open({ ...WAITS, ...LETS_GO, 'say.sh': 'true' });
    const holder = await stage.run('waits.sh', { args: ['a'], lock: 'backup' });
    const waiter = await stage.run('say.sh', { lock: 'backup' });
    expect(waiter.state).toBe('queued');
    expect(waiter.reason).toBe(`waits for the lock "backup", which waits.sh, task ${holder.id}, holds`);
    const busy = await stage.call('task.run', { script: 'say.sh', lock: 'backup', noQueue: true });
    expect(busy.error).toMatchObject({ code: 'busy', message: expect.stringContaining('"backup"') });
    expect(await stage.done('say.sh', { lock: 'other' })).toMatchObject({ state: 'done' });
    await stage.untilOutput(holder.id, 'ready');
    await stage.done('go.sh', { args: ['a'] });
    const ended = await stage.ended(waiter.id);
    expect(ended.state).toBe('done');
    const held = await stage.show(holder.id);
    expect(Date.parse(held.endedAt ?? '')).toBeLessThanOrEqual(Date.parse(ended.startedAt ?? ''));
  });

  test('refuses more than may wait, and forgets one that is cancelled', async () => {
    await using stage = await TaskStage.open(WAITS, '[tasks]\nmax_running = 1\nmax_queued = 1\n');
    const running = await stage.run('waits.sh', { args: ['a'] });
    const queued = await stage.run('waits.sh', { args: ['b'] });
    const refused = await stage.call('task.run', { script: 'waits.sh' });
    expect(refused.error).toMatchObject({
      code: 'busy',
      message: '1 task waits already, and no more may ([tasks] max_queued)',
    });
    const cancelled = await stage.call('task.cancel', { id: queued.id });
    expect(cancelled).toMatchObject({
      changed: true,
      task: { state: 'cancelled', startedAt: null, exitCode: null },
    });
    expect((await stage.run('waits.sh', { args: ['c'] })).state).toBe('queued');
    await stage.call('task.cancel', { id: running.id, force: true });
  });

  test('begins what waits when a reload gives it a place', async () => {
    await using stage = await TaskStage.open({ ...WAITS, 'say.sh': 'true' }, '[tasks]\nmax_running = 1\n');
    const holder = await stage.run('waits.sh', { args: ['a'] });
    const waiter = await stage.run('say.sh');
    expect(waiter.state).toBe('queued');
    await writeConfig(stage.paths, '[tasks]\nmax_running = 2\n');
    expect((await stage.call('daemon.reload')).error).toBeUndefined();
    expect(await stage.ended(waiter.id)).toMatchObject({ state: 'done' });
    await stage.call('task.cancel', { id: holder.id, force: true });
  });

  test('runs 1,000 short tasks, 20 at a time: all are in the history, none is lost, and memory stays flat', async () => {
    await using stage = await TaskStage.open({ 'short.sh': 'echo "$1"; sleep 0.01' });
    const memory = async (): Promise<number> =>
      ((await stage.call('daemon.status')).daemon as { memoryBytes: number }).memoryBytes;
    const run = (n: number): ReturnType<TaskStage['run']> => stage.run('short.sh', { args: [String(n)] });
    for (let n = 0; n < 200; n += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => run(n + k)));
    const before = await memory();
    for (let n = 200; n < 1_000; n += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => run(n + k)));
    for (const task of await stage.list({ states: ['queued', 'running'] })) await stage.ended(task.id);
    const tasks = await stage.list();
    expect(tasks).toHaveLength(1_000);
    expect(tasks.filter((task) => task.state !== 'done' || task.exitCode !== 0)).toEqual([]);
    expect(new Set(tasks.map((task) => task.args[0])).size).toBe(1_000);
    expect(tasks.filter((task) => task.outputBytes !== `${task.args[0]}\n`.length)).toEqual([]);
    expect((await memory()) - before).toBeLessThan(40 * 1024 * 1024);
  }, 240_000);

  test('keeps as many ended tasks as the setting says, and removes output with its task', async () => {
    await using stage = await TaskStage.open({ 'say.sh': 'echo "$1"' }, '[tasks]\nkeep = 3\n');
    for (const n of ['1', '2', '3', '4', '5']) await stage.done('say.sh', { args: [n] });
    const kept = await stage.list();
    expect(kept.map((task) => task.args[0])).toEqual(['5', '4', '3']);
    expect(readdirSync(stage.paths.taskOutputFolder).sort()).toEqual(
      kept.map((task) => `${task.id}.0`).sort(),
    );
  });

  test('lets go of what is too many as soon as a reload says so', async () => {
    await using stage = await TaskStage.open({ 'say.sh': 'echo "$1"' });
    for (let n = 0; n < 40; n += 1) await stage.done('say.sh', { args: [String(n)] });
    await writeConfig(stage.paths, '[tasks]\nkeep = 2\n');
    await stage.call('daemon.reload');
    await expect.poll(async () => (await stage.list()).length, { timeout: 20_000 }).toBe(2);
    await expect.poll(() => readdirSync(stage.paths.taskOutputFolder).length, { timeout: 20_000 }).toBe(2);
  });
});
