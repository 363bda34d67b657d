/** Table `audit`: every change that was asked for, and by whom. */

import type { Actor } from '../../protocol/control/plugins.ts';
import type { Database } from './database.ts';
import { fromJson, toJson } from './json-column.ts';

/** Entries that are kept. */
export const MAX_AUDIT_ENTRIES = 100_000;

export interface AuditEntry {
  readonly id: number;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  readonly actor: Actor;
  readonly method: string;
  readonly params: unknown;
  readonly result: unknown;
}

interface Row {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly method: string;
  readonly params: string;
  readonly result: string;
}

export class AuditStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Only inside a transaction. */
  append(entry: Omit<AuditEntry, 'id'>): AuditEntry {
    const { lastId } = this.#db.change(
      'INSERT INTO audit (at, actor, method, params, result) VALUES (?, ?, ?, ?, ?)',
      entry.at,
      toJson(entry.actor),
      entry.method,
      toJson(entry.params),
      toJson(entry.result),
    );
    this.#db.change('DELETE FROM audit WHERE id <= ?', lastId - MAX_AUDIT_ENTRIES);
    return { ...entry, id: lastId };
  }

  /** The newest `limit`, oldest first. */
  read(limit: number): AuditEntry[] {
    const rows = this.#db.rows<Row>('SELECT * FROM audit ORDER BY id DESC LIMIT ?', limit);
    return rows.reverse().map((row) => ({
      ...row,
      actor: fromJson<Actor>(row.actor),
      params: fromJson(row.params),
      result: fromJson(row.result),
    }));
  }
}
