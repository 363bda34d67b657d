/**
 * Frees the buffers of bodies that have passed through. V8 lets 64 MB of them pile up before it looks for garbage that lies
 * outside its heap, since the objects that it counts are tiny; a collection of the young generation finds them all in a
 * millisecond or two.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectYoung = (options: { type: 'minor' }) => void;

/** How many bytes pass between two collections. */
const EVERY_BYTES = 1024 * 1024;

let collect: CollectYoung | undefined;
let passedBytes = 0;

/** To be called with the length of each chunk of a streamed body. */
export function notePassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= findCollect();
  collect({ type: 'minor' });
}

/** A new context is given `gc` once the flag is set; the program's own global is not. */
function findCollect(): CollectYoung {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as CollectYoung;
}
