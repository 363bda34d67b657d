/** A number in the plugin's store that is counted up. */

import type { PluginContext } from '../sdk/index.ts';

/** Somebody else may change the number between our read and our write (`toru kv set`): then it is read again. */
const MAX_TRIES = 5;

/** The number, or why it is not known. */
export type Count = { readonly count: number } | { readonly fault: string };

export class Counter {
  readonly #key: string;
  /** Counted one after the other, so that two at once are two. */
  #last: Promise<Count> = Promise.resolve({ count: 0 });

  /** @param key in the store */
  constructor(key: string) {
    this.#key = key;
  }

  async read({ kv }: PluginContext): Promise<Count> {
    const stored = await kv.get(this.#key);
    return stored.ok ? { count: Number(stored.value.value) || 0 } : { fault: stored.failure.message };
  }

  /** One more; answers when that is on disk. */
  add(context: PluginContext): Promise<Count> {
    this.#last = this.#last.then(() => this.#addOne(context));
    return this.#last;
  }

  async #addOne({ kv }: PluginContext): Promise<Count> {
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const stored = await kv.get(this.#key);
      if (!stored.ok) return { fault: stored.failure.message };
      const count = (Number(stored.value.value) || 0) + 1;
      const written = await kv.set(this.#key, String(count), { ifVersion: stored.value.version });
      if (written.ok) return { count };
      if (written.failure.code !== 'conflict') return { fault: written.failure.message };
    }
    return { fault: `the count was changed by others ${MAX_TRIES} times` };
  }
}
