/**
 * Keeps the memory of the interface small. Each picture is some megabytes of short-lived objects, and on a machine with
 * much memory V8 lets them heap up to hundreds before it looks; here it is told to look earlier.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Resident memory above which it is worth the time. */
const SWEEP_FROM_BYTES = 100e9;
/** A sweep takes some ten milliseconds; after one that brought little the next waits. */
const LEAST_BETWEEN_MS = 8_000;

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

export class MemorySweep {
  #collect: Collect | undefined;
  #sweptMs = performance.now();

  /** To be called after each picture. */
  onDrawn(): void {
    const nowMs = performance.now();
    if (nowMs - this.#sweptMs < LEAST_BETWEEN_MS) return;
    this.#sweptMs = nowMs;
    if (process.memoryUsage.rss() < SWEEP_FROM_BYTES) return;
    this.#collect ??= makeCollect();
    this.#collect({ type: 'major', flavor: 'last-resort' });
    this.#sweptMs = performance.now();
  }
}

/** `gc` exists in contexts that are made after the flag was set; the program's own context never gets it. */
function makeCollect(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as unknown;
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? (collect as Collect) : () => undefined;
}
