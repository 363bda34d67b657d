/** Opening the state database: look, check, set aside what is damaged, migrate. */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { Database } from './database.ts';
import { COMPANIONS, lookAt, makePrivate, setAside, syncPath } from './database-file.ts';
import { keepId, readKeptId } from './instance-file.ts';
import { InstanceSettings } from './instance-settings.ts';
import { APPLICATION_ID, MIGRATIONS, type Migration, SCHEMA_VERSION } from './migrations.ts';
import { Reserve } from './reserve.ts';
import { salvage } from './salvage.ts';
import { fileFailureOf, isSqliteError, type StoreFailure, storeFailureOf } from './store-failure.ts';

const MAX_PLAUSIBLE_VERSION = 1_000_000;

export interface OpenInputs {
  readonly file: string;
  /** Beside the database: space that is given back when the disk is full. */
  readonly reserveFile: string;
  readonly clock: Clock;
  readonly log: SupervisorLog;
}

export interface OpenedDatabase {
  readonly database: Database;
  /** What was put aside, when the database that was found could not be used: worth an event. */
  readonly setAside?: SetAside;
}

export interface SetAside {
  /** Where it lies now; its write-ahead log beside it. */
  readonly path: string;
  /** What was wrong with it, one line. */
  readonly reason: string;
  /** Rows that could still be read and were taken over, by table. */
  readonly salvaged: Readonly<Record<string, number>>;
}

export interface OpenFailure {
  readonly kind: 'newer' | 'unwritable' | 'locked' | 'full';
  /** One line: what, why, what next. */
  readonly message: string;
  readonly path: string;
}

type Attempt =
  | { readonly kind: 'open'; readonly database: Database }
  | { readonly kind: 'damaged'; readonly reason: string; readonly isReadable: boolean }
  | { readonly kind: 'failed'; readonly failure: OpenFailure };

/**
 * Opens the database, made anew when there is none, and brings its schema up to date. One that is damaged is set
 * aside as `FILE.damaged-TIME`, and a fresh one made. One of a newer torud is refused and not touched.
 */
export function openDatabase(inputs: OpenInputs): Result<OpenedDatabase, OpenFailure> {
  const reserve = new Reserve(inputs.reserveFile, inputs.clock, inputs.log);
  const found = openOrRelease(inputs, reserve);
  if (found.kind === 'failed') return failure(found.failure);
  if (found.kind === 'open') {
    reserve.prepare();
    return success({ database: found.database });
  }
  const path = aside(inputs);
  if (!path.ok) return path;
  const fresh = openOrRelease(inputs, reserve);
  if (fresh.kind === 'damaged') throw new Error(`a new state database is damaged at once: ${fresh.reason}`);
  if (fresh.kind === 'failed') {
    const message = `${fresh.failure.message}; the one that was there is damaged and now ${path.value}`;
    return failure({ ...fresh.failure, message });
  }
  // SQLite would remove the log of a file without content, which is all that is left of it.
  const salvaged = found.isReadable ? salvage(fresh.database, path.value, inputs.log) : {};
  reserve.prepare();
  return success({
    database: fresh.database,
    setAside: { path: path.value, reason: found.reason, salvaged },
  });
}

/**
 * Sets a database that turned out to be damaged aside while it is in use, and goes on in a fresh one with all that can
 * still be read. Failure: the database is closed; to be called again.
 * @param instanceId stays the same
 */
export function rebuild(
  database: Database,
  inputs: Pick<OpenInputs, 'clock' | 'log'>,
  reason: string,
  instanceId: string,
): Result<SetAside, StoreFailure> {
  const { file } = database;
  let path: string | undefined;
  try {
    // Closing removes a write-ahead log by its name, so what is to be kept has another one by then.
    path = setAside(file, 'damaged', inputs.clock.now());
    database.disconnect();
    makePrivate(file);
    database.reconnect();
    const attempt = migrated(database);
    const made = filled(database, path, instanceId, attempt, inputs.log);
    if (made.ok) return success({ path, reason, salvaged: made.value });
    database.disconnect();
    takeBack(path, file);
    return made;
  } catch (thrown) {
    database.disconnect();
    if (path !== undefined) takeBack(path, file);
    return failure(failureOrThrow(thrown, file));
  }
}

function filled(
  database: Database,
  path: string,
  instanceId: string,
  attempt: Attempt,
  log: SupervisorLog,
): Result<SetAside['salvaged'], StoreFailure> {
  if (attempt.kind !== 'open') {
    const message = attempt.kind === 'failed' ? attempt.failure.message : attempt.reason;
    return failure({ kind: 'io', message });
  }
  const salvaged = salvage(database, path, log);
  const settings = new InstanceSettings(database);
  const named = database.transaction(() => settings.set('instance_id', instanceId), { durable: true });
  return named.ok ? success(salvaged) : named;
}

