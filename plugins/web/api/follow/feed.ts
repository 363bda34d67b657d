/** What is followed: lines of a plugin's log, or events. Entries have an order, so that none is sent twice. */

import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import type { Result } from '../../../../src/protocol/result.ts';

export interface Entry {
  /** Grows, compared number by number: run and seq of a line, id of an event. */
  readonly order: readonly number[];
  /** One line of JSON, as it goes out. */
  readonly json: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Entries that came together, oldest first. */
export interface Batch {
  readonly entries: readonly Entry[];
  /** From here it goes on behind them; text that fits in one line. */
  readonly cursor: string;
}

/** Items as they come; ends by itself, or when it is closed. */
export interface BatchStream {
  readonly batches: AsyncIterable<Batch>;
  /** Settles when no more come. */
  readonly outcome: Promise<Result<unknown, ErrorBody>>;
  close(): void;
}

export interface Feed {
  /** The newest entry: what is behind its cursor is new. The value is undefined while there is none at all. */
  newest(): Promise<Result<Batch | undefined, ErrorBody>>;
  /** Everything behind the cursor, and what comes. */
  follow(cursor: string | undefined): BatchStream;
}

export function isBehind(entry: Entry, order: readonly number[]): boolean {
  for (const [index, number] of entry.order.entries()) {
    const other = order[index] ?? -1;
    if (number !== other) return number > other;
  }
  return false;
}
