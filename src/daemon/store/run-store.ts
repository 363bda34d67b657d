/** Table `runs`: one row a life of a plugin. */

import { parseTime } from '../base/clock.ts';
import type { Database } from './database.ts';
import { fromJson, toJson } from './json-column.ts';
import type { NewRun, RunCause, RunEnd, RunRecord } from './records.ts';

/** Ended runs that are kept of a plugin. */
export const MAX_ENDED_RUNS = 1_000;

interface Row {
  readonly id: number;
  readonly plugin_id: string;
  readonly version: string;
  readonly digest: string;
  readonly settings: string;
  readonly boot_id: string;
  readonly started_at: string;
  readonly shim_pid: number | null;
  readonly pid: number | null;
  readonly ready_at: string | null;
  readonly ended_at: string | null;
  readonly cause: RunCause | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly core_dumped: number | null;
  readonly peak_memory_bytes: number | null;
  readonly cpu_ms: number | null;
  readonly lines: number | null;
  readonly lines_lost: number | null;
}

const END = `
UPDATE runs SET ended_at = ?, cause = ?, exit_code = ?, signal = ?, core_dumped = ?, peak_memory_bytes = ?,
  cpu_ms = ?, lines = ?, lines_lost = ?
WHERE id = ? AND ended_at IS NULL`;

/** The last good run stays however old it is: crashes are compared with it. */
const PRUNE = `
DELETE FROM runs
WHERE plugin_id = ?1 AND ended_at IS NOT NULL
  AND id <= (SELECT id FROM runs WHERE plugin_id = ?1 AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?2)
  AND id IS NOT (SELECT last_good_run_id FROM plugins WHERE id = ?1)`;

