/** Table `quick_actions`. */

import type { Database } from './database.ts';
import { fromJson, toJson } from './json-column.ts';

/** A row without its position; the defaults of what is null are filled in where it is shown. */
export interface QuickActionRecord {
  readonly name: string;
  readonly title: string | null;
  readonly script: string;
  readonly args: readonly string[];
  readonly icon: string | null;
  readonly confirm: string | null;
  readonly lock: string | null;
  readonly timeoutMs: number | null;
}

interface Row {
  readonly name: string;
  readonly title: string | null;
  readonly script: string;
  readonly args: string;
  readonly icon: string | null;
  readonly confirm: string | null;
  readonly lock: string | null;
  readonly timeout_ms: number | null;
}

const ADD = `
INSERT INTO quick_actions (name, position, title, script, args, icon, confirm, lock, timeout_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export class QuickActionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** By position. */
  all(): QuickActionRecord[] {
    const rows = this.#db.rows<Row>('SELECT * FROM quick_actions ORDER BY position, name');
    return rows.map((row) => ({
      name: row.name,
      title: row.title,
      script: row.script,
      args: fromJson<string[]>(row.args),
      icon: row.icon,
      confirm: row.confirm,
      lock: row.lock,
      timeoutMs: row.timeout_ms,
    }));
  }

  /** These, in this order, in place of all that were stored: there are few. Only inside a transaction. */
  replaceAll(records: readonly QuickActionRecord[]): void {
    this.#db.change('DELETE FROM quick_actions');
    for (const [index, record] of records.entries())
      this.#db.change(
        ADD,
        record.name,
        index + 1,
        record.title,
        record.script,
        toJson(record.args),
        record.icon,
        record.confirm,
        record.lock,
        record.timeoutMs,
      );
  }
}
