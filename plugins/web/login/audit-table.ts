/** The table `audit`: every change that was asked for over HTTP or with `toru-web`, by whom, and what came of it. */

import { sanitiseField } from '../../../src/cli/output/sanitise.ts';
import type { Database } from './database.ts';

const KEPT_ROWS = 100_000;

export interface AuditEntry {
  readonly id: number;
  readonly at: number;
  /** A user's name, `NAME (token N)`, or `toru-web (uid N)`. */
  readonly actor: string;
  readonly address: string;
  /** `sign-in`, `plugin.enable`, `user.add`, … */
  readonly action: string;
  /** The plugin, user or token that it was about; empty for none. */
  readonly target: string;
  /** `ok`, or an error's code. */
  readonly result: string;
}

export class AuditTable {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Control characters are kept as `\\x1b`: what was asked for is written by whoever asks, also by who may not. */
  note(entry: Omit<AuditEntry, 'id'>): void {
    this.#database.transaction(() => {
      const { lastId } = this.#database.change(
        'INSERT INTO audit (at, actor, address, action, target, result) VALUES (?, ?, ?, ?, ?, ?)',
        entry.at,
        ...[entry.actor, entry.address, entry.action, entry.target, entry.result].map(sanitiseField),
      );
      this.#database.change('DELETE FROM audit WHERE id <= ?', lastId - KEPT_ROWS);
    });
  }

  /** Newest first. @param beforeId only older ones: the next page */
  newest(limit: number, beforeId = Number.MAX_SAFE_INTEGER): readonly AuditEntry[] {
    return this.#database.rows<AuditEntry>(
      'SELECT id, at, actor, address, action, target, result FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?',
      beforeId,
      limit,
    );
  }
}
