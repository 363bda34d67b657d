/**
 * Each read from a socket makes a buffer of up to 64 KiB, and V8 lets 32 MB of dead ones pile up before it looks at
 * them (Heap::AllocateExternalBackingStore). A client that floods torud would make it that much larger for good. So
 * the young generation is collected, which takes a millisecond, after each two megabytes that passed.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const SWEEP_BYTES = 2 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

export class BufferSweep {
  #collect: Collect | undefined;
  #passedBytes = 0;

  /** To be told of every read and every answer. */
  onBytes(bytes: number): void {
    this.#passedBytes += bytes;
    if (this.#passedBytes < SWEEP_BYTES) return;
    this.#passedBytes = 0;
    this.#collect ??= makeCollect();
    this.#collect({ type: 'minor' });
  }
}

/** `gc` exists in contexts that are made after the flag was set; the daemon's own context never gets it. */
function makeCollect(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as unknown;
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? (collect as Collect) : () => undefined;
}
