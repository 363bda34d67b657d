/**
 * The real SQLite database on a file in memory, one for all seeds of a process, as each simulated torud sees it: with
 * points at which torud can be killed, and writes that fail.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SupervisorLog } from '../../src/daemon/base/supervisor-log.ts';
import { Database, type SqlValue, type TransactionOptions } from '../../src/daemon/store/database.ts';
import { InstanceSettings } from '../../src/daemon/store/instance-settings.ts';
import { MIGRATIONS } from '../../src/daemon/store/migrations.ts';
import { migrate } from '../../src/daemon/store/open-database.ts';
import { Reserve } from '../../src/daemon/store/reserve.ts';
import type { StoreFailure } from '../../src/daemon/store/store-failure.ts';
import type { Result } from '../../src/protocol/result.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import type { Mortal } from './mortal.ts';
import type { StoreFault } from './steps.ts';

const TABLES = ['plugins', 'runs', 'plugin_events', 'crashes'];
/** Result codes of SQLite (sqlite.org/rescode.html). */
const CODES: Readonly<Record<StoreFault, number>> = { full: 13, readonly: 8, locked: 5 };
const MEMORY_FOLDER = '/dev/shm';
const SILENT: SupervisorLog = { write: () => undefined };

/** Gives nothing back, but has a full disk tried twice, as the real one does. */
class EmptyReserve extends Reserve {
  override release(): boolean {
    return true;
  }

  override remakeIfDue(): void {
    // Nothing to make.
  }
}

export class SimStore {
  readonly folder: string;
  readonly database: Database;

  constructor() {
    this.folder = mkdtempSync(join(existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : tmpdir(), 'toru-sim-'));
    const clock = new VirtualClock();
    const reserve = new EmptyReserve(join(this.folder, 'reserve'), clock, SILENT);
    this.database = new Database(join(this.folder, 'state.db'), reserve, clock, SILENT);
    for (const step of MIGRATIONS) migrate(this.database, step);
    this.database.transaction(() => new InstanceSettings(this.database).ensureInstanceId());
    // Nothing here has to outlive the process.
    this.database.execute('PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF');
  }

  /** As a new database. */
  clear(): void {
    this.database.transaction(() => {
      for (const table of TABLES) this.database.change(`DELETE FROM ${table}`);
      this.database.change('DELETE FROM sqlite_sequence');
    });
  }

  close(): void {
    this.database.disconnect();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Writes that fail, shared by all lives of torud in a simulation. */
export class StoreFaults {
  #fault: StoreFault | undefined;
  #writesLeft = 0;

  arm(fault: StoreFault, afterWrites: number): void {
    this.#fault = fault;
    this.#writesLeft = afterWrites;
  }

  clear(): void {
    this.#fault = undefined;
  }

  /** Throws as SQLite does when a write fails. */
  onWrite(): void {
    if (this.#fault === undefined) return;
    if (this.#writesLeft > 0) {
      this.#writesLeft -= 1;
      return;
    }
    throw Object.assign(new Error(this.#fault), { errcode: CODES[this.#fault] });
  }
}

/** What one torud sees; gone with it. */
export class MortalDatabase {
  readonly #real: Database;
  readonly #faults: StoreFaults;
  readonly #mortal: Mortal;
  #isInside = false;

  constructor(real: Database, faults: StoreFaults, mortal: Mortal) {
    this.#real = real;
    this.#faults = faults;
    this.#mortal = mortal;
  }

  /** Itself under the name that the stores know. */
  get asDatabase(): Database {
    return this as unknown as Database;
  }

  get file(): string {
    return this.#real.file;
  }

  transaction<Value>(work: () => Value, options: TransactionOptions = {}): Result<Value, StoreFailure> {
    if (this.#isInside) return this.#real.transaction(work);
    this.#mortal.point('before a transaction');
    this.#isInside = true;
    try {
      const { durable: _, ...rest } = options;
      const done = this.#real.transaction(() => {
        const value = work();
        this.#faults.onWrite();
        this.#mortal.point('before the commit');
        return value;
      }, rest);
      this.#mortal.point('after the commit');
      return done;
    } finally {
      this.#isInside = false;
    }
  }

  read<Value>(work: () => Value): Result<Value, StoreFailure> {
    return this.#real.read(work);
  }

  change(sql: string, ...values: readonly SqlValue[]): ReturnType<Database['change']> {
    if (!this.#mortal.isAlive) this.#mortal.point('a write');
    this.#faults.onWrite();
    return this.#real.change(sql, ...values);
  }

  row<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#real.row<Row>(sql, ...values);
  }

  rows<Row extends object>(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#real.rows<Row>(sql, ...values);
  }

  assertTransaction(): void {
    this.#real.assertTransaction();
  }
}
