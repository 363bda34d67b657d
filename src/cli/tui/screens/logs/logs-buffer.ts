/**
 * A piece of a log without a hole: lines numbered without end in both directions, in chunks that know where reading goes
 * on behind them. Immutable.
 */

import { type LogEntry, logEntry, timeOf } from './logs-line.ts';

/** Lines that a screen holds, and their letters. */
export const MAX_LINES = 20_000;
export const MAX_LETTERS = 16 * 1024 * 1024;
const CHUNK_LINES = 256;
const CHUNK_LETTERS = 256 * 1024;

interface Chunk {
  /** Number of its first line. */
  readonly from: number;
  /** As they stand in the file. */
  readonly lines: readonly string[];
  /** Of the lines that somebody has looked at: most are never looked at. */
  readonly known: (LogEntry | undefined)[];
  readonly letters: number;
  /** Goes on right behind its last line; undefined: that is not known. */
  readonly cursor: string | undefined;
}

export interface LogBuffer {
  readonly chunks: readonly Chunk[];
  /** Number of the first line. */
  readonly from: number;
  /** Behind the last line. */
  readonly to: number;
  readonly letters: number;
  /** True when there is nothing older. */
  readonly isFromStart: boolean;
}

export const EMPTY: LogBuffer = { chunks: [], from: 0, to: 0, letters: 0, isFromStart: false };

export function lineAt(buffer: LogBuffer, at: number): string | undefined {
  return entryAt(buffer, at)?.raw;
}

export function entryAt({ chunks, from, to }: LogBuffer, at: number): LogEntry | undefined {
  if (at < from || at >= to) return undefined;
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((chunks[middle]?.from ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  const chunk = chunks[low];
  const raw = chunk?.lines[at - chunk.from];
  if (chunk === undefined || raw === undefined) return undefined;
  const known = chunk.known[at - chunk.from] ?? logEntry(raw);
  chunk.known[at - chunk.from] = known;
  return known;
}

/** Where reading goes on behind the last line. */
export function endCursor({ chunks }: LogBuffer): string | undefined {
  return chunks.at(-1)?.cursor;
}

/** @param cursor behind the last of the lines, and behind all that were filtered away since */
export function append(buffer: LogBuffer, lines: readonly string[], cursor: string | undefined): LogBuffer {
  const last = buffer.chunks.at(-1);
  const letters = lettersOf(lines);
  const isSmall =
    last !== undefined &&
    last.lines.length + lines.length <= CHUNK_LINES &&
    last.letters + letters <= CHUNK_LETTERS;
  if (last !== undefined && (isSmall || lines.length === 0 || last.lines.length === 0)) {
    const joined: Chunk = {
      from: last.from,
      lines: lines.length === 0 ? last.lines : [...last.lines, ...lines],
      known: last.known.slice(),
      letters: last.letters + letters,
      cursor,
    };
    return grown(buffer, [...buffer.chunks.slice(0, -1), joined], letters, lines.length);
  }
  // Without any line yet, a chunk that is empty remembers the cursor.
  const chunk: Chunk = { from: buffer.to, lines, known: [], letters, cursor };
  return grown(buffer, [...buffer.chunks, chunk], letters, lines.length);
}

function grown(buffer: LogBuffer, chunks: readonly Chunk[], letters: number, lines: number): LogBuffer {
  return { ...buffer, chunks, letters: buffer.letters + letters, to: buffer.to + lines };
}

export interface LogPart {
  /** As they stand in the file, oldest first. */
  readonly lines: readonly string[];
  readonly cursor: string | undefined;
}

/** Puts older lines before the first one. */
export function prepend(buffer: LogBuffer, parts: readonly LogPart[], isFromStart: boolean): LogBuffer {
  const lines = parts.reduce((sum, part) => sum + part.lines.length, 0);
  const first = { ...EMPTY, from: buffer.from - lines, to: buffer.from - lines };
  const older = parts.reduce((made, part) => append(made, part.lines, part.cursor), first);
  return {
    chunks: [...older.chunks, ...buffer.chunks],
    from: older.from,
    to: buffer.to,
    letters: older.letters + buffer.letters,
    isFromStart,
  };
}

export function isTooLarge({ from, to, letters }: LogBuffer): boolean {
  return to - from > MAX_LINES || letters > MAX_LETTERS;
}

/**
 * Drops oldest chunks that end before `keepFrom`, until it is small enough.
 * @param room for so many lines more
 */
export function trimStart(buffer: LogBuffer, keepFrom: number, room = 0): LogBuffer {
  let { from, letters } = buffer;
  let dropped = 0;
  for (const { lines, letters: own } of buffer.chunks) {
    const isSmall = buffer.to - from + room <= MAX_LINES && letters <= MAX_LETTERS;
    if (isSmall || from + lines.length > keepFrom || dropped === buffer.chunks.length - 1) break;
    dropped += 1;
    from += lines.length;
    letters -= own;
  }
  if (dropped === 0) return buffer;
  return { ...buffer, chunks: buffer.chunks.slice(dropped), from, letters, isFromStart: false };
}

/** Drops newest chunks that begin at `keepTo` or later, until it is small enough. */
export function trimEnd(buffer: LogBuffer, keepTo: number): LogBuffer {
  let { to, letters } = buffer;
  let kept = buffer.chunks.length;
  while (kept > 1 && (to - buffer.from > MAX_LINES || letters > MAX_LETTERS)) {
    const last = buffer.chunks[kept - 1];
    if (last === undefined || last.from < keepTo) break;
    kept -= 1;
    to = last.from;
    letters -= last.letters;
  }
  return kept === buffer.chunks.length
    ? buffer
    : { ...buffer, chunks: buffer.chunks.slice(0, kept), to, letters };
}

/** Number of the first line that is not older than `time`; `to` when there is none. Lines are in the order of time. */
export function firstAt(buffer: LogBuffer, time: string): number {
  let low = buffer.from;
  let high = buffer.to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = lineAt(buffer, middle);
    if (line !== undefined && timeOf(line) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lettersOf(lines: readonly string[]): number {
  let letters = 0;
  for (const { length } of lines) letters += length;
  return letters;
}
