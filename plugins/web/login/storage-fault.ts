/** Errors of SQLite, and what they mean to whoever asked: the file of users cannot be read or written now. */

import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';

/** Primary result codes (sqlite.org/rescode.html); the lower 8 bits of what Node calls `errcode`. */
const BUSY = 5;
const LOCKED = 6;
const REASONS: Readonly<Record<number, string>> = {
  [BUSY]: 'another process holds it',
  [LOCKED]: 'another process holds it',
  8: 'it may only be read',
  10: 'reading or writing failed',
  11: 'it is damaged',
  13: 'the disk is full',
  14: 'it cannot be opened',
  26: 'it is no database',
};

function resultCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined;
}

/** True when somebody else writes to the file. */
export function isBusyStorage(thrown: unknown): boolean {
  const code = resultCodeOf(thrown);
  return code === BUSY || code === LOCKED;
}

/** `unavailable`, with one line on why; undefined for whatever is no trouble with the file: a bug. */
export function storageProblem(thrown: unknown): ErrorBody | undefined {
  const reason = REASONS[resultCodeOf(thrown) ?? -1];
  if (reason === undefined) return undefined;
  return errorBody('unavailable', `web.db, the file of users and sessions, cannot be used now: ${reason}`, {
    hint: 'nothing was changed; try again',
  });
}
