/** Holds what torud has stored and kept against what the writers and the client know. To be called when torud is gone. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Paths } from '../../src/protocol/paths.ts';
import { checkLog } from './kept-lines.ts';
import { doubledRuns, type RunOfWriter, runsOfWriter } from './run-record.ts';
import type { Acknowledged } from './steady-client.ts';
import { WRITERS, type Writer } from './writers.ts';

interface RunRow {
  readonly id: number;
  readonly boot_id: string;
  readonly pid: number | null;
  readonly ended_at: string | null;
  readonly cause: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly lines: number | null;
  readonly lines_lost: number | null;
}

interface CrashRow {
  readonly run_id: number;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly capsule: string;
}

export interface Verdict {
  readonly lines: number;
  readonly logFiles: number;
  readonly crashes: number;
  /** Runs that torud had written down and died before their shim could begin them. */
  readonly neverBegan: number;
  readonly faults: readonly string[];
}

/** What the database keeps of a plugin; of a long soak the newest are looked at. */
const KEPT_CRASHES = 200;
const KEPT_ENDED_RUNS = 1000;

export function judge(paths: Paths, acknowledged: Acknowledged): Verdict {
  using database = new DatabaseSync(paths.databaseFile, { readOnly: true });
  const faults: string[] = [];
  const sums = { lines: 0, logFiles: 0, crashes: 0, neverBegan: 0 };
  for (const writer of WRITERS) {
    const dataFolder = join(paths.dataFolder, writer.id);
    const runs = runsOfWriter(dataFolder);
    const log = checkLog(paths.pluginLogFolder, writer.id, runs);
    const rows = database
      .prepare('SELECT * FROM runs WHERE plugin_id = ? ORDER BY id')
      .all(writer.id) as unknown as readonly RunRow[];
    const oldest = rows.length < KEPT_ENDED_RUNS ? 0 : (rows[0]?.id ?? 0);
    const isKept = (run: { readonly runId: number }): boolean => run.runId >= oldest;
    sums.lines += log.lines;
    sums.logFiles += log.files;
    sums.crashes += runs.filter((run) => isCrash(run)).length;
    sums.neverBegan += rows.filter((row) => row.pid === null).length;
    faults.push(
      ...log.faults,
      ...doubledRuns(dataFolder).map((name) => `${writer.id}: ${name}: another one was alive`),
      ...checkKind(writer, runs),
      ...checkRuns(writer, runs.filter(isKept), rows),
      ...checkCrashes(writer, runs, database),
      ...checkEvents(writer, rows, startedEvents(writer.id, database).filter(isKept)),
    );
  }
  faults.push(...checkAcknowledged(acknowledged, database));
  for (const name of readdirSync(paths.runsFolder)) faults.push(`left in the runs folder: ${name}`);
  return { ...sums, faults };
}

function isCrash(run: RunOfWriter): boolean {
  return run.ending === 'exited' || run.ending === 'signalled';
}

/** Nobody is started again who did not crash. */
function checkKind(writer: Writer, runs: readonly RunOfWriter[]): readonly string[] {
  const faults: string[] = [];
  if (writer.kind === 'steady' && runs.length !== 1)
    faults.push(`${writer.id}: never crashed and had ${runs.length} runs`);
  const early = runs.slice(0, -1).filter((run) => !isCrash(run));
  if (writer.kind === 'crashing' && early.length > 0)
    faults.push(`${writer.id}: restarted without a crash after run ${early.map((run) => run.runId).join()}`);
  return faults;
}

function checkRuns(writer: Writer, runs: readonly RunOfWriter[], rows: readonly RunRow[]): readonly string[] {
  const faults: string[] = [];
  const known = new Map(runs.map((run) => [run.runId, run]));
  for (const row of rows) {
    const run = known.get(row.id);
    known.delete(row.id);
    const found = `${writer.id}: run ${row.id}: stored ${row.cause} code=${row.exit_code} signal=${row.signal}`;
    if (row.ended_at === null) faults.push(`${writer.id}: run ${row.id} has no end`);
    if (run === undefined || run.ending === 'living') {
      // Told to end before its program had got so far as to listen.
      const isEarlyStop = writer.kind === 'switched' && row.signal === 'SIGTERM';
      const hasNeverBegun = row.pid === null && row.cause === 'lost' && run === undefined;
      if (!isEarlyStop && !hasNeverBegun) faults.push(`${found}, and its writer knows of no end`);
      continue;
    }
    const cause = isCrash(run) ? (run.signal === null ? 'exit' : 'signal') : 'requested';
    if (row.exit_code !== run.code || row.signal !== run.signal || row.cause !== cause)
      faults.push(`${found}, its writer says ${run.ending} code=${run.code} signal=${run.signal}`);
    if (row.lines !== run.lines || row.lines_lost !== 0)
      faults.push(`${found}: ${row.lines} lines (${row.lines_lost} lost), its writer wrote ${run.lines}`);
    if (row.pid !== run.pid) faults.push(`${found}: pid ${row.pid}, its writer says ${run.pid}`);
  }
  for (const id of known.keys()) faults.push(`${writer.id}: run ${id} is not stored`);
  return faults;
}

