/** What the tasks screen knows: what waits and runs, what has ended, which of it is shown. Pure. */

import type { Task, TaskState, TaskWatchItem } from '../../../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../../../protocol/errors.ts';
import { beganText, commandText } from '../../../tasks/task-words.ts';
import { FIRST_ROW, type RowCursor } from './row-cursor.ts';

/** Ended ones that are asked for, and held. */
export const HELD_TASKS = 500;

export interface TasksState {
  readonly tag: string;
  /** By id. */
  readonly tasks: ReadonlyMap<string, Task>;
  readonly isLoaded: boolean;
  readonly failure: ErrorBody | undefined;
  readonly filter: string;
  /** Only what failed or was lost. */
  readonly isTroubleOnly: boolean;
  readonly cursor: RowCursor;
}

export const NEW_TASKS: TasksState = {
  tag: 'tasks',
  tasks: new Map(),
  isLoaded: false,
  failure: undefined,
  filter: '',
  isTroubleOnly: false,
  cursor: FIRST_ROW,
};

const RANKS: Readonly<Record<TaskState, number>> = {
  running: 0,
  queued: 1,
  done: 2,
  failed: 2,
  cancelled: 2,
  lost: 2,
};

export function withItems(state: TasksState, items: readonly TaskWatchItem[]): TasksState {
  let { tasks } = state;
  for (const item of items) {
    if (item.kind === 'snapshot') tasks = new Map(item.tasks.map((task) => [task.id, task]));
    else tasks = new Map(tasks).set(item.task.id, item.task);
  }
  return { ...state, tasks: pruned(tasks), isLoaded: true, failure: undefined };
}

/** What runs, then what waits in its order, then what has ended, the newest first. */
export function shownTasks({ tasks, filter, isTroubleOnly }: TasksState): readonly Task[] {
  const wanted = filter.toLowerCase();
  return [...tasks.values()]
    .filter((task) => !isTroubleOnly || task.state === 'failed' || task.state === 'lost')
    .filter((task) => wanted === '' || wordsOf(task).includes(wanted))
    .sort(byRank);
}

export function countOf({ tasks }: TasksState, wanted: TaskState): number {
  return [...tasks.values()].filter(({ state }) => state === wanted).length;
}

function byRank(one: Task, other: Task): number {
  const rank = RANKS[one.state] - RANKS[other.state];
  if (rank !== 0) return rank;
  // Ids sort by time. The queue is a queue: its head stands on top.
  const isEarlier = one.id < other.id ? -1 : 1;
  return one.state === 'queued' ? isEarlier : -isEarlier;
}

function wordsOf(task: Task): string {
  return `${task.state} ${commandText(task)} ${task.name ?? ''} ${beganText(task) ?? ''}`.toLowerCase();
}

function pruned(tasks: ReadonlyMap<string, Task>): ReadonlyMap<string, Task> {
  if (tasks.size <= HELD_TASKS) return tasks;
  const ended = [...tasks.values()].filter(({ endedAt }) => endedAt !== null);
  const tooMany = ended.length - HELD_TASKS;
  if (tooMany <= 0) return tasks;
  const oldest = ended.map(({ id }) => id).sort();
  const gone = new Set(oldest.slice(0, tooMany));
  return new Map([...tasks].filter(([id]) => !gone.has(id)));
}
