/** Table `audit`: every change that was asked for, and by whom. */

import type { Actor } from '../../protocol/control/plugins.ts';
import type { Database } from './database.ts';
import { fromJson, toJson } from './json-column.ts';
import { Conditions, comparableTime } from './selection.ts';

/** Entries that are kept. */
export const MAX_AUDIT_ENTRIES = 100_000;
const DEFAULT_LIMIT = 1_000;

export interface AuditEntry {
  readonly id: number;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  readonly actor: Actor;
  readonly method: string;
  readonly params: unknown;
  readonly result: unknown;
}

export interface AuditFilter {
  /** RFC 3339; entries at or after it. Anything else throws a RangeError. */
  readonly since?: string;
  /** Only greater ids. */
  readonly afterId?: number;
  /** Only smaller ids. */
  readonly beforeId?: number;
  /** Default 1,000. Keeps the newest; with `afterId` the oldest, so that a reader can go on from the last one. */
  readonly limit?: number;
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

  /** Oldest first. */
  read(filter: AuditFilter = {}): AuditEntry[] {
    const where = new Conditions()
      .add('at >= ?', filter.since === undefined ? undefined : comparableTime(filter.since))
      .add('id > ?', filter.afterId)
      .add('id < ?', filter.beforeId);
    const order = filter.afterId === undefined ? 'DESC' : 'ASC';
    const rows = this.#db.rows<Row>(
      `SELECT * FROM audit ${where} ORDER BY id ${order} LIMIT ?`,
      ...where.values,
      filter.limit ?? DEFAULT_LIMIT,
    );
    if (order === 'DESC') rows.reverse();
    return rows.map((row) => ({
      ...row,
      actor: fromJson<Actor>(row.actor),
      params: fromJson(row.params),
      result: fromJson(row.result),
    }));
  }

  /** Id of the newest entry; 0 when there is none. */
  lastId(): number {
    return this.#db.row<{ id: number | null }>('SELECT max(id) AS id FROM audit')?.id ?? 0;
  }
}
