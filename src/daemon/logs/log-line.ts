/**
 * What the daemon knows of a log line, taken from its bytes without parsing JSON: the keys stand at a fixed order
 * (ARCHITECTURE.md, "Contract of toru-shim"), time and level at the head, stream, seq, run and lost at the tail.
 * plugin-supervisor.log has the same head and no tail.
 */

import { LOG_LEVELS, type LogLevel } from '../../protocol/control/logs.ts';

/** Longest line that is handed on whole, in bytes; a longer one goes out in pieces of this size. */
export const MAX_LINE_BYTES = 512 * 1024;

export const NEWLINE = 0x0a;

export const STREAM_STDOUT = 1;
export const STREAM_STDERR = 2;
export const STREAM_SHIM = 3;

/** Filled anew by each `scanLine`, so that a million lines need one object. */
export interface LineFacts {
  /** Microseconds since 1970; NaN when the line has none. */
  time: number;
  /** Index into LOG_LEVELS; -1 when the line has none. */
  level: number;
  /** One of the STREAM_ numbers; 0 when the line has none. */
  stream: number;
  /** -1 when the line has none. */
  run: number;
  /** -1 when the line has none. */
  seq: number;
  /** Lines lost, on a gap line; else 0. */
  lost: number;
}

export function emptyFacts(): LineFacts {
  return { time: Number.NaN, level: -1, stream: 0, run: -1, seq: -1, lost: 0 };
}

const HEAD = Buffer.from('{"timestamp":"');
const LEVEL_KEY = Buffer.from('","level":"');
const STREAM_KEY = Buffer.from('","stream":"');
const SEQ_KEY = Buffer.from('","seq":');
const RUN_KEY = Buffer.from(',"run":');
const CUT_KEY = Buffer.from(',"cut":true');
const LOST_KEY = Buffer.from(',"lost":');
const TIME_BYTES = '2026-11-21T01:32:03.123456Z'.length;
/** More than the longest possible text from `","stream":"` to the end. */
const MAX_TAIL_BYTES = 160;

/** Reads the line `buffer[start, end)`, its newline not included, into `facts`. Any bytes are allowed. */
export function scanLine(buffer: Buffer, start: number, end: number, facts: LineFacts): void {
  facts.time = Number.NaN;
  facts.level = -1;
  facts.stream = 0;
  facts.run = -1;
  facts.seq = -1;
  facts.lost = 0;
  scanHead(buffer, start, end, facts);
  scanTail(buffer, start, end, facts);
}

/** The number that stands for a level in `LineFacts.level`. */
export function levelNumber(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}

function scanHead(buffer: Buffer, start: number, end: number, facts: LineFacts): void {
  const timeAt = start + HEAD.length;
  const levelAt = timeAt + TIME_BYTES;
  if (levelAt + LEVEL_KEY.length + 2 > end || !hasAt(buffer, start, HEAD)) return;
  facts.time = scanTime(buffer, timeAt);
  if (hasAt(buffer, levelAt, LEVEL_KEY)) facts.level = scanLevel(buffer, levelAt + LEVEL_KEY.length);
}

/** The levels of syslog(3) differ in their first two letters; `error` of the supervisor's log counts as `err`. */
function scanLevel(buffer: Buffer, at: number): number {
  const first = buffer[at];
  const second = buffer[at + 1];
  return LOG_LEVELS.findIndex((level) => level.charCodeAt(0) === first && level.charCodeAt(1) === second);
}

function scanTail(buffer: Buffer, start: number, end: number, facts: LineFacts): void {
  const lowest = Math.max(start, end - MAX_TAIL_BYTES);
  let at = end - STREAM_KEY.length;
  // A quote inside the message is escaped, so these bytes cannot come from it.
  while (at >= lowest && !(buffer[at + 3] === 0x73 && hasAt(buffer, at, STREAM_KEY))) at -= 1;
  if (at < lowest) return;
  const streamAt = at + STREAM_KEY.length;
  const stream = scanStream(buffer, streamAt);
  const seqAt = streamAt + (stream === STREAM_SHIM ? 4 : 6);
  if (stream === 0 || !hasAt(buffer, seqAt, SEQ_KEY)) return;
  const seqEnd = digitsEnd(buffer, seqAt + SEQ_KEY.length, end);
  if (!hasAt(buffer, seqEnd, RUN_KEY)) return;
  const runEnd = digitsEnd(buffer, seqEnd + RUN_KEY.length, end);
  facts.stream = stream;
  facts.seq = numberIn(buffer, seqAt + SEQ_KEY.length, seqEnd);
  facts.run = numberIn(buffer, seqEnd + RUN_KEY.length, runEnd);
  const lostAt = hasAt(buffer, runEnd, CUT_KEY) ? runEnd + CUT_KEY.length : runEnd;
  if (!hasAt(buffer, lostAt, LOST_KEY)) return;
  facts.lost = numberIn(buffer, lostAt + LOST_KEY.length, digitsEnd(buffer, lostAt + LOST_KEY.length, end));
}

function scanStream(buffer: Buffer, at: number): number {
  if (buffer[at + 1] === 0x68) return STREAM_SHIM;
  if (buffer[at + 3] === 0x6f) return STREAM_STDOUT;
  return buffer[at + 3] === 0x65 ? STREAM_STDERR : 0;
}

function hasAt(buffer: Buffer, at: number, text: Buffer): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (buffer[at + index] !== text[index]) return false;
  }
  return true;
}

function digitsEnd(buffer: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(buffer[at])) at += 1;
  return at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function numberIn(buffer: Buffer, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) value = value * 10 + ((buffer[at] ?? 0x30) - 0x30);
  return value;
}

const SEPARATORS: readonly (readonly [number, number])[] = [
  [4, 0x2d],
  [7, 0x2d],
  [10, 0x54],
  [13, 0x3a],
  [16, 0x3a],
  [19, 0x2e],
  [26, 0x5a],
];

function scanTime(buffer: Buffer, at: number): number {
  for (const [index, byte] of SEPARATORS) if (buffer[at + index] !== byte) return Number.NaN;
  if (digitsEnd(buffer, at + 20, at + 26) !== at + 26) return Number.NaN;
  const days = daysSince1970(
    numberIn(buffer, at, at + 4),
    numberIn(buffer, at + 5, at + 7),
    numberIn(buffer, at + 8, at + 10),
  );
  const hours = days * 24 + numberIn(buffer, at + 11, at + 13);
  const seconds = (hours * 60 + numberIn(buffer, at + 14, at + 16)) * 60 + numberIn(buffer, at + 17, at + 19);
  return seconds * 1_000_000 + numberIn(buffer, at + 20, at + 26);
}

/** Proleptic Gregorian calendar, by years that begin in March so that the leap day is the last one. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
