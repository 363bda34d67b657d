/** Table `plugins`: what is wanted of each plugin, and what is known of it beyond a run. */

import type { Wanted } from '../../protocol/plugin-state.ts';
import type { Database } from './database.ts';
import { fromJson, fromNullableJson, toJson, toNullableJson } from './json-column.ts';
import type { PluginRecord } from './records.ts';

interface Row {
  readonly id: string;
  readonly enabled: number;
  readonly enabled_actor: string | null;
  readonly enabled_at: string | null;
  readonly wanted: Wanted;
  readonly wanted_boot_id: string;
  readonly state: string;
  readonly last_exit: string | null;
  readonly lines_lost: number;
  readonly last_good_run_id: number | null;
  readonly version: string;
  readonly digest: string;
}

const SAVE = `
INSERT INTO plugins (id, enabled, enabled_actor, enabled_at, wanted, wanted_boot_id, state, last_exit, lines_lost,
  last_good_run_id, version, digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET enabled = excluded.enabled, enabled_actor = excluded.enabled_actor,
  enabled_at = excluded.enabled_at, wanted = excluded.wanted, wanted_boot_id = excluded.wanted_boot_id,
  state = excluded.state, last_exit = excluded.last_exit, lines_lost = excluded.lines_lost,
  last_good_run_id = excluded.last_good_run_id, version = excluded.version, digest = excluded.digest`;

export class PluginStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Sorted by id. */
  all(): PluginRecord[] {
    return this.#db.rows<Row>('SELECT * FROM plugins ORDER BY id').map(toRecord);
  }

  ids(): string[] {
    return this.#db.rows<{ id: string }>('SELECT id FROM plugins').map((row) => row.id);
  }

  get(id: string): PluginRecord | undefined {
    const row = this.#db.row<Row>('SELECT * FROM plugins WHERE id = ?', id);
    return row === undefined ? undefined : toRecord(row);
  }

  /** Adds the plugin, or replaces all that was stored of it. Only inside a transaction. */
  save(record: PluginRecord): void {
    this.#db.change(
      SAVE,
      record.id,
      record.enabled ? 1 : 0,
      toNullableJson(record.enabledActor),
      record.enabledAt,
      record.wanted,
      record.wantedBootId,
      toJson(record.state),
      toNullableJson(record.lastExit),
      record.linesLost,
      record.lastGoodRunId,
      record.version,
      record.digest,
    );
  }

  /** False when there was none. Only inside a transaction. */
  remove(id: string): boolean {
    return this.#db.change('DELETE FROM plugins WHERE id = ?', id).changes > 0;
  }
}

function toRecord(row: Row): PluginRecord {
  return {
    id: row.id,
    enabled: row.enabled === 1,
    enabledActor: fromNullableJson(row.enabled_actor),
    enabledAt: row.enabled_at,
    wanted: row.wanted,
    wantedBootId: row.wanted_boot_id,
    state: fromJson(row.state),
    lastExit: fromNullableJson(row.last_exit),
    linesLost: row.lines_lost,
    lastGoodRunId: row.last_good_run_id,
    version: row.version,
    digest: row.digest,
  };
}
