/** The state database: the only place that touches SQLite. Synchronous: a call returns when the work is done. */

import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import {
  type FileIdentity,
  hasMagic,
  identityOf,
  isSameFile,
  isSharedMemoryCut,
  lengthenSharedMemory,
  syncLog,
} from './database-file.ts';
import { putBack } from './put-back.ts';
import type { Reserve } from './reserve.ts';
import {
  failureOf,
  fileFailureOf,
  isConstraint,
  isSqliteError,
  machineFailureOf,
  type StoreFailure,
  storeFailureOf,
} from './store-failure.ts';

/** Kept small: torud's memory matters more than the speed of rare reads. */
const CACHE_KIB = 1024;
/** What the write-ahead log is cut back to after a checkpoint. */
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;
/** Changes nothing, and is written all the same. */
const TOUCH = "UPDATE settings SET value = value WHERE key = 'schema_version'";

export type SqlValue = string | number | null;

export interface TransactionOptions {
  /** True: on the disk (fsync) before it returns. False: safe against torud's death, not against a power cut. */
  readonly durable?: boolean;
  /** False: fails on a full disk rather than use up the reserve, which is there for torud's own state. Default true. */
  readonly usesReserve?: boolean;
}

export interface Change {
  readonly changes: number;
  /** Row id of the last INSERT. */
  readonly lastId: number;
}

export class Database {
  readonly file: string;
  readonly #reserve: Reserve;
  readonly #clock: Clock;
  readonly #log: SupervisorLog;
  readonly #statements = new Map<string, StatementSync>();
  #handle: DatabaseSync;
  /** For looking at the file's first bytes without SQLite. */
  #headerFd: number;
  #identity: FileIdentity;
  #isInside = false;
  #isFull = false;
  #needsSync = false;
  /** Told of every failure of the machine, those included that the reserve made good. Must not throw. */
  onFailure: (problem: StoreFailure) => void = () => undefined;

  /** Opens the file with our settings; throws SQLite's errors. Use openDatabase, which checks and migrates as well. */
  constructor(file: string, reserve: Reserve, clock: Clock, log: SupervisorLog) {
    this.file = file;
    this.#reserve = reserve;
    this.#clock = clock;
    this.#log = log;
    this.#handle = connect(file);
    this.#headerFd = openSync(file, 'r');
    this.#identity = identityOf(file);
  }

