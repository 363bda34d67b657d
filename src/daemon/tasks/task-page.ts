/** One page of the history. */

import type { TaskListParams } from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import { type Result, success } from '../../protocol/result.ts';
import type { TaskRecord } from '../store/task-store.ts';
import type { TaskBook } from './task-book.ts';
import { byteSizeOf } from './task-size.ts';

export interface TaskPage {
  /** Newest first. */
  readonly records: readonly TaskRecord[];
  /** There are older ones. */
  readonly more: boolean;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Arguments of one page; fewer tasks stand on a page whose tasks have many. */
const MAX_PAGE_BYTES = 1024 * 1024;

export function pageOf(book: Pick<TaskBook, 'list'>, params: TaskListParams): Result<TaskPage, ErrorBody> {
  const limit = Math.min(params.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const records: TaskRecord[] = [];
  let bytes = 0;
  let more = false;
  const listed = book.list(params, (record) => {
    bytes += byteSizeOf(record);
    more = records.length >= limit || (bytes > MAX_PAGE_BYTES && records.length > 0);
    if (!more) records.push(record);
    return !more;
  });
  return listed.ok ? success({ records, more }) : listed;
}
