/** The screens of tasks, quick actions and scripts: what runs on top, live, with its output and its end. Pure. */

import { describe, expect, test } from 'vitest';
import { doors } from '../../src/cli/tui/doors.ts';
import { HELD_TASKS } from '../../src/cli/tui/screens/tasks/tasks-state.ts';
import type { QuickAction } from '../../src/protocol/control/quick-actions.ts';
import type { Schedule } from '../../src/protocol/control/schedules.ts';
import type { Script, Task } from '../../src/protocol/control/tasks.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { failure, success } from '../../src/protocol/result.ts';
import { ActionStage } from './tui-action-stage.ts';
import { makeTask, taskId } from './tui-task-stage.ts';

class TaskStage extends ActionStage {
  snapshot(...tasks: readonly Task[]): this {
    const { tag } = this.followOf('/watch');
    this.send({ type: 'items', tag, items: [{ kind: 'snapshot', tasks }] });
    return this;
  }

  change(task: Task): void {
    this.send({ type: 'items', tag: this.followOf('/watch').tag, items: [{ kind: 'task', task }] });
  }

  /** The newest question of this method is answered. */
  answer(method: string, value: unknown): this {
    const asked = this.effects.findLast((one) => one.type === 'call' && one.method === method);
    if (asked?.type !== 'call') throw new Error(`nobody has asked ${method}`);
    this.send({ type: 'answer', tag: asked.tag, result: success(value) });
    return this;
  }

  /** Scripts that are to be seen, from the top. */
  seen(): readonly string[] {
    return this.lines().flatMap((one) => /\bs\d+\.sh/.exec(one)?.[0] ?? []);
  }

  cursor(): string {
    return this.lines().find((one) => one.startsWith('▸')) ?? '';
  }
}

function open(more: ConstructorParameters<typeof ActionStage>[1] = {}): TaskStage {
  return new TaskStage([], { screen: doors.tasks(), size: { columns: 110, rows: 16 }, ...more });
}

