/**
 * Gives back what a flood leaves behind. V8 lets garbage of the old generation and outside its heap lie for as long as it
 * has room, and this module shares a machine with what it serves. Looks only while somebody connects.
 */

import { collectAll } from '../forward/passing-buffers.ts';

/** From a connection to the look. */
const LOOK_MS = 250;
/** More resident memory than after the last collection, in bytes, that is worth one. */
const WORTH_BYTES = 6 * 1024 * 1024;

export class MemoryKeeper {
  readonly #resident: () => number;
  readonly #collect: () => void;
  #low: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param resident bytes now */
  constructor(resident: () => number = () => process.memoryUsage.rss(), collect: () => void = collectAll) {
    this.#resident = resident;
    this.#collect = collect;
    this.#low = resident();
  }

  /** Somebody has connected. */
  note(): void {
    this.#timer ??= setTimeout(() => this.look(), LOOK_MS).unref();
  }

  look(): void {
    this.#timer = undefined;
    const now = this.#resident();
    if (now - this.#low < WORTH_BYTES) {
      this.#low = Math.min(this.#low, now);
      return;
    }
    this.#collect();
    this.#low = this.#resident();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
