/**
 * From a name and a password to a session. Limits count failures of the last quarter of an hour: few of a user from one
 * place, more from one place over all users, most of a user from everywhere. Who has signed in from a place before is
 * locked out there by failures under the same name alone.
 */

import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { Accounts } from './accounts.ts';
import { networkOf } from './network.ts';
import { MAX_PASSWORD_BYTES } from './password.ts';
import type { NewSession } from './session-table.ts';
import type { User } from './user-table.ts';

export const WINDOW_MS = 15 * 60_000;
export const MAX_FAILURES = { userAndPlace: 5, place: 20, user: 50 };
/** A sign-in from a place counts as known so long. */
const KNOWN_MS = 30 * 24 * 3600_000;
/** Names longer than any user's are cut before they are kept. */
const MAX_KEPT_NAME = 64;

export interface Refusal {
  readonly error: ErrorBody;
  /** With `busy`: when it may be tried again. */
  readonly retryAfterSeconds?: number;
}

export interface SignedIn {
  readonly user: User;
  readonly session: NewSession;
}

/** `denied`: name or password are wrong, and nothing says which. `busy`: too many tries. */
export async function signIn(
  accounts: Accounts,
  credentials: { readonly name: string; readonly password: string },
  address: string,
): Promise<Result<SignedIn, Refusal>> {
  const { attempts, users, passwords } = accounts;
  const name = printable(credentials.name);
  const network = networkOf(address);
  const waitMs = waitFor(accounts, name, network);
  if (waitMs > 0) {
    attempts.note(name, address, network, 'limited', accounts.now());
    note(accounts, name, address, 'busy');
    return failure(tooMany(waitMs));
  }
  const attempt = attempts.note(name, address, network, 'pending', accounts.now());
  const user = users.byName(credentials.name);
  const isTooLong = Buffer.byteLength(credentials.password) > MAX_PASSWORD_BYTES;
  const right = await passwords.isRight(isTooLong ? '' : credentials.password, user?.passwordHash);
  if (!right.ok) {
    attempts.settle(attempt, 'limited');
    return failure(tooMany(1_000));
  }
  // The user may have been removed, or have another password by now.
  const current = user === undefined ? undefined : users.byId(user.id);
  if (!right.value || isTooLong || current?.passwordHash !== user?.passwordHash || current === undefined) {
    attempts.settle(attempt, 'failure');
    note(accounts, name, address, 'denied');
    return failure({ error: errorBody('denied', 'the user name or the password is wrong') });
  }
  const session = accounts.transaction(() => {
    attempts.settle(attempt, 'success');
    users.noteSignIn(current.id, accounts.now());
    note(accounts, name, address, 'ok');
    return accounts.sessions.begin(current.id, address, accounts.now());
  });
  return success({ user: current, session });
}

/** Milliseconds until a next try is looked at; 0: now. */
function waitFor({ attempts, now }: Accounts, userName: string, network: string): number {
  const since = now() - WINDOW_MS;
  const lastSuccess = attempts.lastSuccess(userName, network) ?? 0;
  const isKnown = lastSuccess > now() - KNOWN_MS;
  // A right password ends the count of wrong ones before it, at that place.
  const own = attempts.failures({ userName, network }, Math.max(since, lastSuccess));
  const counts = [{ ...own, limit: MAX_FAILURES.userAndPlace }];
  if (!isKnown) {
    counts.push({ ...attempts.failures({ network }, since), limit: MAX_FAILURES.place });
    counts.push({ ...attempts.failures({ userName }, since), limit: MAX_FAILURES.user });
  }
  const waits = counts.filter(({ count, limit }) => count >= limit).map(({ oldestAt }) => oldestAt - since);
  return Math.max(0, ...waits);
}

function tooMany(waitMs: number): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return {
    error: errorBody('busy', 'too many attempts to sign in', { hint: `try again in ${retryAfterSeconds} s` }),
    retryAfterSeconds,
  };
}

function note({ audit, now }: Accounts, actor: string, address: string, result: string): void {
  audit.note({ at: now(), actor, address, action: 'sign-in', target: '', result });
}

/** What people type there, passwords in the wrong field for one, is kept short and on one line. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_KEPT_NAME);
}