describe('the tasks', () => {
  test('and their output have none of the keys that act on plugins, neither in the help nor under the finger', () => {
    const list = open().snapshot(makeTask(1, 'running'));
    const output = new TaskStage([], {
      screen: doors.taskOutput(taskId(1)),
      size: { columns: 110, rows: 60 },
    });
    for (const stage of [list, output]) {
      const before = stage.text();
      for (const key of ['e', 'E', 'R']) stage.press(key);
      expect(stage.text()).toBe(before);
      stage.press('?');
      expect(stage.text()).toContain('On this screen');
      expect(stage.text()).not.toMatch(/chosen plugin|edit settings|reset-failed/);
    }
  });

  test('are reached from the list by t', () => {
    const stage = new TaskStage([]).press('t').snapshot(makeTask(1, 'done'));
    expect(stage.text()).toContain('plugins > tasks');
    expect(stage.seen()).toEqual(['s1.sh']);
  });

  test('stand with what runs first, then the queue in its order, then the past, newest first', () => {
    const stage = open().snapshot(
      makeTask(1, 'done'),
      makeTask(2, 'failed'),
      makeTask(3, 'queued'),
      makeTask(4, 'running'),
      makeTask(5, 'queued'),
      makeTask(6, 'running'),
    );
    expect(stage.seen()).toEqual(['s6.sh', 's4.sh', 's3.sh', 's5.sh', 's2.sh', 's1.sh']);
    expect(stage.text()).toContain('2 running, 2 queued');
    expect(stage.text()).toMatch(/failed .* exit 7 .* ops .* s2\.sh/);
  });

  test('say who or what began them, and what they wait for', () => {
    const stage = open().snapshot(
      makeTask(1, 'done', { origin: { kind: 'schedule', schedule: 'nightly' }, actor: { kind: 'daemon' } }),
      makeTask(2, 'done', { origin: { kind: 'action', action: 'deploy' }, args: ['a b'] }),
      makeTask(3, 'queued', { reason: 'waits for the lock disk' }),
    );
    expect(stage.text()).toMatch(/schedule nightly +s1\.sh/);
    expect(stage.text()).toMatch(/ops, action deploy +s2\.sh 'a b'/);
    expect(stage.text()).toContain('waits for the lock disk');
  });

  test('change under the cursor, which stays on its own', () => {
    const stage = open().snapshot(makeTask(1, 'running'), makeTask(2, 'done'));
    stage.press('j');
    expect(stage.cursor()).toContain('s2.sh');
    stage.change(makeTask(3, 'running'));
    stage.change(makeTask(1, 'failed'));
    expect(stage.seen()).toEqual(['s3.sh', 's2.sh', 's1.sh']);
    expect(stage.cursor()).toContain('s2.sh');
  });

  test('tick only while one runs', () => {
    const stage = open().snapshot(makeTask(1, 'running'));
    expect(stage.isTicking).toBe(true);
    stage.change(makeTask(1, 'done'));
    expect(stage.isTicking).toBe(false);
  });

  test('are all new after torud was away, and no more than are held', () => {
    const stage = open().snapshot(makeTask(1, 'running'));
    stage.snapshot(...Array.from({ length: HELD_TASKS + 20 }, (_, at) => makeTask(at + 2, 'done')));
    stage.press('G');
    expect(stage.cursor()).toContain('s22.sh');
    expect(stage.text()).not.toContain('s1.sh');
    expect(stage.followOf('/watch').resume(undefined)).toEqual({ limit: HELD_TASKS });
  });

  test('can be filtered, and cut down to what failed', () => {
    const stage = open().snapshot(makeTask(1, 'done'), makeTask(2, 'failed'), makeTask(3, 'lost'));
    stage.press('!');
    expect(stage.seen()).toEqual(['s3.sh', 's2.sh']);
    stage.press('escape').press('/').type('s2').press('enter');
    expect(stage.seen()).toEqual(['s2.sh']);
    stage.press('escape');
    expect(stage.seen()).toHaveLength(3);
  });

  test('say that there are none, and what can be done', () => {
    expect(open().text()).toContain('asking torud what runs');
    expect(open().snapshot().text()).toContain('No script has been run yet');
  });

  test('that torud refuses say so', () => {
    const stage = open();
    const denied = errorBody('denied', 'task.watch needs the role view');
    stage.send({ type: 'ended', tag: stage.followOf('/watch').tag, failure: denied });
    expect(stage.text()).toContain('task.watch needs the role view');
  });

  test('are chosen by a click, and opened by another one', () => {
    const stage = open().snapshot(makeTask(1, 'done'), makeTask(2, 'done'));
    stage.press('ctrl-o');
    const row = stage.lines().findIndex((one) => one.includes('s1.sh'));
    stage.send({ type: 'mouse', kind: 'click', row, column: 4 });
    expect(stage.cursor()).toContain('s1.sh');
    stage.send({ type: 'mouse', kind: 'click', row, column: 4 });
    expect(stage.follows.at(-1)).toMatchObject({ method: 'task.output', params: { id: taskId(1) } });
  });

  test('are no more followed when the screen is left', () => {
    const stage = open().snapshot(makeTask(1, 'done'));
    const { tag } = stage.followOf('/watch');
    stage.press('escape');
    expect(stage.effects).toContainEqual({ type: 'unfollow', tag });
  });
});

