/** The output of a task on a screen: live, searched, bounded. Pure. */

import { describe, expect, test } from 'vitest';
import { doors } from '../../src/cli/tui/doors.ts';
import { MAX_LINES, NO_LINES, withOutput } from '../../src/cli/tui/screens/tasks/task-lines.ts';
import type { Task, TaskOutputItem, TaskStream } from '../../src/protocol/control/tasks.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { success } from '../../src/protocol/result.ts';
import { ActionStage } from './tui-action-stage.ts';
import { makeTask, taskId } from './tui-task-stage.ts';

function chunk(text: string, stream: TaskStream = 'stdout', next = 0): TaskOutputItem {
  return { kind: 'chunk', stream, at: '2026-11-20T14:00:00.000000Z', text, next };
}

class OutputStage extends ActionStage {
  constructor(rows = 12) {
    super([], { screen: doors.taskOutput(taskId(1)), size: { columns: 80, rows } });
  }

  tell(task: Task): this {
    const asked = this.effects.findLast((one) => one.type === 'call' && one.method === 'task.show');
    if (asked?.type !== 'call') throw new Error('nobody has asked');
    this.send({ type: 'answer', tag: asked.tag, result: success({ task }) });
    return this;
  }

  write(...items: readonly TaskOutputItem[]): this {
    this.send({ type: 'items', tag: this.followOf('/output').tag, items });
    return this;
  }

  /** The lines of output that are to be seen. */
  seen(): readonly string[] {
    return this.lines()
      .slice(3, -3)
      .map((one) => one.slice(1))
      .filter((one) => one !== '');
  }
}

const hundred = chunk(Array.from({ length: 100 }, (_, at) => `line ${at + 1}\n`).join(''));

describe('lines of output', () => {
  const linesOf = (...items: readonly TaskOutputItem[]) =>
    withOutput(NO_LINES, items).lines.map(
      ({ text, from }) => `${from === 'stdout' ? '' : `${from}: `}${text}`,
    );

  test('are put together over chunks, each stream for itself', () => {
    expect(
      linesOf(chunk('a'), chunk('x', 'stderr'), chunk('b\nc'), chunk('y\n', 'stderr'), chunk('d\n')),
    ).toEqual(['ab', 'stderr: xy', 'cd']);
  });

  test('without a newline at the end are there as well; empty ones stay', () => {
    expect(linesOf(chunk('a\n\nb'))).toEqual(['a', '', 'b']);
  });

  test('that were written over show what was written last', () => {
    expect(linesOf(chunk('10%\r20%\r'), chunk('30%\ndone\r\n'))).toEqual(['30%', 'done']);
  });

  test('tell of what is missing, and take bytes that are no text', () => {
    const base64 = Buffer.from([0xff, 0x41]).toString('base64');
    const bytes: TaskOutputItem = { kind: 'chunk', stream: 'stdout', at: '', base64, next: 2 };
    expect(linesOf({ kind: 'gap', bytes: 70, next: 70 }, bytes)).toEqual([
      'gap: (70 bytes of the output are missing here)',
      '\ufffdA',
    ]);
  });

  test('are held up to a limit, also when none ever ends', () => {
    const many = withOutput(NO_LINES, [chunk('x\n'.repeat(MAX_LINES + 5))]);
    expect(many).toMatchObject({ dropped: 5 });
    expect(many.lines).toHaveLength(MAX_LINES);
    let endless = NO_LINES;
    for (let at = 0; at < 100; at += 1) endless = withOutput(endless, [chunk('y'.repeat(1_000))]);
    expect(Math.max(...endless.lines.map(({ text }) => text.length))).toBeLessThan(10_000);
    expect(endless.lines.map(({ text }) => text).join('')).toHaveLength(100_000);
  });
});

