/** Table `settings`: what torud knows of itself. */

import { randomUUID } from 'node:crypto';
import type { Database } from './database.ts';

export class InstanceSettings {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** UUID v4 of this state folder, made when the database was, and the same for ever. */
  instanceId(): string {
    const id = this.get('instance_id');
    if (id === undefined) throw new Error('the state database has no instance id');
    return id;
  }

  get(key: string): string | undefined {
    return this.#db.row<{ value: string }>('SELECT value FROM settings WHERE key = ?', key)?.value;
  }

  /** Only inside a transaction. */
  set(key: string, value: string): void {
    this.#db.change(
      'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  /**
   * Makes the instance id when there is none. Only inside a transaction.
   * @param kept what is known of it from elsewhere
   */
  ensureInstanceId(kept?: string): void {
    this.#db.change(
      "INSERT INTO settings (key, value) VALUES ('instance_id', ?) ON CONFLICT (key) DO NOTHING",
      kept ?? randomUUID(),
    );
  }
}
