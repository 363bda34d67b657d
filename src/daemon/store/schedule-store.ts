/** Table `schedules`: how far each schedule has been dealt with. Times are milliseconds since 1970 here, text in the table. */

import { formatTime, parseTime } from '../base/clock.ts';
import type { Database } from './database.ts';

export interface ScheduleRecord {
  readonly name: string;
  /** Of the settings that this is the memory of. */
  readonly digest: string;
  /** Every moment up to this one has been dealt with. */
  readonly lookedAt: number;
  /** Since when the moment `lookedAt` is being begun; null when nothing is. */
  readonly claimedAt: number | null;
  /** The newest moment for which a task was begun. */
  readonly lastDueAt: number | null;
  readonly missed: number;
  readonly lastMissedAt: number | null;
}

interface Row {
  readonly name: string;
  readonly digest: string;
  readonly looked_at: string;
  readonly claimed_at: string | null;
  readonly last_due_at: string | null;
  readonly missed: number;
  readonly last_missed_at: string | null;
}

const SAVE = `
INSERT OR REPLACE INTO schedules (name, digest, looked_at, claimed_at, last_due_at, missed, last_missed_at)
VALUES (?, ?, ?, ?, ?, ?, ?)`;

export class ScheduleStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  all(): ScheduleRecord[] {
    return this.#db.rows<Row>('SELECT * FROM schedules ORDER BY name').map((row) => ({
      name: row.name,
      digest: row.digest,
      lookedAt: parseTime(row.looked_at),
      claimedAt: toMs(row.claimed_at),
      lastDueAt: toMs(row.last_due_at),
      missed: row.missed,
      lastMissedAt: toMs(row.last_missed_at),
    }));
  }

  /** Adds it, or replaces what was stored. Only inside a transaction. */
  save(record: ScheduleRecord): void {
    this.#db.change(
      SAVE,
      record.name,
      record.digest,
      formatTime(record.lookedAt),
      toText(record.claimedAt),
      toText(record.lastDueAt),
      record.missed,
      toText(record.lastMissedAt),
    );
  }

  /** Only inside a transaction. */
  remove(name: string): void {
    this.#db.change('DELETE FROM schedules WHERE name = ?', name);
  }
}

function toMs(text: string | null): number | null {
  return text === null ? null : parseTime(text);
}

function toText(ms: number | null): string | null {
  return ms === null ? null : formatTime(ms);
}
