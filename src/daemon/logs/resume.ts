/** Where in the files of a log to begin, so that reading goes on right behind a position. */

import { BackwardPlain } from './backward-plain.ts';
import { isBehind, type Position, START } from './cursor.ts';
import { makeFilter } from './filter.ts';
import { type Generation, openGeneration } from './generations.ts';
import { GzipLines } from './gzip-lines.ts';
import { LineCutter } from './line-cutter.ts';
import { emptyFacts, type LineFacts } from './log-line.ts';
import { PlainLines } from './plain-lines.ts';

/** What to read, oldest file first. */
export interface Plan {
  readonly files: readonly Generation[];
  /** Where to begin in the first file, in (unpacked) bytes. */
  readonly offset: number;
  /** Behind the last line that counts as read. */
  readonly position: Position;
  /** The first file may begin with lines up to `position`, which were read under another inode. */
  readonly mayRepeat: boolean;
}

const FIRST_BLOCK_BYTES = 4 * 1024;

/**
 * Goes on behind a position: in the file with its inode when the line before the offset is still the one that was
 * read last (inodes are used again), else by run and seq.
 */
export async function resumeBehind(
  base: string,
  generations: readonly Generation[],
  position: Position,
): Promise<Plan> {
  const at = generations.findIndex((generation) => generation.inode === position.inode);
  const file = generations[at];
  if (file !== undefined && !file.isGzip && (await isAtPosition(base, file, position))) {
    return { files: generations.slice(at), offset: position.offset, position, mayRepeat: false };
  }
  return filesBehind(base, generations, position);
}

/** The files that hold lines behind a position, by their first lines; the one that holds the position comes along. */
export async function filesBehind(
  base: string,
  generations: readonly Generation[],
  position: Position,
): Promise<Plan> {
  if (position.time === START.time) return { files: generations, offset: 0, position, mayRepeat: false };
  let from = generations.length - 1;
  for (; from > 0; from -= 1) {
    const generation = generations[from];
    if (generation === undefined) break;
    const facts = await firstFacts(base, generation);
    if (facts !== undefined && !isBehind(facts, position)) break;
  }
  return { files: generations.slice(Math.max(0, from)), offset: 0, position, mayRepeat: true };
}

/**
 * Begins at a place in the list. What stands before it counts as read, so that the place is found again when the
 * files are rotated away before the first line was read.
 */
export async function planFrom(
  base: string,
  generations: readonly Generation[],
  index: number,
  offset: number,
): Promise<Plan> {
  const files = generations.slice(index);
  const position = { ...START, inode: files[0]?.inode ?? 0, offset };
  for (let at = index; at >= 0; at -= 1) {
    const file = generations[at];
    if (file === undefined || file.isGzip) break;
    const facts = await lastFacts(base, file, at === index ? offset : file.sizeBytes);
    if (facts === undefined) continue;
    const { run, seq, time } = facts;
    return { files, offset, position: { ...position, run, seq, time }, mayRepeat: false };
  }
  return { files, offset, position, mayRepeat: false };
}

/** Facts of the last line before `offset` that has a time. */
async function lastFacts(base: string, file: Generation, offset: number): Promise<LineFacts | undefined> {
  if (offset === 0) return undefined;
  const opened = await openGeneration(base, file);
  if (opened === undefined) return undefined;
  const lines = new BackwardPlain(opened.handle, offset, makeFilter({}, undefined));
  try {
    while ((await lines.previous()) !== undefined) if (!Number.isNaN(lines.facts.time)) return lines.facts;
    return undefined;
  } finally {
    await lines.close();
  }
}

async function isAtPosition(base: string, file: Generation, position: Position): Promise<boolean> {
  if (position.offset > file.sizeBytes) return false;
  if (position.offset === 0) return position.time === START.time;
  const opened = await openGeneration(base, file);
  if (opened === undefined) return false;
  const lines = new BackwardPlain(opened.handle, position.offset, makeFilter({}, undefined));
  try {
    const line = await lines.previous();
    if (line === undefined || lines.lastLineEnd !== position.offset) return false;
    const { run, seq, time } = lines.facts;
    if (run === -1) return Number.isNaN(time) || time === position.time;
    return run === position.run && seq === position.seq;
  } finally {
    await lines.close();
  }
}

/** Facts of a file's first line that has a time; undefined when it has none in its first block. */
async function firstFacts(base: string, generation: Generation): Promise<LineFacts | undefined> {
  const opened = await openGeneration(base, generation);
  if (opened === undefined) return undefined;
  const lines = opened.isGzip
    ? new GzipLines(opened.handle, opened.inode, 0)
    : new PlainLines(opened.handle, opened.inode, 0, Number.POSITIVE_INFINITY, FIRST_BLOCK_BYTES);
  try {
    const block = await lines.next();
    if (block === undefined) return undefined;
    const cutter = new LineCutter();
    cutter.take(block, 0);
    while (cutter.cut()) if (!Number.isNaN(cutter.facts.time)) return { ...emptyFacts(), ...cutter.facts };
    return undefined;
  } finally {
    await lines.close();
  }
}
