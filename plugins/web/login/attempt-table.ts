/**
 * The table `login_attempts`: who tried to sign in, from where, and what came of it. An attempt is noted before its
 * password is looked at, so that many at once count like many in a row.
 */

import type { Database } from './database.ts';

export type AttemptOutcome = 'pending' | 'success' | 'failure' | 'limited';

export interface Attempt {
  readonly id: number;
  readonly at: number;
  readonly userName: string;
  readonly address: string;
  readonly outcome: AttemptOutcome;
}

/** Kept so long, and so many. */
const KEPT_MS = 90 * 24 * 3600_000;
const KEPT_ROWS = 100_000;

export interface FailureCount {
  readonly count: number;
  /** When the oldest of them was. */
  readonly oldestAt: number;
}

export class AttemptTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param network what counts as one place: the address, or its network (login/network.ts) */
  note(userName: string, address: string, network: string, outcome: AttemptOutcome, now: number): number {
    return this.#database.transaction(() => {
      const { lastId } = this.#database.change(
        'INSERT INTO login_attempts (at, user_name, address, network, outcome) VALUES (?, ?, ?, ?, ?)',
        now,
        userName,
        address,
        network,
        outcome,
      );
      this.#database.change(
        'DELETE FROM login_attempts WHERE id <= ? OR at < ?',
        lastId - KEPT_ROWS,
        now - KEPT_MS,
      );
      return lastId;
    });
  }

  settle(id: number, outcome: AttemptOutcome): void {
    this.#database.change('UPDATE login_attempts SET outcome = ? WHERE id = ?', outcome, id);
  }

  /** Failures, and those not yet decided, since then: of a user at a place, of a user, or of a place. */
  failures(of: { readonly userName?: string; readonly network?: string }, since: number): FailureCount {
    const row = this.#database.row<{ count: number; oldestAt: number | null }>(
      `SELECT count(*) AS count, min(at) AS oldestAt FROM login_attempts
       WHERE at > ?1 AND outcome IN ('failure', 'pending')
       AND (?2 IS NULL OR user_name = ?2) AND (?3 IS NULL OR network = ?3)`,
      since,
      of.userName ?? null,
      of.network ?? null,
    );
    return { count: row?.count ?? 0, oldestAt: row?.oldestAt ?? since };
  }

  /** When this user last signed in from this place. */
  lastSuccess(userName: string, network: string): number | undefined {
    const row = this.#database.row<{ at: number | null }>(
      "SELECT max(at) AS at FROM login_attempts WHERE user_name = ? AND network = ? AND outcome = 'success'",
      userName,
      network,
    );
    return row?.at ?? undefined;
  }

  /** Newest first. */
  newest(limit: number): readonly Attempt[] {
    return this.#database.rows<Attempt>(
      'SELECT id, at, user_name AS userName, address, outcome FROM login_attempts ORDER BY id DESC LIMIT ?',
      limit,
    );
  }

  /** Attempts of a process that died over them. */
  settlePending(): void {
    this.#database.changeIfPossible(
      "UPDATE login_attempts SET outcome = 'failure' WHERE outcome = 'pending'",
    );
  }
}
