/**
 * The file of users, sessions, tokens and attempts: web.db in the plugin's data folder. The server and `toru-web` open
 * it at the same time, each change is a transaction of its own, and whoever reads sees what the other one has written.
 * Throws SQLite's errors: without its file the module can do nothing.
 */

import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations.ts';

/** In the plugin's data folder. */
export const DATABASE_NAME = 'web.db';

/** How long a writer waits for the other process, in milliseconds. */
const BUSY_MS = 5_000;
const CACHE_KIB = 1024;
/** What the other process has written is seen by `generation` so much later at most, in milliseconds. */
const NOTICED_MS = 20;

export class Database {
  readonly #handle: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #isInside = false;
  #changes = 0;
  #version = 0;
  #versionReadAt = Number.NEGATIVE_INFINITY;

  /** @param file is made with mode 0600 when it is not there; `:memory:` for none */
  constructor(file: string) {
    // SQLite makes its other files with the mode of this one.
    if (file !== ':memory:') makePrivate(file);
    this.#handle = new DatabaseSync(file, { timeout: BUSY_MS });
    this.#handle.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
       PRAGMA cache_size = -${CACHE_KIB}; PRAGMA secure_delete = ON;`,
    );
    this.#migrate();
  }

  rows<Row>(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values) as unknown as readonly Row[];
  }

  row<Row>(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as unknown as Row | undefined;
  }

  /** @returns how many rows changed, and the id of the last one that was inserted */
  change(
    sql: string,
    ...values: readonly SQLInputValue[]
  ): { readonly changes: number; readonly lastId: number } {
    this.#changes += 1;
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  /** Another number after each change, by whichever process. */
  get generation(): number {
    const now = performance.now();
    if (now - this.#versionReadAt >= NOTICED_MS) {
      this.#versionReadAt = now;
      const [row] = this.rows<{ readonly data_version: number }>('PRAGMA data_version');
      const version = row?.data_version ?? 0;
      if (version !== this.#version) this.#changes += 1;
      this.#version = version;
    }
    return this.#changes;
  }

  /** All of it, or nothing. One inside another one joins it. */
  transaction<Value>(work: () => Value): Value {
    if (this.#isInside) return work();
    this.#handle.exec('BEGIN IMMEDIATE');
    this.#isInside = true;
    try {
      const value = work();
      this.#handle.exec('COMMIT');
      return value;
    } catch (thrown) {
      if (this.#handle.isTransaction) this.#handle.exec('ROLLBACK');
      throw thrown;
    } finally {
      this.#isInside = false;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#handle.isOpen) this.#handle.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#handle.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #migrate(): void {
    this.transaction(() => {
      const row = this.#handle.prepare('PRAGMA user_version').get();
      const version = Number(row?.user_version ?? 0);
      if (version > MIGRATIONS.length) {
        throw new Error(`web.db is of a newer version (schema ${version}, known here: ${MIGRATIONS.length})`);
      }
      for (const sql of MIGRATIONS.slice(version)) this.#handle.exec(sql);
      this.#handle.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }
}

function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