function checkCrashes(
  writer: Writer,
  runs: readonly RunOfWriter[],
  database: DatabaseSync,
): readonly string[] {
  const rows = database
    .prepare('SELECT * FROM crashes WHERE plugin_id = ? ORDER BY id')
    .all(writer.id) as unknown as readonly CrashRow[];
  const crashed = runs.filter((run) => isCrash(run)).slice(-KEPT_CRASHES);
  const faults: string[] = [];
  if (rows.map((row) => row.run_id).join() !== crashed.map((run) => run.runId).join())
    faults.push(
      `${writer.id}: crashes of runs ${rows.map((row) => row.run_id)}, not ${crashed.map((run) => run.runId)}`,
    );
  for (const [index, row] of rows.entries()) {
    const run = crashed[index];
    if (run === undefined) continue;
    if (row.exit_code !== run.code || row.signal !== run.signal)
      faults.push(`${writer.id}: the crash of run ${run.runId} has another code`);
    const { lastLines } = JSON.parse(row.capsule) as { lastLines: readonly { message: string }[] };
    const lastWords = lastLines.at(-1)?.message ?? `line ${0} `;
    if (!lastWords.startsWith(`line ${run.lines} `))
      faults.push(`${writer.id}: the capsule of run ${run.runId} ends with "${lastWords}", not ${run.lines}`);
  }
  return faults;
}

interface StartedEvent {
  readonly at: string;
  readonly runId: number;
}

function startedEvents(id: string, database: DatabaseSync): readonly StartedEvent[] {
  const events = database
    .prepare("SELECT at, details FROM plugin_events WHERE plugin_id = ? AND type = 'started' ORDER BY id")
    .all(id) as unknown as readonly { readonly at: string; readonly details: string }[];
  return events.map(({ at, details }) => ({ at, runId: (JSON.parse(details) as { runId: number }).runId }));
}

/** One `started` for each run that had a process, and none before the end of the run before it. */
function checkEvents(
  writer: Writer,
  rows: readonly RunRow[],
  started: readonly StartedEvent[],
): readonly string[] {
  const faults: string[] = [];
  const expected = rows.filter((row) => row.pid !== null).map((row) => row.id);
  if (started.map((event) => event.runId).join() !== expected.join())
    faults.push(`${writer.id}: started events of ${started.map((event) => event.runId)}, runs ${expected}`);
  for (const event of started) {
    const before = rows.findLast((row) => row.id < event.runId && row.pid !== null);
    if (before?.ended_at != null && before.ended_at > event.at)
      faults.push(`${writer.id}: run ${event.runId} began at ${event.at}, before ${before.ended_at}`);
  }
  return faults;
}

function checkAcknowledged(acknowledged: Acknowledged, database: DatabaseSync): readonly string[] {
  const faults: string[] = [];
  const value = database.prepare('SELECT value FROM plugin_kv WHERE plugin_id = ? AND key = ?');
  for (const [name, expected] of acknowledged.values) {
    const [plugin = '', key = ''] = name.split('/');
    const found = (value.get(plugin, key) as { value: string } | undefined)?.value;
    if (found !== expected) faults.push(`${name} is ${found}, ${expected} was acknowledged`);
  }
  const plugin = database.prepare('SELECT enabled FROM plugins WHERE id = ?');
  for (const [id, enabled] of acknowledged.enabled) {
    const found = (plugin.get(id) as { enabled: number } | undefined)?.enabled === 1;
    if (found !== enabled) faults.push(`${id} is enabled=${found}, ${enabled} was acknowledged`);
  }
  return faults;
}
