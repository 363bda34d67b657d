/** What can go wrong with the state database although nobody made a mistake, as values. */

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * `full`: no space left · `readonly`: may not be written · `locked`: another process holds it · `damaged`: its content
 * or its file is not what was written · `io`: the device failed, or the database is closed.
 */
export interface StoreFailure {
  readonly kind: 'full' | 'readonly' | 'locked' | 'damaged' | 'io';
  /** One line: what, which file, why. */
  readonly message: string;
}

/** Primary result codes (sqlite.org/rescode.html) that say something about the machine. All others are bugs of ours. */
const KINDS: ReadonlyMap<number, StoreFailure['kind']> = new Map([
  [3, 'readonly'], // SQLITE_PERM
  [5, 'locked'], // SQLITE_BUSY
  [6, 'locked'], // SQLITE_LOCKED
  [7, 'io'], // SQLITE_NOMEM
  [8, 'readonly'], // SQLITE_READONLY
  [10, 'io'], // SQLITE_IOERR
  [11, 'damaged'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'readonly'], // SQLITE_CANTOPEN
  [26, 'damaged'], // SQLITE_NOTADB
]);

const REASONS: Readonly<Record<StoreFailure['kind'], string>> = {
  full: 'no space left on the device',
  readonly: 'it or its folder may not be written',
  locked: 'another process holds it',
  damaged: 'its content is damaged',
  io: 'reading or writing failed',
};

const FULL_ERRNOS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
const READONLY_ERRNOS: ReadonlySet<string> = new Set([
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOENT',
  'ENOTDIR',
  'EISDIR',
  'ELOOP',
]);

/** The failure that an exception of SQLite stands for; undefined when it stands for a bug. */
export function storeFailureOf(thrown: unknown, file: string): StoreFailure | undefined {
  const code = sqliteCode(thrown);
  if (code === undefined) return undefined;
  const primary = code & 0xff;
  const kind = KINDS.get(primary);
  if (kind === undefined) return undefined;
  // SQLite says "I/O error" when a file could not be made longer (the shared-memory file, for one).
  if ((primary === 10 || primary === 14) && isDiskFull(file)) return failureOf('full', file);
  return failureOf(kind, file, ` (SQLite error ${code}: ${(thrown as Error).message})`);
}

/** The failure that an error of the file system (open, rename, write) stands for; undefined when it is no such error. */
export function fileFailureOf(thrown: unknown, file: string): StoreFailure | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('syscall' in thrown)) return undefined;
  const code = String(thrown.code);
  if (FULL_ERRNOS.has(code)) return failureOf('full', file, ` (${code})`);
  if (READONLY_ERRNOS.has(code)) return failureOf('readonly', file, ` (${code})`);
  return failureOf('io', file, ` (${code})`);
}

/** The failure of the machine that an exception stands for, SQLite's or the file system's; throws one that is a bug on. */
export function machineFailureOf(thrown: unknown, file: string): StoreFailure {
  const problem = storeFailureOf(thrown, file) ?? fileFailureOf(thrown, file);
  if (problem === undefined) throw thrown;
  return problem;
}

/** A failure of this kind, worded. `detail` follows the reason. */
export function failureOf(
  kind: StoreFailure['kind'],
  file: string,
  detail = '',
  what = 'cannot be used',
): StoreFailure {
  return { kind, message: oneLine(`the state database ${file} ${what}: ${REASONS[kind]}${detail}`) };
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ');
}

/** Any error of SQLite's own, bugs of ours included. */
export function isSqliteError(thrown: unknown): thrown is Error {
  return sqliteCode(thrown) !== undefined;
}

/** A row that the schema forbids (SQLITE_CONSTRAINT). */
export function isConstraint(thrown: unknown): boolean {
  return ((sqliteCode(thrown) ?? 0) & 0xff) === 19;
}

function sqliteCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  return typeof thrown.errcode === 'number' ? thrown.errcode : undefined;
}

function isDiskFull(file: string): boolean {
  try {
    const space = statfsSync(dirname(file));
    return space.blocks > 0 && space.bavail === 0;
  } catch (thrown) {
    if (fileFailureOf(thrown, file) === undefined) throw thrown;
    return false;
  }
}