describe('the screen', () => {
  test('says what it is, and follows the end', () => {
    const stage = new OutputStage().tell(makeTask(1, 'running')).write(hundred);
    expect(stage.text()).toContain('running · s1.sh');
    expect(stage.text()).toContain('following');
    expect(stage.seen().at(-1)).toBe('line 100');
    stage.write(chunk('line 101\n'));
    expect(stage.seen().at(-1)).toBe('line 101');
    expect(stage.isTicking).toBe(true);
    expect(stage.text()).toContain(`$ toru task logs -f ${taskId(1)}`);
  });

  test('stays where somebody reads, until G', () => {
    const stage = new OutputStage().tell(makeTask(1, 'running')).write(hundred);
    stage.press('g');
    stage.write(chunk('more\n'));
    expect(stage.seen()[0]).toBe('line 1');
    expect(stage.text()).toContain('G follows');
    stage.press('G');
    expect(stage.seen().at(-1)).toBe('more');
    stage.press('k');
    expect(stage.seen().at(-1)).toBe('line 100');
    stage.press('j');
    expect(stage.text()).toContain('of 101 · G follows');
    stage.press('j');
    expect(stage.text()).toContain('following');
  });

  test('searches, onward and back', () => {
    const stage = new OutputStage().tell(makeTask(1, 'done')).write(hundred);
    stage.press('g', '/').type('line 5').press('enter');
    expect(stage.seen()[0]).toBe('line 5');
    stage.press('n');
    expect(stage.seen()[0]).toBe('line 50');
    stage.press('N');
    expect(stage.seen()[0]).toBe('line 5');
    stage.press('/').type('nowhere').press('enter');
    expect(stage.text()).toContain('no line has "nowhere"');
  });

  test('finds above while the end is followed', () => {
    const stage = new OutputStage().tell(makeTask(1, 'running')).write(hundred);
    stage.press('/').type('line 42').press('enter');
    expect(stage.seen()).toContain('line 42');
  });

  test('asks again what it is when the output has ended', () => {
    const stage = new OutputStage().tell(makeTask(1, 'running')).write(chunk('x\n'));
    stage.send({ type: 'ended', tag: stage.followOf('/output').tag, failure: undefined });
    stage.tell(makeTask(1, 'failed', { reason: 'the time limit of 5 s has passed' }));
    expect(stage.text()).toContain('failed (');
    expect(stage.text()).toContain('the time limit of 5 s has passed');
    expect(stage.isTicking).toBe(false);
  });

  test('goes on behind the last byte after torud was away', () => {
    const stage = new OutputStage();
    const { params, resume } = stage.followOf('/output');
    expect(params).toMatchObject({ id: taskId(1), follow: true });
    expect(resume(chunk('x', 'stdout', 17))).toEqual({ id: taskId(1), follow: true, from: 17 });
    expect(resume(undefined)).toEqual(params);
  });

  test('says that nothing was written, or why nothing can be shown', () => {
    expect(new OutputStage().tell(makeTask(1, 'queued')).text()).toContain('It has not begun.');
    expect(new OutputStage().tell(makeTask(1, 'done')).text()).toContain('It has written nothing.');
    const stage = new OutputStage();
    const gone = errorBody('not_found', 'there is no such task');
    stage.send({ type: 'ended', tag: stage.followOf('/output').tag, failure: gone });
    expect(stage.text()).toContain('there is no such task');
  });

  test('cancels behind a box', () => {
    const stage = new OutputStage().tell(makeTask(1, 'running'));
    stage.press('x', 'enter');
    expect(stage.acts.map(({ argv }) => argv)).toEqual([['task', 'cancel', taskId(1)]]);
  });

  test('shows no control characters of a script', () => {
    const stage = new OutputStage().tell(makeTask(1, 'running')).write(chunk('a\u001b[2Jb\n'));
    expect(stage.text()).not.toContain('\u001b');
  });
});

test('":task logs -f" and ":tasks -f" open the screens that show the same', () => {
  const stage = new ActionStage([]);
  stage.press(':').type('task logs -f 019a').press('enter');
  expect(stage.follows.at(-1)).toMatchObject({ method: 'task.output', params: { id: '019a' } });
  stage.press(':').type('tasks -f').press('enter');
  expect(stage.follows.at(-1)).toMatchObject({ method: 'task.watch' });
});

test('":task cancel" is asked about', () => {
  const stage = new ActionStage([]);
  stage.press(':').type('task cancel 019a').press('enter');
  expect(stage.box().join(' ')).toContain('task cancel 019a');
  expect(stage.acts).toEqual([]);
});
