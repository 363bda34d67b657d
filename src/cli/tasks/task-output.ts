/** The output of a task as it comes: what is kept of it, then, with `isFollow`, what is to come. Goes on over a restart of torud. */

import type { Task, TaskOutputItem, TaskOutputParams, TaskStream } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { type Result, success } from '../../protocol/result.ts';
import { follow } from '../follow.ts';
import type { Session } from '../session.ts';

export type OutputChunk = Extract<TaskOutputItem, { readonly kind: 'chunk' }>;

export interface OutputQuery {
  /** Whole id. */
  readonly id: string;
  readonly isFollow: boolean;
  /** Where to begin; the beginning unless given. */
  readonly from?: number;
  /** No notes about a torud that is away: standard error is the script's. */
  readonly isQuiet?: boolean;
}

export async function* taskOutput(
  session: Session,
  { id, isFollow, from = 0, isQuiet }: OutputQuery,
): AsyncGenerator<TaskOutputItem, Result<Task, ErrorBody>, void> {
  let next = from;
  const params = (): TaskOutputParams => ({ id, from: next, ...(isFollow ? { follow: true } : {}) });
  const items = follow(session, {
    method: 'task.output',
    params: params(),
    resume: params,
    isFinite: !isFollow,
    ...(isQuiet === undefined ? {} : { isQuiet }),
  });
  for (;;) {
    const step = await items.next();
    if (step.done === true) return step.value.ok ? success(step.value.value.task) : step.value;
    if (step.value.kind !== 'task') next = step.value.next;
    yield step.value;
  }
}

/** The bytes of a chunk, as the script wrote them. */
export function chunkBytes({ text, base64 }: OutputChunk): Buffer {
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8');
}

/** A chunk as one object a line of JSON. */
export function chunkRecord(task: string, { stream, at, text, base64, next }: OutputChunk): object {
  return { task, stream, at, ...(text === undefined ? { base64: base64 ?? '' } : { text }), next };
}

/** What `--stdout` and `--stderr` choose; both for neither. */
export function wantedStreams(session: Session): ReadonlySet<TaskStream> {
  const asked = (['stdout', 'stderr'] as const).filter((stream) => session.has(stream));
  return new Set(asked.length === 0 ? ['stdout', 'stderr'] : asked);
}