  /**
   * Runs `work` as one transaction: all of it, or nothing. A transaction inside another one joins it: its failure is
   * the outer one's, and a durable one makes the outer one durable. Failures of the machine are values; any other
   * exception rolls back and is thrown on. A durable one puts the file back first when somebody deleted it. After a
   * full disk `work` runs once more with the reserve released, so it must do nothing but read and write the database.
   */
  transaction<Value>(work: () => Value, options: TransactionOptions = {}): Result<Value, StoreFailure> {
    const isDurable = options.durable === true;
    if (this.#isInside) {
      this.#needsSync ||= isDurable && !this.#isFull;
      return success(work());
    }
    const there = isDurable ? this.#ensureFile() : success(undefined);
    if (!there.ok) return this.#told(there);
    const first = this.#told(this.#attempt(work, isDurable));
    const isFull = !first.ok && first.failure.kind === 'full';
    if (first.ok) this.#reserve.remakeIfDue();
    if (!isFull || options.usesReserve === false || !this.#reserve.release()) return first;
    return this.#told(this.#attempt(work, isDurable));
  }

  /**
   * Whether the database takes writes without using up the reserve, and has its reserve. Puts the file back when
   * somebody deleted it.
   * @param isThorough looks at the content as well
   */
  probe(isThorough: boolean): Result<void, StoreFailure> {
    const open = this.#handle.isOpen ? success(undefined) : this.#openAgain();
    if (!open.ok) return open;
    const written = this.transaction(() => void this.change(TOUCH), { durable: true, usesReserve: false });
    if (!written.ok) return written;
    if (isThorough) {
      const found = this.read(
        () => this.row<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check ?? 'no answer',
      );
      if (!found.ok) return found;
      if (found.value !== 'ok') return failure(failureOf('damaged', this.file, ` (${found.value})`));
    }
    if (this.#reserve.remake()) return success(undefined);
    return failure(failureOf('full', this.file, ' but what torud holds in reserve', 'can hardly be used'));
  }

  /** Runs reads whose failure is to be a value, without a transaction. Inside one it joins it. */
  read<Value>(work: () => Value): Result<Value, StoreFailure> {
    if (this.#isInside) return success(work());
    if (!this.#handle.isOpen) return failure(closed(this.file));
    try {
      return success(work());
    } catch (thrown) {
      return this.#told(failure(this.#failureOrThrow(thrown)));
    }
  }

  get isOpen(): boolean {
    return this.#handle.isOpen;
  }

  /** Runs a statement that writes; only inside a transaction. */
  change(sql: string, ...values: readonly SqlValue[]): Change {
    this.assertTransaction();
    const done = this.#statement(sql).run(...(values as SQLInputValue[]));
    return { changes: Number(done.changes), lastId: Number(done.lastInsertRowid) };
  }

  /** Runs a statement that writes and says whether it changed anything; false also when a constraint forbids it. */
  changeIfAllowed(sql: string, ...values: readonly SqlValue[]): boolean {
    try {
      return this.change(sql, ...values).changes > 0;
    } catch (thrown) {
      if (!isConstraint(thrown)) throw thrown;
      return false;
    }
  }

  /** First row of a query. `Row` is what the query selects, by the schema. */
  row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#statement(sql).get(...(values as SQLInputValue[])) as Row | undefined;
  }

  /** All rows of a query. */
  rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#statement(sql).all(...(values as SQLInputValue[])) as Row[];
  }

  /** Rows one by one; the same query must not be run again before the loop is left. */
  each<Row extends object>(sql: string, ...values: readonly SqlValue[]): IterableIterator<Row> {
    return this.#statement(sql).iterate(...(values as SQLInputValue[])) as IterableIterator<Row>;
  }

  /** Runs statements that are not kept (schema, pragmas). */
  execute(sql: string): void {
    this.#handle.exec(sql);
  }

  /** Throws when no transaction is open: writes outside of one are bugs. */
  assertTransaction(): void {
    if (!this.#isInside) throw new Error('a write to the state database outside of a transaction');
  }

  /** Whether file and write-ahead log are still those that were opened. `damaged`: deleted, or replaced by others. */
  checkIdentity(): Result<void, StoreFailure> {
    if (!this.#handle.isOpen) return failure(closed(this.file));
    try {
      const now = identityOf(this.file);
      if (isSameFile(now, this.#identity, LOG_LIMIT_BYTES)) {
        this.#identity = now;
        return success(undefined);
      }
    } catch (thrown) {
      const problem = fileFailureOf(thrown, this.file);
      if (problem === undefined) throw thrown;
      return failure(problem);
    }
    return failure({
      kind: 'damaged',
      message: `the state database ${this.file} was deleted, replaced or truncated while torud was using it`,
    });
  }

  /** Whether what lies on the disk, whatever torud has in memory, can be read as our database. */
  checkContent(): Result<void, StoreFailure> {
    let handle: DatabaseSync | undefined;
    try {
      if (this.#handle.isOpen && !hasMagic(this.#headerFd))
        return failure(failureOf('damaged', this.file, ' (it has no header)'));
      handle = new DatabaseSync(this.file, { readOnly: true, timeout: 0 });
      handle.prepare('SELECT count(*) FROM settings').get();
      handle.prepare('SELECT count(*) FROM plugins').get();
      return success(undefined);
    } catch (thrown) {
      if (!isSqliteError(thrown)) throw thrown;
      return failure(
        storeFailureOf(thrown, this.file) ?? failureOf('damaged', this.file, ` (${thrown.message})`),
      );
    } finally {
      handle?.close();
    }
  }

  /**
   * Makes the shared-memory file long again when somebody cut it: SQLite has it mapped, and would die by SIGBUS. To be
   * called before SQLite is, as soon as that is known. Throws errors of the file system, and SQLite's.
   */
  mendSharedMemory(): void {
    if (!this.#handle.isOpen || this.#isInside || !isSharedMemoryCut(this.file)) return;
    lengthenSharedMemory(this.file);
    // Its zeros are rebuilt from the log. Opened anew, because our own descriptor cost SQLite its locks (fcntl(2)).
    this.reconnect();
    this.#log.write('warning', 'database-memory-mended', { path: `${this.file}-shm` });
  }

  /** Writes all that torud can still read of the database out whole, and puts that in the file's place. */
  putBack(): Result<void, StoreFailure> {
    const done = putBack(this, this.#identity, this.#clock, this.#log);
    if (done.ok || done.failure.kind !== 'io') return done;
    return failure({ ...done.failure, kind: 'damaged' });
  }

  /** Moves the write-ahead log into the database, as far as readers allow. */
  checkpoint(): Result<void, StoreFailure> {
    return this.read(() => {
      this.#handle.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      this.#identity = identityOf(this.file);
    });
  }

  /** Checkpoints and closes. The file is closed even when that fails; a second call does nothing. */
  close(): Result<void, StoreFailure> {
    if (!this.#handle.isOpen) return success(undefined);
    const outcome = this.checkpoint();
    this.disconnect();
    return outcome;
  }

  /** Lets go of the file, without a checkpoint of ours; for a database that is not to be used. */
  disconnect(): void {
    this.#statements.clear();
    if (!this.#handle.isOpen) return;
    this.#handle.close();
    // Not before: to close any descriptor of the file drops SQLite's locks (fcntl(2)).
    closeSync(this.#headerFd);
  }

  /** Opens the file of the same name again, after it was put back. Throws SQLite's errors. */
  reconnect(): void {
    this.disconnect();
    this.#handle = connect(this.file);
    this.#headerFd = openSync(this.file, 'r');
    this.#isFull = false;
    this.#identity = identityOf(this.file);
  }

  /** After a mending that broke off between closing and opening. */
  #openAgain(): Result<void, StoreFailure> {
    if (!existsSync(this.file)) return failure(failureOf('damaged', this.file, ' (it is gone)'));
    const sound = this.checkContent();
    if (!sound.ok) return sound;
    try {
      this.reconnect();
      return success(undefined);
    } catch (thrown) {
      return failure(machineFailureOf(thrown, this.file));
    }
  }

  #told<Value>(done: Result<Value, StoreFailure>): Result<Value, StoreFailure> {
    if (!done.ok) this.onFailure(done.failure);
    return done;
  }

  #attempt<Value>(work: () => Value, isDurable: boolean): Result<Value, StoreFailure> {
    if (!this.#handle.isOpen) return failure(closed(this.file));
    try {
      this.#begin(isDurable);
      const value = work();
      if (value instanceof Promise) throw new TypeError('the work of a transaction must not be asynchronous');
      this.#handle.exec('COMMIT');
      return this.#needsSync ? this.#sync(value) : success(value);
    } catch (thrown) {
      this.#rollBack();
      return failure(this.#failureOrThrow(thrown));
    } finally {
      this.#isInside = false;
    }
  }

  /** What is acknowledged must be in the file that the next torud opens. */
  #ensureFile(): Result<void, StoreFailure> {
    try {
      this.mendSharedMemory();
    } catch (thrown) {
      return failure(machineFailureOf(thrown, this.file));
    }
    const there = this.checkIdentity();
    if (there.ok || there.failure.kind !== 'damaged') return there;
    return this.putBack();
  }

  #begin(isDurable: boolean): void {
    this.#needsSync = false;
    // SQLite refuses to change this inside a transaction.
    if (isDurable !== this.#isFull)
      this.#handle.exec(`PRAGMA synchronous = ${isDurable ? 'FULL' : 'NORMAL'}`);
    this.#isFull = isDurable;
    this.#handle.exec('BEGIN IMMEDIATE');
    this.#isInside = true;
  }

  #sync<Value>(value: Value): Result<Value, StoreFailure> {
    const problem = syncLog(this.file);
    return problem === undefined ? success(value) : failure(problem);
  }

  #rollBack(): void {
    // SQLite has rolled back already after some errors (sqlite.org/lang_transaction.html).
    if (!this.#handle.isOpen || !this.#handle.isTransaction) return;
    try {
      this.#handle.exec('ROLLBACK');
    } catch (thrown) {
      const problem = this.#failureOrThrow(thrown);
      this.#log.write('error', 'database-rollback-failed', { reason: problem.message });
    }
  }

  #failureOrThrow(thrown: unknown): StoreFailure {
    const problem = storeFailureOf(thrown, this.file);
    if (problem === undefined) throw thrown;
    return problem;
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#handle.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

function connect(file: string): DatabaseSync {
  // Nobody but torud should write here; one who does is reported at once, since waiting would stop the event loop.
  const handle = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: true });
  try {
    handle.exec(
      `PRAGMA cache_size = -${CACHE_KIB}; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`,
    );
    handle.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    // The first read opens the write-ahead log, which then exists as long as the connection does.
    handle.prepare('PRAGMA user_version').get();
    handle.prepare('SELECT count(*) FROM sqlite_schema').get();
    return handle;
  } catch (thrown) {
    handle.close();
    throw thrown;
  }
}

/**
 * Rows of a damaged database's table, up to where it cannot be read on; `onProblem` then hears why. Changes nothing in
 * the file.
 */
export function* readDamaged(
  file: string,
  table: string,
  onProblem: (reason: string) => void,
): Generator<Readonly<Record<string, unknown>>> {
  let handle: DatabaseSync | undefined;
  try {
    handle = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    for (const row of handle.prepare(`SELECT * FROM ${table}`).iterate()) yield row;
  } catch (thrown) {
    if (!isSqliteError(thrown)) throw thrown;
    onProblem(thrown.message);
  } finally {
    handle?.close();
  }
}

function closed(file: string): StoreFailure {
  return failureOf('io', file, ': it is closed');
}
