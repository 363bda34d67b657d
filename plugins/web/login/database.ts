/**
 * The file of users, sessions, tokens and attempts: web.db in the plugin's data folder. The server and `toru-web` open
 * it at the same time, each change is a transaction of its own, and whoever reads sees what the other one has written.
 * Throws SQLite's errors: without its file the module can do nothing.
 */

import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations.ts';
import { isBusyStorage, storageProblem } from './storage-fault.ts';

/** In the plugin's data folder. */
export const DATABASE_NAME = 'web.db';

/** How long a writer waits for the other process, in milliseconds: a command, and a server, all of which waits. */
const BUSY_MS = 5_000;
const SERVER_BUSY_MS = 100;
/** So long after a wait that was for nothing a server does not wait at all, in milliseconds. */
const NO_WAIT_MS = 1_000;
/** What need not be written is not tried again so long after it failed, in milliseconds. */
const SPARE_RETRY_MS = 10_000;
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
  #isServer = false;
  #busyMs = BUSY_MS;
  #busyAt = Number.NEGATIVE_INFINITY;
  #spareFailedAt = Number.NEGATIVE_INFINITY;
  /** Told of a first write of lesser importance that failed, and (undefined) of the first one that does not. */
  onSpareFault: (reason: string | undefined) => void = () => undefined;

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
    const { changes, lastInsertRowid } = this.#write(() => this.#statement(sql).run(...values));
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  /** A change that may as well be left out: a file that cannot be written now is no reason to refuse who only reads. */
  changeIfPossible(sql: string, ...values: readonly SQLInputValue[]): void {
    if (performance.now() - this.#spareFailedAt < SPARE_RETRY_MS) return;
    const hasFailed = Number.isFinite(this.#spareFailedAt);
    try {
      this.change(sql, ...values);
    } catch (thrown) {
      const problem = storageProblem(thrown);
      if (problem === undefined) throw thrown;
      this.#spareFailedAt = performance.now();
      if (!hasFailed) this.onSpareFault(problem.message);
      return;
    }
    this.#spareFailedAt = Number.NEGATIVE_INFINITY;
    if (hasFailed) this.onSpareFault(undefined);
  }

  /** From now on waits for the other process are short: nobody else is served meanwhile. */
  serve(): void {
    this.#isServer = true;
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
    this.#write(() => this.#handle.exec('BEGIN IMMEDIATE'));
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

  #write<Value>(work: () => Value): Value {
    if (this.#isServer) {
      const isHeld = performance.now() - this.#busyAt < NO_WAIT_MS;
      this.#setBusyMs(isHeld ? 0 : SERVER_BUSY_MS);
    }
    try {
      return work();
    } catch (thrown) {
      if (isBusyStorage(thrown)) this.#busyAt = performance.now();
      throw thrown;
    }
  }

  #setBusyMs(busyMs: number): void {
    if (busyMs === this.#busyMs) return;
    this.#busyMs = busyMs;
    this.#handle.exec(`PRAGMA busy_timeout = ${busyMs}`);
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
    // Nothing is written where nothing is to do: the disk may be full.
    if (this.#schemaVersion() === MIGRATIONS.length) return;
    this.transaction(() => {
      const version = this.#schemaVersion();
      if (version > MIGRATIONS.length) {
        throw new Error(`web.db is of a newer version (schema ${version}, known here: ${MIGRATIONS.length})`);
      }
      for (const sql of MIGRATIONS.slice(version)) this.#handle.exec(sql);
      this.#handle.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    });
  }

  #schemaVersion(): number {
    return Number(this.#handle.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  }
}

function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}
