/** The table `sessions`: who is signed in with a cookie. The cookie's value is stored as its hash. */

import type { Database } from './database.ts';
import type { Revocations } from './revocations.ts';
import { hashSecret, makeSecret } from './secret.ts';

/** A session ends so long after its last request, and at the latest so long after the sign-in. */
export const IDLE_LIMIT_MS = 12 * 3600_000;
export const AGE_LIMIT_MS = 7 * 24 * 3600_000;

/** The time of the last request is written at most so often. */
const TOUCH_EVERY_MS = 60_000;

/** Sessions of one user; the oldest goes when there would be one more. */
const MAX_PER_USER = 50;

export interface Session {
  readonly hash: string;
  readonly userId: number;
  /** What a page has to send along with each change (server/csrf.ts). */
  readonly csrfToken: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
}

export interface NewSession {
  /** For the cookie; nobody can know it later. */
  readonly secret: string;
  readonly csrfToken: string;
  readonly expiresAt: number;
}

export class SessionTable {
  readonly #database: Database;
  readonly #revocations: Revocations;
  /** Hashes of those that were ended here but not in the file: they are over all the same. */
  readonly #ended = new Set<string>();

  constructor(database: Database, revocations: Revocations) {
    this.#database = database;
    this.#revocations = revocations;
  }

  /** @param address from where, for the list of sessions */
  begin(userId: number, address: string, now: number): NewSession {
    const secret = makeSecret();
    const csrfToken = makeSecret();
    const expiresAt = now + AGE_LIMIT_MS;
    this.#database.transaction(() => {
      this.prune(now);
      for (const hash of this.#ended) this.#database.change('DELETE FROM sessions WHERE hash = ?', hash);
      this.#database.change(
        `INSERT INTO sessions (hash, user_id, csrf_token, created_at, last_seen_at, expires_at, address)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        hashSecret(secret),
        userId,
        csrfToken,
        now,
        now,
        expiresAt,
        address,
      );
      this.#database.change(
        `DELETE FROM sessions WHERE user_id = ?1 AND hash NOT IN
         (SELECT hash FROM sessions WHERE user_id = ?1 ORDER BY created_at DESC LIMIT ${MAX_PER_USER})`,
        userId,
      );
    });
    return { secret, csrfToken, expiresAt };
  }

  /** The session of a cookie, if it is one of ours and still good; remembers that it was used. */
  use(secret: string, now: number): Session | undefined {
    const session = this.#database.row<Session>(
      `SELECT hash, user_id AS userId, csrf_token AS csrfToken, created_at AS createdAt,
       last_seen_at AS lastSeenAt, expires_at AS expiresAt FROM sessions WHERE hash = ?`,
      hashSecret(secret),
    );
    if (session === undefined || now >= session.expiresAt || now >= session.lastSeenAt + IDLE_LIMIT_MS) {
      return undefined;
    }
    if (this.#ended.has(session.hash)) {
      this.#database.changeIfPossible('DELETE FROM sessions WHERE hash = ?', session.hash);
      return undefined;
    }
    if (now >= session.lastSeenAt + TOUCH_EVERY_MS) {
      this.#database.changeIfPossible(
        'UPDATE sessions SET last_seen_at = ? WHERE hash = ?',
        now,
        session.hash,
      );
    }
    return session;
  }

  /** Over in this process, also when it throws because the file cannot be written. */
  end(hash: string): void {
    this.#ended.add(hash);
    this.#revocations.note();
    this.#database.change('DELETE FROM sessions WHERE hash = ?', hash);
    this.#ended.delete(hash);
  }

  /** @param except hash of the one that goes on */
  endAllOf(userId: number, except = ''): void {
    this.#database.change('DELETE FROM sessions WHERE user_id = ? AND hash <> ?', userId, except);
    this.#revocations.note();
  }

  prune(now: number): void {
    this.#database.change(
      'DELETE FROM sessions WHERE expires_at <= ? OR last_seen_at <= ?',
      now,
      now - IDLE_LIMIT_MS,
    );
  }
}
