/** `task.output`: what a script has written, and what it will. */

import type {
  Task,
  TaskOutputEnd,
  TaskOutputItem,
  TaskOutputParams,
} from '../../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { TaskApi } from '../../tasks/contract.ts';
import type { OutputCursor } from '../../tasks/output-cursor.ts';
import type { Following } from '../../tasks/output-holds.ts';
import type { Handlers } from './table.ts';
import { Wakeup } from './wakeup.ts';

/** What of the kept output is needed. */
export interface OutputReading {
  /** @param from offset in the whole output */
  cursor(id: string, from: number): Pick<OutputCursor, 'next' | 'rest'>;
  /** Calls whenever there may be more; returns the function that ends it. */
  onGrown(id: string, listener: () => void): () => void;
  /** Keeps a flood from overrunning this follower, as long as it moves. */
  follow(id: string, from: number): Following;
}

interface Parts {
  readonly tasks: TaskApi;
  readonly output: OutputReading;
  readonly bus: EventBus;
}

type Stream = AsyncGenerator<TaskOutputItem, Result<TaskOutputEnd, ErrorBody>>;

export function makeTaskOutputHandlers(parts: Parts): Pick<Handlers, 'task.output'> {
  return { 'task.output': (params, _caller, signal) => readOutput(params, parts, signal) };
}

/** Always from the files: a reader that stalls holds an offset and no output. */
async function* readOutput(params: TaskOutputParams, parts: Parts, signal: AbortSignal): Stream {
  const found = parts.tasks.find(params.id);
  if (!found.ok) return found;
  const { id, outputBytes } = found.value;
  const from = Math.max(
    params.from ?? 0,
    params.tailBytes === undefined ? 0 : outputBytes - params.tailBytes,
  );
  const cursor = parts.output.cursor(id, from);
  if (params.follow !== true) return yield* readWhatIs(found.value, cursor, parts, signal);
  const wakeup = new Wakeup(signal);
  const following = parts.output.follow(id, from);
  const ends = [
    () => following.end(),
    parts.bus.subscribe('task-changed', (change) => {
      if (change.id === id) wakeup.call();
    }),
    parts.output.onGrown(id, () => wakeup.call()),
  ];
  try {
    return yield* follow(found.value, cursor, following, parts, wakeup, signal);
  } finally {
    for (const end of ends) end();
  }
}

type Cursor = ReturnType<OutputReading['cursor']>;

/** Up to what there was when it was asked for: a script that floods must not keep the reader for ever. */
async function* readWhatIs(task: Task, cursor: Cursor, { tasks }: Parts, signal: AbortSignal): Stream {
  for (let next = cursor.next(); next !== undefined && !signal.aborted; next = cursor.next()) {
    yield next;
    if (next.next >= task.outputBytes) break;
  }
  const now = tasks.get(task.id) ?? task;
  const missing = task.endedAt === null ? undefined : cursor.rest(task.outputBytes);
  if (missing !== undefined && !signal.aborted) yield missing;
  return success({ task: now });
}

async function* follow(
  begun: Task,
  cursor: Cursor,
  following: Following,
  { tasks }: Parts,
  wakeup: Wakeup,
  signal: AbortSignal,
): Stream {
  let told = waitingOf(begun);
  let last = 0;
  for (;;) {
    // First how it is, then what it wrote: after its end nothing comes any more.
    const now = tasks.get(begun.id);
    if (now === undefined)
      return failure(errorBody('not_found', 'the task is no longer kept', { name: begun.id }));
    if (now.endedAt === null && waitingOf(now) !== told) {
      told = waitingOf(now);
      yield { kind: 'task', task: now };
    }
    for (let next = cursor.next(); next !== undefined && !signal.aborted; next = cursor.next()) {
      yield next;
      // It is asked for the next one: this one is on its way.
      following.readUpTo(next.next, false);
      last = next.next;
    }
    if (signal.aborted) return success({ task: now });
    following.readUpTo(last, true);
    if (now.endedAt !== null) {
      const missing = cursor.rest(now.outputBytes);
      if (missing !== undefined) yield missing;
      return success({ task: now });
    }
    await wakeup.wait();
  }
}

/** What a follower is told of beside the output. */
function waitingOf({ state, reason }: Task): string {
  return `${state} ${reason ?? ''}`;
}
