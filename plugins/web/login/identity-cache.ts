/**
 * Who secrets stand for, remembered for a moment: a page or a script asks many times a second, and the look-ups
 * in the file for each would be a sixth of all that handing a request to a plugin costs. Any change to the file, by
 * whichever process, makes all of it be looked up again.
 */

import type { Identity } from './identity.ts';

/** Longest time without a look at the file, in milliseconds: limits that pass meanwhile count so much later. */
const KEPT_MS = 1_000;
const MAX_KEPT = 1_000;

interface Known {
  readonly identity: Identity;
  readonly at: number;
}

export class IdentityCache {
  readonly #generation: () => number;
  readonly #known = new Map<string, Known>();
  #knownIn = Number.NaN;

  /** @param generation another number after each change to the file */
  constructor(generation: () => number) {
    this.#generation = generation;
  }

  /**
   * Only whom `look` has found is remembered.
   * @param proof what was shown, with a word for its kind before it: a session's secret is no token
   */
  find(proof: string, now: number, look: () => Identity | undefined): Identity | undefined {
    const generation = this.#generation();
    if (generation !== this.#knownIn || this.#known.size >= MAX_KEPT) this.#known.clear();
    this.#knownIn = generation;
    const known = this.#known.get(proof);
    if (known !== undefined && now >= known.at && now - known.at < KEPT_MS) return known.identity;
    this.#known.delete(proof);
    const identity = look();
    if (identity !== undefined) this.#known.set(proof, { identity, at: now });
    return identity;
  }
}
