/** Table `crashes`: a row a crash, its summary in columns and the rest of the capsule as JSON. */

import type { Crash, CrashCause, CrashSummary, Verdict } from '../../protocol/control/crashes.ts';
import type { Database } from './database.ts';
import { fromJson, toJson } from './json-column.ts';
import { Conditions, comparableTime } from './selection.ts';

/** Crashes that are kept of a plugin. */
export const MAX_CRASHES = 200;

interface SummaryRow {
  readonly id: number;
  readonly plugin_id: string;
  readonly run_id: number;
  readonly at: string;
  readonly uptime_ms: number;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly cause: CrashCause;
  readonly restart: number;
  readonly verdict: Verdict;
  readonly delay_ms: number | null;
  readonly peak_memory_bytes: number | null;
  readonly cpu_ms: number | null;
  readonly core_dumped: number;
  readonly version: string;
  readonly digest: string;
}

interface Row extends SummaryRow {
  readonly capsule: string;
}

type Capsule = Omit<Crash, keyof CrashSummary>;

export interface CrashFilter {
  readonly plugins?: readonly string[];
  /** RFC 3339; crashes at or after it. Anything else throws a RangeError. */
  readonly since?: string;
  /** Only smaller ids. */
  readonly beforeId?: number;
  /** At most so many. Absent: all that are kept. */
  readonly limit?: number;
}

const SUMMARY =
  'id, plugin_id, run_id, at, uptime_ms, exit_code, signal, cause, restart, verdict, delay_ms, peak_memory_bytes, cpu_ms, core_dumped, version, digest';

const ADD = `
INSERT INTO crashes (plugin_id, run_id, at, uptime_ms, exit_code, signal, cause, restart, verdict, delay_ms,
  peak_memory_bytes, cpu_ms, core_dumped, version, digest, capsule)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const PRUNE = `
DELETE FROM crashes
WHERE plugin_id = ?1 AND id <= (SELECT id FROM crashes WHERE plugin_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`;

export class CrashStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Stores the capsule and returns it with its id. Only inside a transaction. */
  add(crash: Omit<Crash, 'id'>): Crash {
    const { lastId } = this.#db.change(
      ADD,
      crash.plugin,
      crash.runId,
      crash.at,
      crash.uptimeMs,
      crash.exitCode,
      crash.signal,
      crash.cause,
      crash.restart,
      crash.verdict,
      crash.delayMs,
      crash.peakMemoryBytes,
      crash.cpuMs,
      crash.coreDumped ? 1 : 0,
      crash.version,
      crash.digest,
      toJson(capsuleOf(crash)),
    );
    this.#db.change(PRUNE, crash.plugin, MAX_CRASHES);
    return { ...crash, id: lastId };
  }

  get(id: number): Crash | undefined {
    const row = this.#db.row<Row>('SELECT * FROM crashes WHERE id = ?', id);
    return row === undefined ? undefined : toCrash(row);
  }

  /** The n-th newest crash, of one plugin or of all; n = 1 is the newest. */
  nth(n: number, plugin?: string): Crash | undefined {
    const where = new Conditions().add('plugin_id = ?', plugin);
    const sql = `SELECT * FROM crashes ${where} ORDER BY id DESC LIMIT 1 OFFSET ?`;
    const row = n < 1 ? undefined : this.#db.row<Row>(sql, ...where.values, n - 1);
    return row === undefined ? undefined : toCrash(row);
  }

  /** Newest first. */
  list(filter: CrashFilter = {}): CrashSummary[] {
    const where = new Conditions()
      .addOneOf('plugin_id', filter.plugins)
      .add('at >= ?', filter.since === undefined ? undefined : comparableTime(filter.since))
      .add('id < ?', filter.beforeId);
    const rows = this.#db.rows<SummaryRow>(
      `SELECT ${SUMMARY} FROM crashes ${where} ORDER BY id DESC LIMIT ?`,
      ...where.values,
      filter.limit ?? -1,
    );
    return rows.map(toSummary);
  }

  newest(plugin: string): CrashSummary | undefined {
    return this.list({ plugins: [plugin], limit: 1 })[0];
  }

  /** Removes everything of a plugin. Only inside a transaction. */
  forget(plugin: string): void {
    this.#db.change('DELETE FROM crashes WHERE plugin_id = ?', plugin);
  }
}

function capsuleOf(crash: Omit<Crash, 'id'>): Capsule {
  return {
    detail: crash.detail,
    lastLines: crash.lastLines,
    limits: crash.limits,
    settingsChanged: crash.settingsChanged,
    digestChanged: crash.digestChanged,
    ...(crash.versionBefore === undefined ? {} : { versionBefore: crash.versionBefore }),
    lastGoodRunId: crash.lastGoodRunId,
  };
}

function toCrash(row: Row): Crash {
  return { ...toSummary(row), ...fromJson<Capsule>(row.capsule) };
}

function toSummary(row: SummaryRow): CrashSummary {
  return {
    id: row.id,
    plugin: row.plugin_id,
    runId: row.run_id,
    at: row.at,
    uptimeMs: row.uptime_ms,
    exitCode: row.exit_code,
    signal: row.signal,
    cause: row.cause,
    restart: row.restart,
    verdict: row.verdict,
    delayMs: row.delay_ms,
    peakMemoryBytes: row.peak_memory_bytes,
    cpuMs: row.cpu_ms,
    coreDumped: row.core_dumped === 1,
    version: row.version,
    digest: row.digest,
  };
}
