/** The follow of a table: lifecycle events and the audit alike. */

import type { ErrorBody } from '../../../protocol/errors.ts';
import { type Result, success } from '../../../protocol/result.ts';
import type { Reader } from './reader.ts';
import type { Wakeup } from './wakeup.ts';

/** Rows of one item, and all that a stream ever holds. */
export const BATCH = 64;
export const DEFAULT_LIMIT = 1_000;
export const MAX_LIMIT = 10_000;

export type End = Result<Readonly<Record<string, never>>, ErrorBody>;

/** One look into the store. */
export interface Page {
  /** Only greater ids, and the oldest of them. */
  readonly afterId: number;
  readonly limit: number;
}

export interface Followed<Row extends { readonly id: number }> {
  read(page: Page): readonly Row[];
  readonly reader: Reader;
  readonly wakeup: Wakeup;
  readonly signal: AbortSignal;
}

/** Rows that came together. `isCut`: some before them were deleted as too old. */
export interface Batch<Row> {
  readonly rows: readonly Row[];
  readonly isCut: boolean;
}

/**
 * Where a follow begins. An id beyond the newest is of a database that was lost: it goes on with what comes.
 * @param afterId the last one that a follow before it has seen; undefined: this one begins behind the newest
 */
export function followedFrom(afterId: number | undefined, lastId: number): number {
  return Math.min(afterId ?? lastId, lastId);
}

/** The newest id that is meant. */
export function lastIdOf(
  params: { readonly beforeId?: number; readonly follow?: boolean },
  lastId: number,
): number {
  return params.beforeId === undefined || params.follow === true
    ? lastId
    : Math.min(lastId, params.beforeId - 1);
}

/**
 * What comes after `from`. Always from the store, by id: a reader that stalls holds a number and no rows. Ids have no gaps
 * but for rows that were deleted as too old, so that a gap says that the reader has missed some.
 * @param toItem undefined: nothing of it is for this reader
 */
export async function* followRows<Row extends { readonly id: number }, Item>(
  from: number,
  { read, reader, wakeup, signal }: Followed<Row>,
  toItem: (batch: Batch<Row>) => Item | undefined,
): AsyncGenerator<Item, End> {
  let last = from;
  while (!signal.aborted) {
    const afterId = last;
    const found = reader.read(() => read({ afterId, limit: BATCH }));
    if (!found.ok) return found;
    const newest = found.value.at(-1);
    if (newest === undefined) {
      await wakeup.wait();
      continue;
    }
    last = newest.id;
    const isCut = newest.id - afterId > found.value.length;
    const item = toItem({ rows: found.value, isCut });
    if (item !== undefined) yield item;
  }
  return success({});
}
