/** Which entries of a batch a client wants; the answer is kept for as long as the batch is. */

import type { Batch, Entry } from './feed.ts';

export class Selector {
  readonly #choose: ((entries: readonly Entry[]) => readonly Entry[]) | undefined;
  readonly #known = new WeakMap<Batch, readonly Entry[]>();

  /** @param choose undefined: all of them */
  constructor(choose: ((entries: readonly Entry[]) => readonly Entry[]) | undefined) {
    this.#choose = choose;
  }

  select(batch: Batch): readonly Entry[] {
    if (this.#choose === undefined) return batch.entries;
    let selected = this.#known.get(batch);
    if (selected === undefined) {
      selected = this.#choose(batch.entries);
      this.#known.set(batch, selected);
    }
    return selected;
  }
}
