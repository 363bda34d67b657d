/**
 * One client that follows a feed, from history to what comes, without a gap and without a repetition:
 *
 *   joined, reading what was ──▶ live ── slow ──▶ waiting for the client ── drained ──▶ joined, reading what was missed ─▶ …
 *
 * While it reads, what is new is kept for it, up to a limit; beyond that it reads on once more. A slow client costs what
 * waits in its connection, and nothing else.
 */

import type { ErrorBody } from '../../../../src/protocol/errors.ts';
import { type Batch, type BatchStream, type Entry, isBehind } from './feed.ts';
import { passed } from './passed.ts';
import type { Sink } from './sink.ts';
import { AWAY_CODES, type Tail, type TailReader } from './tail.ts';

/** New batches kept for a client that reads what was. */
const MAX_KEPT_BATCHES = 32;
/** While torud is away, in milliseconds. */
const RETRY_MS = 500;

export interface FollowOptions {
  readonly writer: Sink;
  /** The feed's, made anew when it has ended. */
  readonly tail: () => Tail;
  /** What was before the client came, as far as it wants that. */
  readonly readHistory: () => Promise<BatchStream>;
  /** All behind a cursor; undefined: from the very beginning. */
  readonly readOn: (cursor: string | undefined) => Promise<BatchStream>;
  /** The entries of a batch that this client wants. The same array of the same batch for equal filters. */
  readonly select: (batch: Batch) => readonly Entry[];
  /** Why it cannot go on; asked after each batch. */
  readonly fault?: () => ErrorBody | undefined;
}

export class Follower implements TailReader {
  readonly #options: FollowOptions;
  /** Of the last entry that was sent. */
  #order: readonly number[] = [];
  #cursor: string | undefined;
  /** Its history was read, or its cursor stands for it. */
  #hasBegun: boolean;
  #kept: Batch[] | undefined = [];
  #hasMissed = false;
  #isLive = false;
  #wake: (() => void) | undefined;
  #ended: ErrorBody | undefined;

  /** @param start where it begins: behind a cursor (undefined: the very beginning), or with the history */
  constructor(options: FollowOptions, start: { readonly cursor: string | undefined } | 'history') {
    this.#options = options;
    this.#cursor = start === 'history' ? undefined : start.cursor;
    this.#hasBegun = start !== 'history';
  }

  /** Serves until the client is gone. Undefined, or why there was nothing (more) to follow. */
  async run(): Promise<ErrorBody | undefined> {
    const { writer } = this.#options;
    while (!writer.closed.aborted) {
      const fault = await this.#round();
      if (this.#ended !== undefined) return this.#ended;
      if (fault === undefined) await writer.caughtUp();
      else if (!AWAY_CODES.has(fault.code)) return fault;
      else await passed(RETRY_MS, writer.closed);
    }
    return undefined;
  }

  async #round(): Promise<ErrorBody | undefined> {
    this.#kept = [];
    this.#hasMissed = false;
    const tail = this.#options.tail();
    const joined = await tail.join(this);
    if (!joined.ok) return joined.failure;
    // Without any entry of before it goes on from here: all that is new is behind it.
    const joinedAt = tail.cursor;
    const fault = await this.#readOn();
    if (fault === undefined && !this.#hasBegun) {
      this.#hasBegun = true;
      this.#cursor ??= joinedAt;
    }
    if (fault === undefined && this.#goLive()) await this.#untilSlow();
    this.#isLive = false;
    tail.leave(this);
    return fault;
  }

  onBatch(batch: Batch): void {
    if (this.#isLive) this.#send(batch);
    else if (this.#kept !== undefined && this.#kept.length < MAX_KEPT_BATCHES) this.#kept.push(batch);
    else {
      this.#kept = undefined;
      this.#hasMissed = true;
    }
  }

  onEnd(error: ErrorBody): void {
    this.#ended = error;
    this.#wake?.();
  }

  /** Reads what was, as far as the client keeps up. */
  async #readOn(): Promise<ErrorBody | undefined> {
    const { writer, readHistory, readOn } = this.#options;
    const stream = await (this.#hasBegun ? readOn(this.#cursor) : readHistory());
    if (writer.closed.aborted) {
      stream.close();
      return undefined;
    }
    const close = (): void => stream.close();
    writer.closed.addEventListener('abort', close);
    let isCut = false;
    for await (const batch of stream.batches) {
      this.#send(batch);
      if (!writer.isSlow && this.#ended === undefined) continue;
      isCut = true;
      break;
    }
    writer.closed.removeEventListener('abort', close);
    stream.close();
    if (isCut || writer.closed.aborted) {
      this.#hasBegun = true;
      this.#hasMissed = true;
      return undefined;
    }
    const outcome = await stream.outcome;
    return outcome.ok ? undefined : outcome.failure;
  }

  /** Sends what was kept; true when nothing is missing between that and what comes. */
  #goLive(): boolean {
    if (this.#hasMissed || this.#options.writer.isSlow) return false;
    for (const batch of this.#kept ?? []) this.#send(batch);
    this.#kept = undefined;
    this.#isLive = true;
    this.#options.writer.onLive?.();
    return true;
  }

  #untilSlow(): Promise<void> {
    const { writer } = this.#options;
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#wake = undefined;
        writer.closed.removeEventListener('abort', settle);
        resolve();
      };
      this.#wake = settle;
      writer.closed.addEventListener('abort', settle);
      if (writer.isSlow || writer.closed.aborted || this.#ended !== undefined) settle();
    });
  }

  #send(batch: Batch): void {
    const { writer, select } = this.#options;
    // Whoever was too slow reads on from the cursor.
    if (this.#isLive && writer.isSlow) {
      this.#isLive = false;
      this.#wake?.();
      return;
    }
    const selected = select(batch);
    const [first] = selected;
    const entries =
      first === undefined || isBehind(first, this.#order)
        ? selected
        : selected.filter((entry) => isBehind(entry, this.#order));
    const last = entries.at(-1);
    if (last !== undefined) {
      writer.sendEntries(entries, batch);
      this.#order = last.order;
    }
    this.#cursor = batch.cursor;
    this.#ended ??= this.#options.fault?.();
    if (this.#isLive && (writer.isSlow || this.#ended !== undefined)) {
      this.#isLive = false;
      this.#wake?.();
    }
  }
}
