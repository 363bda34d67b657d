/** Words that name a task: its id, the beginning of one, `-1` for the newest. */

import type { Task } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Session } from '../session.ts';

/** Least of an id that is shown: the time, to the millisecond, of a UUID of version 7. */
const LEAST_SHOWN = 13;
/** Least of an id that names a task. */
const LEAST_NAMED = 4;

const HINT = '"toru tasks" lists them; -1 is the newest';

/** The task that a word names. Failure: `usage`, `not_found`, and what the connection may give. */
export async function findTask(session: Session, word: string): Promise<Result<Task, ErrorBody>> {
  const { client, globals } = session;
  if (word === '-1') {
    const newest = await client.call('task.list', { limit: 1 }, globals.timeoutMs);
    if (!newest.ok) return newest;
    const [task] = newest.value.tasks;
    return task === undefined
      ? failure(errorBody('not_found', 'there is no task yet', { name: word }))
      : success(task);
  }
  const fault = wordFault(word);
  if (fault !== undefined) return failure(fault);
  const shown = await client.call('task.show', { id: word.toLowerCase() }, globals.timeoutMs);
  if (shown.ok) return success(shown.value.task);
  const { failure: error } = shown;
  return failure({
    name: word,
    ...error,
    ...(error.code === 'not_found' ? { hint: error.hint ?? HINT } : {}),
  });
}

function wordFault(word: string): ErrorBody | undefined {
  if (word === '')
    return errorBody('usage', 'the id of a task is empty', { hint: 'is a variable of the script not set?' });
  if (!/^[0-9a-f][0-9a-f-]*$/i.test(word))
    return errorBody('not_found', 'there is no such task', { name: word, hint: HINT });
  if (word.length >= LEAST_NAMED) return undefined;
  return errorBody('usage', `of the id "${word}" at least ${LEAST_NAMED} characters are needed`, {
    hint: HINT,
  });
}

/** Every task that is named, in the order of the words; failures beside them. */
export async function findTasks(
  session: Session,
): Promise<{ readonly tasks: readonly Task[]; readonly errors: readonly ErrorBody[] }> {
  const tasks = new Map<string, Task>();
  const errors: ErrorBody[] = [];
  for (const word of session.operands) {
    const found = await findTask(session, word);
    if (found.ok) tasks.set(found.value.id, found.value);
    else errors.push(found.failure);
    // Without torud there is nothing to be learned from the next one.
    if (!found.ok && found.failure.code === 'unreachable') break;
  }
  return { tasks: [...tasks.values()], errors };
}

/** As many characters of each id as tell these apart, and the whole where that is most of it. */
export function shownIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(ids)].sort();
  const shown = new Map<string, string>();
  for (const [at, id] of sorted.entries()) {
    const needed = Math.max(sharedLength(id, sorted[at - 1]), sharedLength(id, sorted[at + 1])) + 1;
    const length = Math.max(LEAST_SHOWN, needed);
    shown.set(id, id.slice(0, id.charAt(length - 1) === '-' ? length + 1 : length));
  }
  return shown;
}

function sharedLength(one: string, other: string | undefined): number {
  let length = 0;
  while (other !== undefined && length < one.length && one.charAt(length) === other.charAt(length))
    length += 1;
  return length;
}
