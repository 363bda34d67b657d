/** Reads files that somebody else wrote, without trusting what they are: no pipe that hangs, no file without end. */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';

export interface SmallFile {
  readonly bytes: Buffer;
  readonly stats: Stats;
}

export interface SmallFileFailure {
  /** `ENOENT`, …; undefined when the file is there but is not taken. */
  readonly errno: string | undefined;
  /** One line without the file's name: `is longer than 64 KiB`. */
  readonly reason: string;
}

/** @param maxBytes longest file that is taken */
export function readSmallFile(path: string, maxBytes: number): Result<SmallFile, SmallFileFailure> {
  let descriptor: number;
  try {
    // O_NONBLOCK: a FIFO of that name must not hold the daemon until somebody writes to it.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    return failure({ errno: errnoOf(thrown), reason: `cannot be read: ${shortError(thrown)}` });
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return failure({ errno: undefined, reason: 'is not a regular file' });
    const bytes = readUpTo(descriptor, stats.size, maxBytes);
    if (bytes === undefined)
      return failure({ errno: undefined, reason: `is longer than ${sizeText(maxBytes)}` });
    return success({ bytes, stats });
  } catch (thrown) {
    return failure({ errno: errnoOf(thrown), reason: `cannot be read: ${shortError(thrown)}` });
  } finally {
    closeSync(descriptor);
  }
}

/** All bytes, or undefined when there are more than `maxBytes`: the file may grow while it is read. */
function readUpTo(descriptor: number, sizeBytes: number, maxBytes: number): Buffer | undefined {
  if (sizeBytes > maxBytes) return undefined;
  let room = Buffer.allocUnsafe(sizeBytes + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, room, length, room.length - length, null);
    if (count === 0) return room.subarray(0, length);
    length += count;
    if (length > maxBytes) return undefined;
    if (length === room.length) room = Buffer.concat([room], Math.min(room.length * 2, maxBytes + 1));
  }
}

/** Text of UTF-8 bytes (a byte order mark is dropped), or undefined when they are none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}

/** `EACCES: permission denied`: a system error's message without the call and the path that follow the comma. */
export function shortError(thrown: unknown): string {
  const message = messageOf(thrown);
  const end = errnoOf(thrown) === undefined ? -1 : message.indexOf(',');
  return end === -1 ? message : message.slice(0, end);
}

function sizeText(bytes: number): string {
  return bytes % (1024 * 1024) === 0 ? `${bytes / (1024 * 1024)} MiB` : `${bytes / 1024} KiB`;
}
