/** `task.watch`: tasks now, then each change. */

import type { Task, TaskWatchItem, TaskWatchParams } from '../../../protocol/control/tasks.ts';
import { TASK_STATES } from '../../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { type Result, success } from '../../../protocol/result.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { TaskApi } from '../../tasks/contract.ts';
import type { Handlers } from './table.ts';
import { Wakeup } from './wakeup.ts';

interface Parts {
  readonly tasks: TaskApi;
  readonly bus: EventBus;
}

type Stream = AsyncGenerator<TaskWatchItem, Result<Readonly<Record<string, never>>, ErrorBody>>;

const DEFAULT_FINAL = 50;
const MAX_FINAL = 1_000;
/** Length of a snapshot as JSON, about; tasks that it has no room for follow one by one. */
const MAX_SNAPSHOT_LENGTH = 512 * 1024;
/** Changed tasks that a reader has not taken. With more it is told of those that are not final, and the newest others, anew. */
const MAX_PENDING = 4_096;
const FINAL_STATES = TASK_STATES.filter((state) => state !== 'queued' && state !== 'running');

export function makeTaskWatchHandlers(parts: Parts): Pick<Handlers, 'task.watch'> {
  return { 'task.watch': (params, _caller, signal) => watch(params, parts, signal) };
}

/**
 * Subscribes first and reads second, so that nothing is missed in between. What waits for a slow reader is one id a task,
 * and the reader gets that task's newest state.
 */
async function* watch(params: TaskWatchParams, { tasks, bus }: Parts, signal: AbortSignal): Stream {
  const wakeup = new Wakeup(signal);
  const pending = new Set<string>();
  let isTooMuch = false;
  const unsubscribe = bus.subscribe('task-changed', ({ id }) => {
    if (pending.size >= MAX_PENDING) isTooMuch = true;
    else pending.add(id);
    wakeup.call();
  });
  try {
    const limit = Math.min(params.limit ?? DEFAULT_FINAL, MAX_FINAL);
    let snapshot = readSnapshot(tasks, limit);
    if (!snapshot.ok) return snapshot;
    for (;;) {
      const { first, rest } = snapshot.value;
      yield { kind: 'snapshot', tasks: first };
      for (const id of rest) pending.add(id);
      while (!signal.aborted && !isTooMuch) {
        const [id] = pending;
        if (id === undefined) {
          await wakeup.wait();
          continue;
        }
        pending.delete(id);
        const task = tasks.get(id);
        if (task !== undefined) yield { kind: 'task', task };
      }
      if (signal.aborted) return success({});
      isTooMuch = false;
      pending.clear();
      snapshot = readSnapshot(tasks, limit);
      if (!snapshot.ok) return snapshot;
    }
  } finally {
    unsubscribe();
  }
}

interface Snapshot {
  readonly first: readonly Task[];
  /** Ids. */
  readonly rest: readonly string[];
}

/** Those that are not final, oldest first, and the newest final ones, newest first. */
function readSnapshot(tasks: TaskApi, limit: number): Result<Snapshot, ErrorBody> {
  const open = tasks.live().filter((task) => task.endedAt === null);
  const final = limit === 0 ? success({ tasks: [] }) : tasks.list({ states: FINAL_STATES, limit });
  if (!final.ok) return final;
  const first: Task[] = [];
  const rest: string[] = [];
  let length = 0;
  for (const task of [...open, ...final.value.tasks]) {
    length += JSON.stringify(task).length;
    if (length > MAX_SNAPSHOT_LENGTH) rest.push(task.id);
    else first.push(task);
  }
  return success({ first, rest });
}
