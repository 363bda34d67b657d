/** What is remembered of schedules, on the disk. */

import type { Task, TaskOrigin } from '../../protocol/control/tasks.ts';
import type { Result } from '../../protocol/result.ts';
import { parseTime } from '../base/clock.ts';
import type { ScheduleRecord } from '../store/schedule-store.ts';

/** By so much a wall clock may go back between two looks at it, without having been set. */
const CLOCK_ERROR_MS = 5;

/** What of the database is needed. */
export interface ScheduleDatabase {
  transaction(work: () => void, options?: { readonly durable?: boolean }): Result<void, unknown>;
  read<Value>(work: () => Value): Result<Value, { readonly message: string }>;
}

export interface ScheduleTable {
  all(): readonly ScheduleRecord[];
  /** Only inside a transaction. */
  save(record: ScheduleRecord): void;
  /** Only inside a transaction. */
  remove(name: string): void;
}

export class ScheduleMemory {
  readonly #database: ScheduleDatabase;
  readonly #table: ScheduleTable;

  constructor(database: ScheduleDatabase, table: ScheduleTable) {
    this.#database = database;
    this.#table = table;
  }

  /** By name. Failure: why it cannot be read. */
  all(): Result<ReadonlyMap<string, ScheduleRecord>, { readonly message: string }> {
    return this.#database.read(() => new Map(this.#table.all().map((record) => [record.name, record])));
  }

  /** False when it could not be stored. @param isDurable against a power cut as well */
  save(record: ScheduleRecord, isDurable: boolean): boolean {
    return this.#database.transaction(() => this.#table.save(record), { durable: isDurable }).ok;
  }

  /** These in place of what was stored. What cannot be stored now is when it changes next. */
  replace(stored: ReadonlyMap<string, ScheduleRecord>, records: readonly ScheduleRecord[]): void {
    const kept = new Set(records.map(({ name }) => name));
    const gone = [...stored.keys()].filter((name) => !kept.has(name));
    const changed = records.filter((record) => !isEqual(record, stored.get(record.name)));
    if (gone.length + changed.length === 0) return;
    this.#database.transaction(
      () => {
        for (const name of gone) this.#table.remove(name);
        for (const record of changed) this.#table.save(record);
      },
      { durable: true },
    );
  }
}

/**
 * What a torud that died left: a claim is believed only if its task is there, else its moment is due again.
 * @param newestOf the newest task of an origin
 */
export function recovered(
  record: ScheduleRecord,
  newestOf: (origin: TaskOrigin) => Task | undefined,
): ScheduleRecord {
  if (record.claimedAt === null) return record;
  const task = newestOf({ kind: 'schedule', schedule: record.name });
  const isBegun = task !== undefined && parseTime(task.queuedAt) >= record.claimedAt - CLOCK_ERROR_MS;
  return isBegun
    ? { ...record, claimedAt: null, lastDueAt: record.lookedAt }
    : { ...record, claimedAt: null, lookedAt: record.lookedAt - 1 };
}

function isEqual(one: ScheduleRecord, other: ScheduleRecord | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
