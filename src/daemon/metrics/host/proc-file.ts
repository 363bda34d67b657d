/** Small files of /proc that are read again and again: one descriptor each that stays open, one buffer for all. */

import { closeSync, openSync, readSync } from 'node:fs';
import { errnoOf } from '../../../protocol/result.ts';

/** Beyond this nothing is read: what is needed of a longer file stands at its beginning. */
const MAX_BYTES = 1024 * 1024;
const FIRST_BYTES = 16 * 1024;

let room = Buffer.alloc(FIRST_BYTES);

export interface ProcFileOptions {
  /** Text from which on nothing is needed. */
  readonly end?: string;
  /** The kernel makes it in one piece: a short read is its end. Of others it hands out as many whole lines as fit a page. */
  readonly isOnePiece?: boolean;
}

export class ProcFile {
  readonly #path: string;
  readonly #options: ProcFileOptions;
  #descriptor: number | undefined;

  constructor(path: string, options: ProcFileOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  /** The text now; empty when there is no such file, or it cannot be read, as in some containers. */
  read(): string {
    try {
      this.#descriptor ??= openSync(this.#path, 'r');
      // Filling it may make the room another one.
      const length = this.#fill(this.#descriptor);
      return room.toString('latin1', 0, length);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      this.close();
      return '';
    }
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) closeSync(descriptor);
  }

  /** How many bytes of `room` are the file's. */
  #fill(descriptor: number): number {
    const { end, isOnePiece = false } = this.#options;
    let length = 0;
    for (;;) {
      const count = readSync(descriptor, room, length, room.length - length, length);
      length += count;
      const found = end === undefined ? -1 : room.subarray(0, length).indexOf(end);
      if (found !== -1) return found;
      const isFull = length === room.length;
      if (count === 0 || (isOnePiece && !isFull) || length >= MAX_BYTES) return length;
      if (isFull) room = Buffer.concat([room], room.length * 2);
    }
  }
}
