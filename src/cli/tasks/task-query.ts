/** Which tasks `toru tasks` was asked for, and those of the past, page by page. */

import { TASK_STATES, type Task, type TaskListParams, type TaskState } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { type Result, success } from '../../protocol/result.ts';
import { collect, given, integerOption, momentOption, wordsOption } from '../option-values.ts';
import type { Session } from '../session.ts';

/** Shown unless a number or a time says otherwise. */
const USUAL_LIMIT = 100;
/** Most that torud gives at once. */
const PAGE = 1_000;

export interface TaskQuery {
  /** For the daemon; without `limit`. */
  readonly params: TaskListParams;
  /** The newest so many; undefined: not said. */
  readonly lines: number | undefined;
}

export interface FoundTasks {
  /** Newest first. */
  readonly tasks: readonly Task[];
  /** There are older ones that match. */
  readonly isCut: boolean;
}

export function taskQuery(session: Session, nowMs: number): Result<TaskQuery, ErrorBody> {
  const options = collect({
    since: momentOption(session, 'since', nowMs),
    until: momentOption(session, 'until', nowMs),
    states: wordsOption(session, 'state', TASK_STATES),
    lines: integerOption(session, 'lines', 0),
  });
  if (!options.ok) return options;
  const { since, until, lines } = options.value;
  const states = new Set<TaskState>([
    ...options.value.states,
    ...(session.has('failed') ? (['failed', 'lost'] as const) : []),
    ...(session.has('running') ? (['running'] as const) : []),
  ]);
  return success({
    lines,
    params: {
      ...given('since', since),
      ...given('until', until),
      ...(states.size > 0 ? { states: [...states] } : {}),
      ...given('script', session.value('script')),
    },
  });
}

/** All that match within a time that was named; else the newest 100. */
export async function readTasks(
  session: Session,
  { params, lines }: TaskQuery,
): Promise<Result<FoundTasks, ErrorBody>> {
  const isAll = params.since !== undefined || params.until !== undefined;
  const wanted = lines ?? (isAll ? Number.POSITIVE_INFINITY : USUAL_LIMIT);
  const tasks: Task[] = [];
  let beforeId: string | undefined;
  for (;;) {
    const limit = Math.min(PAGE, wanted - tasks.length);
    if (limit <= 0) return success({ tasks, isCut: false });
    const page = await session.client.call(
      'task.list',
      { ...params, ...given('beforeId', beforeId), limit },
      session.globals.timeoutMs,
    );
    if (!page.ok) return page;
    tasks.push(...page.value.tasks);
    beforeId = tasks.at(-1)?.id;
    const isOver = !page.value.more || page.value.tasks.length === 0;
    // Who asked for a number knows that there may be more.
    if (isOver || tasks.length >= wanted) return success({ tasks, isCut: !isOver && lines === undefined });
  }
}

/** Whether a task of a live stream is one of those that were asked for. */
export function matches(task: Task, { states, script, since, until }: TaskListParams): boolean {
  const at = Date.parse(task.queuedAt);
  return (
    (states === undefined || states.includes(task.state)) &&
    (script === undefined || script === task.script) &&
    (since === undefined || at >= Date.parse(since)) &&
    (until === undefined || at <= Date.parse(until))
  );
}
