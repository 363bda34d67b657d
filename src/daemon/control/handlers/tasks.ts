/** Scripts and tasks: running them, ending them, and what became of them. */

import type { TaskRunParams } from '../../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../../protocol/errors.ts';
import { failure, type Result, success } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import type { EventBus } from '../../base/event-bus.ts';
import type { TaskApi } from '../../tasks/contract.ts';
import { allows, type Caller, nameOf } from '../access.ts';
import { Patience } from './patience.ts';
import type { CallContext, Handlers } from './table.ts';
import { makeTaskOutputHandlers, type OutputReading } from './task-output.ts';
import { makeTaskWatchHandlers } from './task-watch.ts';

export interface TaskParts {
  readonly tasks: TaskApi;
  readonly output: OutputReading;
  readonly bus: EventBus;
  readonly clock: Clock;
}

type TaskTopic = Extract<keyof Handlers, `script.${string}` | `task.${string}`>;

export function makeTaskHandlers(parts: TaskParts): Pick<Handlers, TaskTopic> {
  const { tasks } = parts;
  return {
    'script.list': async () => success(tasks.scripts()),
    'task.run': async (params, caller) => {
      const denied = environmentDenial(params, caller);
      if (denied !== undefined) return failure(denied);
      const begun = await tasks.run(params, caller.actor, { kind: 'run' });
      return begun.ok ? success({ task: begun.value }) : begun;
    },
    'task.list': async (params) => tasks.list(params),
    'task.show': async ({ id }) => {
      const found = tasks.find(id);
      return found.ok ? success({ task: found.value }) : found;
    },
    'task.cancel': async ({ id, ...request }, caller) => tasks.cancel(id, request, caller.actor),
    'task.wait': async ({ id, timeoutMs }, _caller, context) => wait(id, timeoutMs ?? 0, parts, context),
    ...makeTaskOutputHandlers(parts),
    ...makeTaskWatchHandlers(parts),
  };
}

/** PATH or LD_PRELOAD would make any script anything. */
function environmentDenial({ env, script }: TaskRunParams, caller: Caller): ErrorBody | undefined {
  if (env === undefined || Object.keys(env).length === 0 || allows(caller.role, 'admin')) return undefined;
  const message = `${nameOf(caller)} may ${caller.role}, and setting the environment of a script needs admin`;
  return errorBody('denied', message, { name: script, hint: 'leave it out, or use sudo' });
}

async function wait(
  id: string,
  timeoutMs: number,
  { tasks, bus, clock }: TaskParts,
  { signal }: CallContext,
): ReturnType<Handlers['task.wait']> {
  const found = tasks.find(id);
  if (!found.ok || found.value.endedAt !== null) return found.ok ? success({ task: found.value }) : found;
  const { id: whole, script } = found.value;
  const ended = Promise.withResolvers<Result<{ task: typeof found.value }, ErrorBody>>();
  const look = (): void => {
    const now = tasks.find(whole);
    if (!now.ok) ended.resolve(now);
    else if (now.value.endedAt !== null) ended.resolve(success({ task: now.value }));
  };
  const unsubscribe = bus.subscribe('task-changed', (change) => {
    if (change.id === whole) look();
  });
  const patience = new Patience(clock, timeoutMs, signal);
  try {
    const outcome = await patience.waitFor(ended.promise);
    if (typeof outcome === 'object') return outcome;
    const what = `${script}, task ${whole}, has not ended`;
    if (outcome === 'interrupted')
      return failure(errorBody('interrupted', `${what}; it goes on`, { name: id }));
    return failure(errorBody('timeout', `${what} after ${timeoutMs / 1000} s; it goes on`, { name: id }));
  } finally {
    patience.end();
    unsubscribe();
  }
}