describe('cancelling', () => {
  test('is asked about first, and done by toru', () => {
    const stage = open().snapshot(makeTask(1, 'running'));
    stage.press('x');
    expect(stage.box().join(' ')).toContain('SIGTERM to all its processes');
    expect(stage.acts).toEqual([]);
    stage.press('enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['task', 'cancel', taskId(1)]]);
  });

  test('is left by escape; K kills at once', () => {
    const stage = open().snapshot(makeTask(1, 'running'));
    stage.press('x', 'escape');
    expect(stage.box()).toEqual([]);
    stage.press('K', 'enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['task', 'cancel', '--force', taskId(1)]]);
  });

  test('of what has ended, or by a viewer, is a notice', () => {
    const ended = open().snapshot(makeTask(1, 'done')).press('x');
    expect(ended.text()).toContain('s1.sh has ended already');
    const viewer = open({ role: 'view' }).snapshot(makeTask(1, 'running')).press('x');
    expect(viewer.text()).toContain('needs operate');
    expect(viewer.acts).toEqual([]);
  });
});

describe('quick actions', () => {
  const action: QuickAction = {
    name: 'deploy',
    title: 'Deploy it',
    script: 'deploy.sh',
    args: ['now'],
    icon: '🔄',
    position: 1,
    confirm: null,
    lock: null,
    timeoutMs: null,
  };
  const asking = { ...action, name: 'wipe', title: 'Wipe', position: 2, confirm: 'All data goes. Really?' };

  function listed(role?: 'view'): TaskStage {
    const stage = open(role === undefined ? {} : { role }).press('a');
    return stage.answer('quickAction.list', { actions: [action, asking] });
  }

  test('are listed in their order with what they run', () => {
    expect(listed().text()).toMatch(/🔄 deploy +Deploy it +deploy\.sh now/);
  });

  test('run at once where they do not ask', () => {
    const stage = listed().press('enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['actions', 'run', '--detach', 'deploy']]);
  });

  test('run behind a box with their question where they do', () => {
    const stage = listed().press('j', 'enter');
    expect(stage.box().join(' ')).toContain('All data goes. Really?');
    expect(stage.acts).toEqual([]);
    stage.press('enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['actions', 'run', '--detach', 'wipe']]);
  });

  test('are not run by a viewer, and say when there are none', () => {
    expect(listed('view').press('enter').text()).toContain('needs operate');
    const none = open().press('a').answer('quickAction.list', { actions: [] });
    expect(none.text()).toContain('There are no quick actions');
    expect(none.press('enter').text()).toContain('there is no quick action to run');
  });
});

describe('scripts', () => {
  const script: Script = {
    name: 'back up.sh',
    description: 'Saves it all',
    sizeBytes: 10,
    modifiedAt: '2026-11-20T14:30:00Z',
    refused: null,
  };
  const refused = { ...script, name: 'open.sh', refused: 'others may write it' };

  function listed(): TaskStage {
    return open()
      .press('n')
      .answer('script.list', { folder: '/s', scripts: [script, refused] });
  }

  test('are shown with what they do, or why they are refused', () => {
    expect(listed().text()).toMatch(/back up\.sh +Saves it all/);
    expect(listed().text()).toContain('refused: others may write it');
    expect(listed().press('j', 'enter').text()).toContain('open.sh is refused');
  });

  test('begin the command that runs them, for arguments to be added', () => {
    const stage = listed().press('enter');
    expect(stage.text()).toContain(":run --detach 'back up.sh' --");
    stage.type('-v').press('enter');
    expect(stage.acts).toMatchObject([
      { argv: ['run', '--detach', 'back up.sh', '--', '-v'], isTyped: true },
    ]);
  });

  test('say why they cannot be listed', () => {
    const stage = open().press('n');
    const asked = stage.effects.findLast((one) => one.type === 'call' && one.method === 'script.list');
    if (asked?.type !== 'call') throw new Error('nobody has asked');
    stage.send({
      type: 'answer',
      tag: asked.tag,
      result: failure(errorBody('unavailable', 'no such folder')),
    });
    expect(stage.text()).toContain('no such folder');
  });
});

describe('schedules', () => {
  const nightly: Schedule = {
    name: 'nightly',
    script: 'backup.sh',
    args: ['full'],
    cron: '15 3 * * *',
    timezone: null,
    jitterMs: 0,
    catchUp: 'skip',
    lock: null,
    timeoutMs: null,
    next: ['2027-11-21T03:15:00.000000Z'],
    missed: 2,
    lastMissedAt: null,
    lastTask: makeTask(1, 'failed'),
    problem: null,
  };
  const broken = { ...nightly, name: 'broken', lastTask: null, problem: 'gone.sh: there is no such script' };

  test('stand with their timezone where it is not that of the machine', () => {
    const abroad = { ...nightly, timezone: 'Asia/Tokyo' };
    const stage = open()
      .press('s')
      .answer('schedule.list', { schedules: [abroad] });
    expect(stage.text()).toMatch(/nightly +15 3 \* \* \* Asia\/Tokyo +2027-11-21/);
  });

  test('say when they run next, how they ended, what they missed and what keeps them from running', () => {
    const stage = open()
      .press('s')
      .answer('schedule.list', { schedules: [nightly, broken] });
    expect(stage.text()).toMatch(/nightly +15 3 \* \* \* +2027-11-21 .* exit 7 +2 +backup\.sh full/);
    expect(stage.text()).toContain('problem: gone.sh: there is no such script');
    stage.press('j', 'enter');
    expect(stage.text()).toContain('broken has not run yet');
    stage.press('k', 'enter');
    expect(stage.follows.at(-1)).toMatchObject({ method: 'task.output', params: { id: taskId(1) } });
  });
});
