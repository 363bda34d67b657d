/** Lets go of old tasks also while none ends: after a start, when the settings are other ones, and once an hour. */

import type { Clock, Timer } from '../base/clock.ts';
import type { TaskBook } from './task-book.ts';

/** `keep_days` counts in days; later than this nobody would call on time. */
export const CLEAR_EVERY_MS = 3_600_000;
/** Between two batches, so that others are answered. */
const REST_MS = 1;

export class TaskRetention {
  readonly #book: Pick<TaskBook, 'prune' | 'isEmpty'>;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #isClearing = false;
  #isClosed = false;

  constructor(book: Pick<TaskBook, 'prune' | 'isEmpty'>, clock: Clock) {
    this.#book = book;
    this.#clock = clock;
  }

  /** Removes all that is over now, in steps. */
  clear(): void {
    if (this.#isClosed || this.#isClearing) return;
    this.#isClearing = true;
    this.#step();
  }

  /** There is a task in the history: it is looked at again when it may be too old. No timer waits while there is none. */
  watch(): void {
    if (this.#timer === undefined) this.#wait(CLEAR_EVERY_MS);
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #step(): void {
    this.#book.prune((removed) => {
      this.#isClearing = removed > 0;
      if (removed > 0) this.#wait(REST_MS);
      else if (!this.#book.isEmpty()) this.#wait(CLEAR_EVERY_MS);
    });
  }

  #wait(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.#isClearing = true;
      this.#step();
    }, delayMs);
  }
}
