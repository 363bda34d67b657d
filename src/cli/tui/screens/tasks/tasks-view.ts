/** The tasks screen: one line a task, what runs on top. Pure. */

import type { Task, TaskState } from '../../../../protocol/control/tasks.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatDuration } from '../../../output/sizes.ts';
import { cutTo, padTo, widthOf } from '../../../output/width.ts';
import { beganText, commandText, endText } from '../../../tasks/task-words.ts';
import { shortMoment } from '../../coarse-time.ts';
import { type Frame, inRole, type Line, line, type Role, span } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { placeIn } from './row-cursor.ts';
import { countOf, shownTasks, type TasksState } from './tasks-state.ts';

const STATE_WIDTH = 9;
const TOOK_WIDTH = 8;
const MOST_END_WIDTH = 12;
const MOST_BY_WIDTH = 24;
/** Columns from which on it says who began a task. */
const WIDE = 80;

export const TASK_ROLES: Readonly<Record<TaskState, Role>> = {
  queued: 'busy',
  running: 'good',
  done: 'plain',
  failed: 'bad',
  cancelled: 'busy',
  lost: 'bad',
};

/** Rows of the body that are tasks. */
export function tasksHeight({ size }: Context): number {
  return Math.max(1, size.rows - 1);
}

export function tasksView(state: TasksState, context: Context): Frame {
  const tasks = shownTasks(state);
  const height = tasksHeight(context);
  const keys = tasks.map(({ id }) => id);
  const { at, top } = placeIn(state.cursor, keys, height);
  const visible = tasks.slice(top, top + height);
  const widths = widthsOf(visible, context);
  const head = line(span(headText(widths), 'dim'));
  if (tasks.length === 0) return [head, line(span(` ${emptyText(state)}`, state.failure ? 'bad' : 'dim'))];
  return [head, ...visible.map((task, index) => rowLine(task, top + index === at, widths, context))];
}

/** What is left out, and how much there is. */
export function tasksNote(state: TasksState): string {
  const { filter, isTroubleOnly } = state;
  const shown = [
    ...(isTroubleOnly ? ['only failed and lost'] : []),
    ...(filter === '' ? [] : [`/${sanitiseField(filter)}`]),
  ];
  const [running, queued] = [countOf(state, 'running'), countOf(state, 'queued')];
  const live = [...(running > 0 ? [`${running} running`] : []), ...(queued > 0 ? [`${queued} queued`] : [])];
  return [...live, ...shown].join(', ');
}

interface Widths {
  readonly at: number;
  readonly end: number;
  /** 0: not shown. */
  readonly by: number;
}

function widthsOf(visible: readonly Task[], { size, wallMs, look }: Context): Widths {
  const most = (least: number, largest: number, texts: readonly string[]): number =>
    Math.min(largest, Math.max(least, ...texts.map(widthOf)));
  return {
    at: most(
      5,
      11,
      visible.map((task) => momentOf(task, wallMs)),
    ),
    end: most(
      4,
      MOST_END_WIDTH,
      visible.map((task) => endText(task) ?? look.signs.absent),
    ),
    by:
      size.columns < WIDE
        ? 0
        : most(
            4,
            MOST_BY_WIDTH,
            visible.map((task) => beganText(task) ?? look.signs.absent),
          ),
  };
}

function headText({ at, end, by }: Widths): string {
  const who = by === 0 ? '' : `${padTo('BY', by)}  `;
  return `  ${padTo('STATE', STATE_WIDTH)}  ${padTo('AT', at)}  ${'TOOK'.padStart(TOOK_WIDTH)}  ${padTo('END', end)}  ${who}COMMAND`;
}

function rowLine(task: Task, isChosen: boolean, widths: Widths, context: Context): Line {
  const { look, wallMs } = context;
  const role = TASK_ROLES[task.state];
  const command = sanitiseField(commandText(task));
  const name = task.name === null ? '' : ` (${sanitiseField(task.name)})`;
  const waits = task.state === 'queued' && task.reason !== null ? `  ${sanitiseField(task.reason)}` : '';
  const shown = line(
    isChosen ? `${look.signs.cursor} ` : '  ',
    span(padTo(task.state, STATE_WIDTH), role),
    '  ',
    span(padTo(momentOf(task, wallMs), widths.at), 'dim'),
    `  ${tookText(task, wallMs).padStart(TOOK_WIDTH)}  `,
    span(padTo(cutTo(sanitiseField(endText(task) ?? look.signs.absent), widths.end), widths.end), role),
    '  ',
    widths.by === 0
      ? ''
      : span(
          `${padTo(cutTo(sanitiseField(beganText(task) ?? look.signs.absent), widths.by), widths.by)}  `,
          'dim',
        ),
    command,
    span(name, 'dim'),
    span(waits, 'dim'),
  );
  return isChosen ? inRole(shown, 'selected') : shown;
}

function momentOf(task: Task, wallMs: number): string {
  return shortMoment(task.startedAt ?? task.queuedAt, wallMs);
}

/** How long it took, or runs by now. */
export function tookText({ state, startedAt, durationMs }: Task, wallMs: number): string {
  if (startedAt === null) return '';
  if (state === 'running') return formatDuration(wallMs - Date.parse(startedAt));
  return durationMs === null ? '' : formatDuration(durationMs);
}

function emptyText({ failure, isLoaded, tasks, filter }: TasksState): string {
  if (failure !== undefined) {
    const hint = failure.hint === undefined ? '' : `; ${failure.hint}`;
    return sanitiseField(`${failure.message}${hint}`);
  }
  if (!isLoaded) return 'asking torud what runs';
  if (tasks.size > 0)
    return filter === ''
      ? `none of ${tasks.size} has failed; ! shows all`
      : `none of ${tasks.size} has "${sanitiseField(filter)}" in it; esc shows all`;
  return 'No script has been run yet: n runs one, a shows the quick actions';
}
