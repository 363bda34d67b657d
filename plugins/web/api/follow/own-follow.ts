/**
 * A stream of torud that one client has for itself, because nobody else follows the same: read at the client's pace, and
 * opened again where it ended when torud was away.
 */

import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result } from '../../../../src/protocol/result.ts';
import { passed } from './passed.ts';
import type { Sink } from './sink.ts';
import { AWAY_CODES } from './tail.ts';

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;

export interface ReadStream<Item, End> {
  readonly items: AsyncIterable<Item>;
  /** Settles when no more come. */
  readonly outcome: Promise<Result<End, ErrorBody>>;
  close(): void;
}

export interface OwnFollowOptions<Item, End> {
  /** Called again after torud was away: begins behind the last item that there was. */
  readonly open: () => ReadStream<Item, End>;
  readonly onItem: (item: Item) => void;
  /** Why it cannot go on; asked after each item. */
  readonly fault?: () => ErrorBody | undefined;
  readonly sink: Pick<Sink, 'closed' | 'isSlow' | 'caughtUp'>;
}

/** Its end as torud tells it; `interrupted`: the client wants no more. */
export async function followOwn<Item, End>({
  open,
  onItem,
  fault,
  sink,
}: OwnFollowOptions<Item, End>): Promise<Result<End, ErrorBody>> {
  let delayMs = FIRST_DELAY_MS;
  let broken: ErrorBody | undefined;
  while (!sink.closed.aborted) {
    const { items, outcome, close } = open();
    sink.closed.addEventListener('abort', close);
    for await (const item of items) {
      if (sink.closed.aborted) break;
      delayMs = FIRST_DELAY_MS;
      onItem(item);
      broken = fault?.();
      if (broken !== undefined) break;
      if (sink.isSlow) await sink.caughtUp();
    }
    sink.closed.removeEventListener('abort', close);
    close();
    if (broken !== undefined) return failure(broken);
    const ended = await outcome;
    if (ended.ok || !AWAY_CODES.has(ended.failure.code)) return ended;
    await passed(delayMs, sink.closed);
    delayMs = Math.min(LAST_DELAY_MS, 2 * delayMs);
  }
  return failure(errorBody('interrupted', 'nobody wants it any more'));
}
