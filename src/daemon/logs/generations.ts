/** The files that make up one log: ID.log and its rotated ones, ID.log.1 or ID.log.1.gz and so on. */

import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';

/** One file as it was when it was listed; it may have another name by now. */
export interface Generation {
  readonly path: string;
  /** 0 is the file that is written to. */
  readonly number: number;
  readonly isGzip: boolean;
  readonly inode: number;
  /** When the file was made, in milliseconds since 1970: inodes are used again. 0 where the file system has none. */
  readonly birthMs: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** How often a list is made anew because the log was rotated meanwhile. */
const MAX_TRIES = 50;

/** All files of each log, oldest first; one look at the folder serves them all. */
export async function listLogs(folder: string, bases: readonly string[]): Promise<readonly Generation[][]> {
  const before = await Promise.all(bases.map((base) => look(base, 0)));
  const highest = await highestNumbers(folder);
  return Promise.all(
    bases.map(async (base, at) => {
      const list = await scan(base, highest, before[at]);
      return list.isSteady ? list.generations : listAnew(base);
    }),
  );
}

/** All files of one log, oldest first. */
export async function listAnew(base: string): Promise<Generation[]> {
  for (let tries = 1; ; tries += 1) {
    const before = await look(base, 0);
    const list = await scan(base, await highestNumbers(dirname(base)), before);
    if (list.isSteady || tries === MAX_TRIES) return list.generations;
  }
}

/**
 * Looks at the files newest first. A rotation gives each file the next number, the oldest first and ID.log last. So as
 * long as ID.log is the same at both ends, each file has moved by one at most: it may be seen twice (and is told by its
 * inode), but is never missed.
 * @param before what ID.log was before the folder was looked at
 */
async function scan(
  base: string,
  highest: ReadonlyMap<string, number>,
  before: Generation | undefined,
): Promise<{ readonly generations: Generation[]; readonly isSteady: boolean }> {
  const found = new Map<number, Generation>();
  const last = (highest.get(basename(base)) ?? 0) + 1;
  for (let number = 0; number <= last; number += 1) {
    const generation = await look(base, number);
    if (generation !== undefined && !found.has(generation.inode)) found.set(generation.inode, generation);
  }
  const after = await look(base, 0);
  const isSteady = before === undefined || after === undefined ? before === after : isSameFile(before, after);
  return { generations: [...found.values()].reverse(), isSteady };
}

/** Highest number of a rotated file by the name of its log: `web.log` → 5. */
async function highestNumbers(folder: string): Promise<ReadonlyMap<string, number>> {
  const highest = new Map<string, number>();
  for (const name of await namesIn(folder)) {
    const match = /^(.+)\.(\d{1,6})(?:\.gz)?$/.exec(name);
    if (match?.[1] === undefined) continue;
    highest.set(match[1], Math.max(highest.get(match[1]) ?? 0, Number(match[2])));
  }
  return highest;
}

/** The inode that a path leads to now; undefined when there is none. */
export async function inodeAt(path: string): Promise<number | undefined> {
  return (await statOrNothing(path))?.ino;
}

/** An opened file of a log. */
export interface OpenedFile {
  readonly handle: FileHandle;
  readonly inode: number;
  readonly isGzip: boolean;
}

/** Opens a listed file under whatever name it has now; undefined when it was compressed or deleted meanwhile. */
export async function openGeneration(base: string, generation: Generation): Promise<OpenedFile | undefined> {
  const direct = await openExactly(generation);
  if (direct !== undefined) return direct;
  const moved = (await listAnew(base)).find((candidate) => isSameFile(candidate, generation));
  return moved === undefined ? undefined : openExactly(moved);
}

function isSameFile(one: Generation, other: Generation): boolean {
  return one.inode === other.inode && one.birthMs === other.birthMs;
}

async function openExactly(generation: Generation): Promise<OpenedFile | undefined> {
  try {
    const handle = await open(generation.path, 'r');
    const { ino, birthtimeMs } = await handle.stat();
    if (ino === generation.inode && birthtimeMs === generation.birthMs)
      return { handle, inode: ino, isGzip: generation.isGzip };
    await handle.close();
    return undefined;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

async function look(base: string, number: number): Promise<Generation | undefined> {
  const plain = number === 0 ? base : `${base}.${number}`;
  // The plain file goes away only after its compressed form is whole, so it comes first.
  for (const path of number === 0 ? [plain] : [plain, `${plain}.gz`]) {
    const stats = await statOrNothing(path);
    if (!stats?.isFile()) continue;
    return {
      path,
      number,
      isGzip: path !== plain,
      inode: stats.ino,
      birthMs: stats.birthtimeMs,
      sizeBytes: stats.size,
      mtimeMs: stats.mtimeMs,
    };
  }
  return undefined;
}

async function statOrNothing(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if (isAbsence(thrown)) return undefined;
    throw thrown;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (isAbsence(thrown)) return [];
    throw thrown;
  }
}

function isAbsence(thrown: unknown): boolean {
  const code = errnoOf(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
