/** The output of a task on the screen. Pure. */

import type { Task } from '../../../../protocol/control/tasks.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatSize } from '../../../output/sizes.ts';
import { commandText, endText } from '../../../tasks/task-words.ts';
import { type Frame, type Line, line, lineWidth, type Role, span, spread } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { markedLine, shownText } from '../output-search.ts';
import type { TaskLine } from './task-lines.ts';
import type { TaskOutputState } from './task-output.ts';
import { TASK_ROLES, tookText } from './tasks-view.ts';

const LINE_ROLES: Readonly<Record<TaskLine['from'], Role>> = {
  stdout: 'plain',
  stderr: 'busy',
  gap: 'dim',
};

/** Rows of the body that are output: the first says what it is. */
export function outputHeight({ size }: Context): number {
  return Math.max(1, size.rows - 1);
}

export function taskOutputView(state: TaskOutputState, context: Context): Frame {
  const { output, words, left } = state;
  const height = outputHeight(context);
  const most = Math.max(0, output.lines.length - height);
  const top = Math.min(most, state.top ?? most);
  const head = headLine(state, top, context);
  if (output.lines.length === 0) return [head, line(span(` ${emptyText(state)}`, 'dim'))];
  const visible = output.lines.slice(top, top + height);
  return [
    head,
    ...visible.map(({ text, from }) => inOwnRole(markedLine(shownText(text), words, left), from)),
  ];
}

/** What a search has found keeps its own role. */
function inOwnRole(of: Line, from: TaskLine['from']): Line {
  const role = LINE_ROLES[from];
  return of.map((one) => (one.role === 'match' ? one : { ...one, role }));
}

function headLine(state: TaskOutputState, top: number, context: Context): Line {
  const { task, output, failure } = state;
  if (failure !== undefined) return line(span(` ${sanitiseField(failureText(failure))}`, 'bad'));
  if (task === undefined) return line(span(' asking torud for it', 'dim'));
  const { size, wallMs, look } = context;
  const between = ` ${look.signs.between} `;
  const { length } = output.lines;
  const height = outputHeight(context);
  const where = length > height ? `${top + 1}-${Math.min(length, top + height)} of ${length}${between}` : '';
  const isLive = task.endedAt === null;
  const follow = state.top === undefined ? (isLive ? 'following' : 'the end') : 'G follows';
  const right = line(span(`${where}${follow} `, 'dim'));
  const facts = [tookText(task, wallMs), ...reasonOf(task)].filter((text) => text !== '');
  const left = line(
    span(` ${stateText(task)}`, TASK_ROLES[task.state]),
    span(`${between}${sanitiseField(commandText(task))}`, 'strong'),
    span(facts.map((text) => `${between}${sanitiseField(text)}`).join(''), 'dim'),
  );
  const room = size.columns - lineWidth(right) - 1;
  return spread(lineWidth(left) > room ? cut(left, room) : left, right, size.columns);
}

function cut(of: Line, columns: number): Line {
  const gone = spread(of, [], Math.max(1, columns));
  return gone;
}

function reasonOf({ reason, outputCut, outputBytes }: Task): readonly string[] {
  const kept = outputCut ? [`${formatSize(outputBytes)} written, not all is kept`] : [];
  return reason === null ? kept : [reason, ...kept];
}

function stateText(task: Task): string {
  const end = task.endedAt === null || task.state === 'done' ? '' : ` (${endText(task)})`;
  return `${task.state}${end}`;
}

function emptyText({ task }: TaskOutputState): string {
  if (task === undefined) return '';
  if (task.state === 'queued') return 'It has not begun.';
  return task.endedAt === null ? 'It has written nothing yet.' : 'It has written nothing.';
}

function failureText({ message, hint }: NonNullable<TaskOutputState['failure']>): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
