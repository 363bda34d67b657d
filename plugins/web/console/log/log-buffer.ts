/**
 * The newest lines of a log, at most so many, for a component that draws them. What comes is taken up a few times a second,
 * however fast it comes. While it is held (the reader has scrolled up) nothing moves: what comes meanwhile waits, and of
 * that too only the newest lines are kept.
 */

import { type LogEntry, type LogRow, RowMaker } from './log-rows.ts';

export const MAX_ROWS = 10_000;
/** Between two pictures, in milliseconds. */
const PACE_MS = 100;

export interface LogPicture {
  readonly rows: readonly LogRow[];
  /** The reader has scrolled up. */
  readonly isHeld: boolean;
  /** Lines that have come since then. */
  readonly waiting: number;
}

export class LogBuffer {
  readonly #maxRows: number;
  readonly #defer: (work: () => void) => () => void;
  readonly #readers = new Set<() => void>();
  #maker = new RowMaker();
  #picture: LogPicture = { rows: [], isHeld: false, waiting: 0 };
  /** What has come since the last picture, or while held. */
  #fresh: LogEntry[] = [];
  /** Lines that came before those of #fresh and were dropped. */
  #dropped = 0;
  #cancel: (() => void) | undefined;

  /** @param defer calls the work soon; its answer takes that back */
  constructor(maxRows = MAX_ROWS, defer: (work: () => void) => () => void = later) {
    this.#maxRows = maxRows;
    this.#defer = defer;
  }

  /** For useSyncExternalStore. */
  readonly watch = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  };

  readonly picture = (): LogPicture => this.#picture;

  add(entries: readonly LogEntry[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) this.#fresh.push(entry);
    // Not at each batch: taking from the front costs as much as all that is there.
    if (this.#fresh.length > 2 * this.#maxRows) this.#dropOldest();
    this.#cancel ??= this.#defer(() => this.#draw());
  }

  /** Another log is shown, or the same one anew. */
  clear(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#fresh = [];
    this.#dropped = 0;
    this.#maker = new RowMaker();
    this.#show({ rows: [], isHeld: false, waiting: 0 });
  }

  hold(): void {
    if (!this.#picture.isHeld) this.#show({ ...this.#picture, isHeld: true });
  }

  /** Takes up what waited. */
  release(): void {
    if (!this.#picture.isHeld) return;
    this.#picture = { ...this.#picture, isHeld: false };
    this.#takeUp();
  }

  #draw(): void {
    this.#cancel = undefined;
    if (this.#picture.isHeld) {
      const waiting = this.#dropped + this.#fresh.length;
      if (waiting !== this.#picture.waiting) this.#show({ ...this.#picture, waiting });
    } else this.#takeUp();
  }

  #takeUp(): void {
    this.#dropOldest();
    const gap = this.#dropped === 0 ? [] : [this.#maker.skipped(this.#dropped)];
    const rows = [...this.#picture.rows, ...gap, ...this.#maker.rowsOf(this.#fresh)];
    this.#fresh = [];
    this.#dropped = 0;
    this.#show({ rows: rows.slice(-this.#maxRows), isHeld: false, waiting: 0 });
  }

  #dropOldest(): void {
    const tooMany = this.#fresh.length - this.#maxRows;
    if (tooMany <= 0) return;
    this.#fresh = this.#fresh.slice(tooMany);
    this.#dropped += tooMany;
  }

  #show(picture: LogPicture): void {
    this.#picture = picture;
    for (const reader of [...this.#readers]) reader();
  }
}

function later(work: () => void): () => void {
  const timer = setTimeout(work, PACE_MS);
  return () => clearTimeout(timer);
}
