/**
 * One subscription to torud for all who follow the same feed. It never waits for anybody: who is slow leaves, and reads
 * what it missed by itself (follower.ts). Goes on over a restart of torud.
 */

import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import type { Batch, BatchStream, Feed } from './feed.ts';

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;

/** torud is not there, or goes: the tail waits for it. Any other error ends it. */
export const AWAY_CODES: ReadonlySet<string> = new Set(['unreachable', 'unavailable', 'busy', 'timeout']);

export interface TailReader {
  onBatch(batch: Batch): void;
  onEnd(error: ErrorBody): void;
}

export class Tail {
  readonly #feed: Feed;
  readonly #readers = new Set<TailReader>();
  readonly #onUnused: () => void;
  #ready: Promise<Result<void, ErrorBody>> | undefined;
  #stream: BatchStream | undefined;
  #cursor: string | undefined;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onUnused called once, when its last reader has left, or it has ended */
  constructor(feed: Feed, onUnused: () => void) {
    this.#feed = feed;
    this.#onUnused = onUnused;
  }

  /** Where it is; undefined: there is no entry yet. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** From now on the reader gets all that is new. A failure: there is nothing to follow. */
  async join(reader: TailReader): Promise<Result<void, ErrorBody>> {
    this.#readers.add(reader);
    this.#ready ??= this.#open();
    const ready = await this.#ready;
    if (!ready.ok) this.leave(reader);
    return ready;
  }

  leave(reader: TailReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#stream?.close();
    this.#onUnused();
  }

  async #open(): Promise<Result<void, ErrorBody>> {
    const newest = await this.#feed.newest();
    if (!newest.ok) return failure(newest.failure);
    this.#cursor = newest.value?.cursor;
    void this.#follow(FIRST_DELAY_MS);
    return success(undefined);
  }

  async #follow(delayMs: number): Promise<void> {
    if (this.#isClosed) return;
    const stream = this.#feed.follow(this.#cursor);
    this.#stream = stream;
    let nextDelayMs = Math.min(LAST_DELAY_MS, 2 * delayMs);
    for await (const batch of stream.batches) {
      nextDelayMs = FIRST_DELAY_MS;
      this.#cursor = batch.cursor;
      for (const reader of this.#readers) reader.onBatch(batch);
    }
    stream.close();
    const outcome = await stream.outcome;
    if (this.#isClosed) return;
    if (!outcome.ok && !AWAY_CODES.has(outcome.failure.code)) {
      for (const reader of [...this.#readers]) reader.onEnd(outcome.failure);
      this.close();
      return;
    }
    this.#timer = setTimeout(() => void this.#follow(nextDelayMs), delayMs);
  }
}