/** Undoes `setAside`, so that a later try finds what there was. */
function takeBack(path: string, file: string): void {
  for (const suffix of ['', ...COMPANIONS]) {
    rmSync(`${file}${suffix}`, { force: true });
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${file}${suffix}`);
  }
}

/** Tries once more with the reserve released when the disk is full. */
function openOrRelease(inputs: OpenInputs, reserve: Reserve): Attempt {
  const first = tryOpen(inputs, reserve);
  if (first.kind !== 'failed' || first.failure.kind !== 'full') return first;
  reserve.find();
  return reserve.release() ? tryOpen(inputs, reserve) : first;
}

function aside(inputs: OpenInputs): Result<string, OpenFailure> {
  try {
    return success(setAside(inputs.file, 'damaged', inputs.clock.now()));
  } catch (thrown) {
    return failure(openFailureOf(failureOrThrow(thrown, inputs.file), inputs.file));
  }
}

function tryOpen(inputs: OpenInputs, reserve: Reserve): Attempt {
  const { file } = inputs;
  let database: Database | undefined;
  try {
    const found = lookAt(file);
    if (found.kind === 'foreign') return unreadable(`${file} is not an SQLite database`);
    if (found.kind === 'orphan-log') {
      return unreadable(`${file} is empty or missing, but its write-ahead log is not`);
    }
    if (found.kind === 'database' && isNewer(found.schemaVersion)) {
      return { kind: 'failed', failure: newer(file, found.schemaVersion) };
    }
    makePrivate(file);
    database = new Database(file, reserve, inputs.clock, inputs.log);
    const attempt = (found.kind === 'fresh' ? undefined : check(database)) ?? migrated(database);
    if (attempt.kind !== 'open') database.disconnect();
    return attempt;
  } catch (thrown) {
    database?.disconnect();
    // Before the first migration, an error of SQLite is never a bug of ours: it cannot read what is there.
    if (database === undefined && isUnreadable(thrown, file)) return damaged(`${file}: ${oneLine(thrown)}`);
    return asAttempt(failureOrThrow(thrown, file), file);
  }
}

function isUnreadable(thrown: unknown, file: string): thrown is Error {
  return isSqliteError(thrown) && storeFailureOf(thrown, file) === undefined;
}

function oneLine(thrown: Error): string {
  return thrown.message.replace(/\s*\n\s*/g, ' ');
}

function failureOrThrow(thrown: unknown, file: string): StoreFailure {
  const problem = storeFailureOf(thrown, file) ?? fileFailureOf(thrown, file);
  if (problem === undefined) throw thrown;
  return problem;
}

/** A version beyond all reason is no newer torud's, but damage. */
function isNewer(version: number): boolean {
  return version > SCHEMA_VERSION && version <= MAX_PLAUSIBLE_VERSION;
}

function unreadable(reason: string): Attempt {
  return { kind: 'damaged', reason, isReadable: false };
}

function damaged(reason: string): Attempt {
  return { kind: 'damaged', reason, isReadable: true };
}

/** Undefined when the content is sound and ours. */
function check(database: Database): Attempt | undefined {
  try {
    return checkContent(database);
  } catch (thrown) {
    if (isUnreadable(thrown, database.file)) return damaged(`${database.file}: ${oneLine(thrown)}`);
    throw thrown;
  }
}

function checkContent(database: Database): Attempt | undefined {
  const { file } = database;
  const version = userVersion(database);
  // The header was older, or it would have been refused: the write-ahead log holds a newer torud's migration.
  if (isNewer(version)) return { kind: 'failed', failure: newer(file, version) };
  const found = database.row<{ quick_check: string }>('PRAGMA quick_check(1)')?.quick_check ?? 'no answer';
  if (found !== 'ok') return damaged(`${file}: ${found.replace(/\s*\n\s*/g, ' ')}`);
  const objects = database.row<{ n: number }>('SELECT count(*) AS n FROM sqlite_schema')?.n ?? 0;
  if (objects === 0) return undefined;
  const owner = database.row<{ application_id: number }>('PRAGMA application_id')?.application_id;
  if (owner !== APPLICATION_ID) return unreadable(`${file} is an SQLite database, but not one of torud`);
  const recorded = new InstanceSettings(database).get('schema_version');
  if (recorded === String(version)) return undefined;
  return damaged(`${file}: its header says schema version ${version}, its settings ${recorded ?? 'none'}`);
}

/** Brings the schema up to date, one durable transaction a step; also proves that the file can be written. */
function migrated(database: Database): Attempt {
  const { file } = database;
  for (const step of MIGRATIONS.filter((one) => one.version > userVersion(database))) {
    const done = migrate(database, step);
    if (!done.ok) return asAttempt(done.failure, file);
  }
  const settings = new InstanceSettings(database);
  const settled = database.transaction(() => settings.ensureInstanceId(readKeptId(file)));
  if (!settled.ok) return asAttempt(settled.failure, file);
  keepId(file, settings.instanceId());
  // The name of a new file is only safe against a power cut once its folder is.
  syncPath(dirname(file));
  return { kind: 'open', database };
}

/** Applies one step; nothing of it when it fails. */
export function migrate(database: Database, step: Migration): Result<void, StoreFailure> {
  return database.transaction(
    () => {
      database.execute(step.sql);
      database.execute(`PRAGMA user_version = ${step.version}; PRAGMA application_id = ${APPLICATION_ID}`);
      new InstanceSettings(database).set('schema_version', String(step.version));
    },
    { durable: true },
  );
}

function userVersion(database: Database): number {
  return database.row<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0;
}

function asAttempt(problem: StoreFailure, file: string): Attempt {
  if (problem.kind === 'damaged') return damaged(problem.message);
  return { kind: 'failed', failure: openFailureOf(problem, file) };
}

function openFailureOf(problem: StoreFailure, path: string): OpenFailure {
  const next = {
    full: ['full', 'free some space'],
    locked: ['locked', 'end the program that holds it'],
    readonly: ['unwritable', 'make the folder and the file writable for torud'],
    io: ['unwritable', 'check the disk'],
    damaged: ['unwritable', 'move it away'],
  } as const;
  const [kind, advice] = next[problem.kind];
  return { kind, message: `${problem.message}; ${advice}`, path };
}

function newer(path: string, version: number): OpenFailure {
  return {
    kind: 'newer',
    message: `the state database ${path} has schema version ${version}, but this torud knows versions up to ${SCHEMA_VERSION} only; use the newer torud, or move the file away`,
    path,
  };
}
