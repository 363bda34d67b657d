/**
 * Frees the buffers of bodies that have passed through. V8 lets 64 MB of them pile up before it looks for garbage that lies
 * outside its heap, since the objects that it counts are tiny; a collection of the young generation finds them all in a
 * millisecond or two. Those that were in use at two collections it finds no more: when they have become many, all of the
 * heap is looked at.
 */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'minor' | 'major' }) => void;

/** How many bytes pass between two collections. */
const EVERY_BYTES = 1024 * 1024;
/** How many collections are made between two looks at what they leave. */
const LOOK_EVERY = 16;
/** Bytes in buffers, used or not, at which all of the heap is looked at. */
const MANY_BYTES = 16 * 1024 * 1024;

let collect: Collect | undefined;
let passedBytes = 0;
let collections = 0;

/** To be called with the length of each chunk of a streamed body. */
export function notePassed(bytes: number): void {
  passedBytes += bytes;
  if (passedBytes < EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= findCollect();
  collect({ type: 'minor' });
  collections += 1;
  if (collections % LOOK_EVERY !== 0 || process.memoryUsage().arrayBuffers < MANY_BYTES) return;
  collect({ type: 'major' });
}

/** Collects all of the heap; some tens of milliseconds. */
export function collectAll(): void {
  collect ??= findCollect();
  collect({ type: 'major' });
}

/** A new context is given `gc` once the flag is set; the program's own global is not. */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
