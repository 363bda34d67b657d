/** Pages of the history, put together. */

import type { Task } from '../../../../../src/protocol/control/tasks.ts';

export interface Pages {
  /** Newest first. */
  readonly tasks: readonly Task[];
  /** There are older ones. */
  readonly hasMore: boolean;
}

/**
 * What is known with a page that was read. A newest page says also which of the tasks that it could hold are no longer like
 * that; of older ones nothing is known anew.
 * @param before the page is the one behind this id; undefined: the newest one
 */
export function joined(known: Pages | undefined, page: Pages, before: string | undefined): Pages {
  if (known === undefined) return page;
  if (before !== undefined) {
    const tasks = known.tasks.filter(({ id }) => id >= before);
    return { tasks: [...tasks, ...page.tasks], hasMore: page.hasMore };
  }
  const oldest = page.tasks.at(-1)?.id;
  const older = page.hasMore && oldest !== undefined ? known.tasks.filter(({ id }) => id < oldest) : [];
  return { tasks: [...page.tasks, ...older], hasMore: older.length > 0 ? known.hasMore : page.hasMore };
}
