/** Why something was not unpacked. */

import { errnoOf, messageOf } from '../../protocol/result.ts';
import { oneLine } from '../base/one-line.ts';

export interface UnpackFailure {
  /**
   * `invalid`: what lies there is not taken. `not_found`: nothing lies there. `failed`: this machine could not do it (disk full,
   * not readable). `interrupted`: nobody waits for it any more.
   */
  readonly code: 'invalid' | 'not_found' | 'failed' | 'interrupted';
  /** One line without the source's name. */
  readonly message: string;
}

const MAX_MESSAGE = 400;

/** Thrown while unpacking and caught in unpack() alone, which makes a value of it: what throws lies deep inside streams. */
export class UnpackStop extends Error {
  readonly failure: UnpackFailure;

  constructor(code: UnpackFailure['code'], message: string) {
    super(message);
    this.failure = { code, message: oneLine(message, MAX_MESSAGE) };
  }
}

export function refuse(message: string): UnpackStop {
  return new UnpackStop('invalid', message);
}

/** A name of somebody else's as messages show it: quoted, short, on one line. */
export function quoteName(name: string): string {
  return `"${oneLine(name, 120)}"`;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'the device gave an input/output error',
};

/** A system error in a few words; undefined when it is none. */
export function systemWords(thrown: unknown): string | undefined {
  const errno = errnoOf(thrown);
  if (errno === undefined) return undefined;
  return WORDS[errno] ?? oneLine(messageOf(thrown), MAX_MESSAGE);
}
