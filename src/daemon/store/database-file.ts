/** The database as files: what lies there before SQLite opens it, and putting a bad one aside. */

import {
  chmodSync,
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { fileFailureOf, type StoreFailure } from './store-failure.ts';

/** Companions of a database in WAL mode. */
export const COMPANIONS = ['-wal', '-shm'] as const;
const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';
/** Byte offset of the user version in the header (sqlite.org/fileformat2.html, section 1.3). */
const USER_VERSION_OFFSET = 60;

export type FileLook =
  | { readonly kind: 'fresh' }
  /** Nothing in the file, but a write-ahead log with content beside it. */
  | { readonly kind: 'orphan-log' }
  | { readonly kind: 'foreign' }
  /** `schemaVersion`: as in the file itself; the write-ahead log may hold a newer one. */
  | { readonly kind: 'database'; readonly schemaVersion: number };

/**
 * Reads the first bytes and changes nothing. Throws errors of the file system. Never to be used on a file that this
 * process has open in SQLite: closing a descriptor drops its locks (fcntl(2)).
 */
export function lookAt(file: string): FileLook {
  if (sizeOf(file) === 0) return sizeOf(`${file}-wal`) > 0 ? { kind: 'orphan-log' } : { kind: 'fresh' };
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(file, 'r');
  let length: number;
  try {
    length = readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC)
    return { kind: 'foreign' };
  return { kind: 'database', schemaVersion: header.readUInt32BE(USER_VERSION_OFFSET) };
}

/** Whether the file begins as every SQLite database does; one that is still empty does as well. */
export function hasMagic(descriptor: number): boolean {
  const start = Buffer.alloc(MAGIC.length);
  const length = readSync(descriptor, start, 0, MAGIC.length, 0);
  return length === 0 || start.toString('latin1') === MAGIC;
}

/** Makes the file if it is missing; either way only its owner may read it. SQLite gives its companions the same mode. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

/** Renames the database and its companions to `FILE.WORD-TIME…` and returns that path. */
export function setAside(file: string, word: 'damaged' | 'replaced', nowMs: number): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const target = freeName(`${file}.${word}-${time}`);
  // The log first: should this be cut short, the next start finds a database, or nothing, but no log of another one.
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${target}${suffix}`);
  }
  return target;
}

/** Device and inode of the database and of its write-ahead log; `none` where there is no such file. */
export interface FileIdentity {
  readonly database: string;
  readonly databaseBytes: number;
  readonly log: string;
  readonly logBytes: number;
}

export function identityOf(file: string): FileIdentity {
  const [database, log] = [statOf(file), statOf(`${file}-wal`)];
  return { database: database.inode, databaseBytes: database.bytes, log: log.inode, logBytes: log.bytes };
}

/**
 * Whether the files are those of before, and have not become shorter: SQLite cuts neither while it has them open, but
 * for a log beyond its limit.
 */
export function isSameFile(now: FileIdentity, before: FileIdentity, logLimitBytes: number): boolean {
  return (
    now.database === before.database &&
    now.log === before.log &&
    now.databaseBytes >= before.databaseBytes &&
    now.logBytes >= Math.min(before.logBytes, logLimitBytes)
  );
}

/** One region of the index that SQLite keeps in shared memory (sqlite.org/walformat.html, section 2). */
const SHARED_REGION_BYTES = 32 * 1024;

/** Whether the shared-memory file is shorter than SQLite ever makes it. */
export function isSharedMemoryCut(file: string): boolean {
  const { inode, bytes } = statOf(`${file}-shm`);
  return inode !== 'none' && bytes < SHARED_REGION_BYTES;
}

/** Makes it as long as an index of the log could need it; it takes no space on the disk for zeros. */
export function lengthenSharedMemory(file: string): void {
  const frames = statOf(`${file}-wal`).bytes / 4096;
  // A region lists 4,096 frames at most, the first one a few less.
  truncateSync(`${file}-shm`, (Math.ceil(frames / 4000) + 1) * SHARED_REGION_BYTES);
}

/** Puts the write-ahead log on the disk. It carries no locks, so that a descriptor of our own on it does no harm. */
export function syncLog(file: string): StoreFailure | undefined {
  try {
    withDescriptor(`${file}-wal`, fdatasyncSync);
    return undefined;
  } catch (thrown) {
    const problem = fileFailureOf(thrown, file);
    if (problem === undefined) throw thrown;
    return problem;
  }
}

/** Puts a folder's names, or a file that SQLite does not have open, on the disk. Throws errors of the file system. */
export function syncPath(path: string): void {
  withDescriptor(path, fsyncSync);
}

function withDescriptor(path: string, use: (descriptor: number) => void): void {
  const descriptor = openSync(path, 'r');
  try {
    use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function statOf(path: string): { readonly inode: string; readonly bytes: number } {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return { inode: 'none', bytes: 0 };
  return { inode: `${found.dev}:${found.ino}`, bytes: Number(found.size) };
}

function freeName(wish: string): string {
  const isTaken = (name: string) =>
    existsSync(name) || COMPANIONS.some((suffix) => existsSync(name + suffix));
  let name = wish;
  for (let n = 2; isTaken(name); n++) name = `${wish}.${n}`;
  return name;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