export class RunStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Adds a run without an end and returns its id, which no run had before. Only inside a transaction. */
  begin(run: NewRun): number {
    return this.#db.change(
      'INSERT INTO runs (plugin_id, version, digest, settings, boot_id, started_at) VALUES (?, ?, ?, ?, ?, ?)',
      run.plugin,
      run.version,
      run.digest,
      toJson(run.settings),
      run.bootId,
      run.startedAt,
    ).lastId;
  }

  /** The next run gets `min` or more: for a rebuilt database, with runs of the old one. Only inside a transaction. */
  ensureNextRunId(min: number): void {
    const known = this.#db.change(
      "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'runs'",
      min - 1,
    ).changes;
    if (known === 0) this.#db.change("INSERT INTO sqlite_sequence (name, seq) VALUES ('runs', ?)", min - 1);
  }

  /** Only inside a transaction, as all that follow. */
  setShim(id: number, shimPid: number): void {
    this.#update('UPDATE runs SET shim_pid = ? WHERE id = ?', id, shimPid);
  }

  setStarted(id: number, pid: number): void {
    this.#update('UPDATE runs SET pid = ? WHERE id = ?', id, pid);
  }

  setReady(id: number, at: string): void {
    this.#update('UPDATE runs SET ready_at = ? WHERE id = ?', id, at);
  }

  /** The run has taken other settings than it was started with. */
  setSettings(id: number, settings: RunRecord['settings']): void {
    this.#update('UPDATE runs SET settings = ? WHERE id = ?', id, toJson(settings));
  }

  /** Somebody asked it to end. */
  setStopAsked(id: number, at: string): void {
    this.#update('UPDATE runs SET stop_asked_at = ? WHERE id = ?', id, at);
  }

  /** Stores how a run ended. Throws when it has ended before, or never was. */
  end(id: number, end: RunEnd): void {
    const { changes } = this.#db.change(
      END,
      end.endedAt,
      end.cause,
      end.exitCode,
      end.signal,
      end.coreDumped ? 1 : 0,
      end.peakMemoryBytes,
      end.cpuMs,
      end.lines,
      end.linesLost,
      id,
    );
    const run = this.get(id);
    if (run === undefined) throw new Error(`run ${id} cannot end: there is no such run`);
    if (changes === 0) throw new Error(`run ${id} of ${run.plugin} cannot end: it has ended before`);
    this.#db.change(PRUNE, run.plugin, MAX_ENDED_RUNS);
  }

  /** Runs without an end, oldest first. */
  open(): RunRecord[] {
    return this.#db.rows<Row>('SELECT * FROM runs WHERE ended_at IS NULL ORDER BY id').map(toRecord);
  }

  /** The highest id that was ever given to a run here; 0 when there was none. */
  lastId(): number {
    const row = this.#db.row<{ last: number | null }>('SELECT max(id) AS last FROM runs');
    return row?.last ?? 0;
  }

  get(id: number): RunRecord | undefined {
    const row = this.#db.row<Row>('SELECT * FROM runs WHERE id = ?', id);
    return row === undefined ? undefined : toRecord(row);
  }

  /** The newest `count` runs of a plugin, newest first. */
  newest(plugin: string, count: number): RunRecord[] {
    const rows = this.#db.rows<Row>(
      'SELECT * FROM runs WHERE plugin_id = ? ORDER BY id DESC LIMIT ?',
      plugin,
      count,
    );
    return rows.map(toRecord);
  }

  /** Milliseconds from the start to ready of the newest runs that were ready, newest first. */
  lastStartsMs(plugin: string, count: number): number[] {
    const sql = `SELECT started_at AS began, ready_at AS done FROM runs
      WHERE plugin_id = ? AND ready_at IS NOT NULL ORDER BY id DESC LIMIT ?`;
    return this.#spans(sql, plugin, count);
  }

  /** Milliseconds from the request to the end of the newest runs that were asked to end, newest first. */
  lastStopsMs(plugin: string, count: number): number[] {
    const sql = `SELECT stop_asked_at AS began, ended_at AS done FROM runs
      WHERE plugin_id = ? AND stop_asked_at IS NOT NULL AND cause = 'requested' ORDER BY id DESC LIMIT ?`;
    return this.#spans(sql, plugin, count);
  }

  /** Log lines lost by the runs of a plugin that are kept. */
  linesLost(plugin: string): number {
    const sql = 'SELECT coalesce(sum(lines_lost), 0) AS n FROM runs WHERE plugin_id = ?';
    return this.#db.row<{ n: number }>(sql, plugin)?.n ?? 0;
  }

  #spans(sql: string, plugin: string, count: number): number[] {
    const rows = this.#db.rows<{ began: string; done: string }>(sql, plugin, count);
    // A clock that was set back meanwhile makes no time negative.
    return rows.map(({ began, done }) => Math.max(0, Math.round(parseTime(done) - parseTime(began))));
  }

  #update(sql: string, id: number, value: string | number): void {
    if (this.#db.change(sql, value, id).changes === 0) throw new Error(`there is no run ${id}`);
  }

  /** Removes everything of a plugin. Only inside a transaction. */
  forget(plugin: string): void {
    this.#db.change('DELETE FROM runs WHERE plugin_id = ?', plugin);
  }
}

function toRecord(row: Row): RunRecord {
  return {
    id: row.id,
    plugin: row.plugin_id,
    version: row.version,
    digest: row.digest,
    settings: fromJson(row.settings),
    bootId: row.boot_id,
    startedAt: row.started_at,
    shimPid: row.shim_pid,
    pid: row.pid,
    readyAt: row.ready_at,
    end: toEnd(row),
  };
}

function toEnd(row: Row): RunEnd | null {
  if (row.ended_at === null || row.cause === null) return null;
  return {
    endedAt: row.ended_at,
    cause: row.cause,
    exitCode: row.exit_code,
    signal: row.signal,
    coreDumped: row.core_dumped === 1,
    peakMemoryBytes: row.peak_memory_bytes,
    cpuMs: row.cpu_ms,
    lines: row.lines ?? 0,
    linesLost: row.lines_lost ?? 0,
  };
}
