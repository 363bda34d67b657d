/** The end of a file that others may have put there: no link is followed, no pipe waited for. */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';

export interface Tail {
  readonly text: string;
  /** True when the beginning is missing. */
  readonly isCut: boolean;
}

/** @param maxBytes whole lines of at most so many bytes. Failure: why there is nothing, one line */
export function tailOf(path: string, maxBytes: number): Result<Tail, string> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return failure(messageOf(thrown));
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return failure(`${path} is not a regular file`);
    return success(readEnd(descriptor, stats.size, maxBytes));
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return failure(messageOf(thrown));
  } finally {
    closeSync(descriptor);
  }
}

function readEnd(descriptor: number, size: number, maxBytes: number): Tail {
  // Files of /proc have no size until they are read.
  const start = Math.max(0, size - maxBytes);
  const room = Buffer.alloc(size === 0 ? maxBytes : size - start);
  let length = 0;
  while (length < room.length) {
    const count = readSync(
      descriptor,
      room,
      length,
      room.length - length,
      size === 0 ? null : start + length,
    );
    if (count === 0) break;
    length += count;
  }
  const text = room.toString('utf8', 0, length);
  return start === 0 ? { text, isCut: false } : { text: text.slice(text.indexOf('\n') + 1), isCut: true };
}
