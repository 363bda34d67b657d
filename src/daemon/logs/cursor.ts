/**
 * Where a reader stands in every log it reads, as text that a later request can bring back. Opaque to clients:
 * `1;ID,inode,offset,run,seq,time;…`, numbers in base 36, the supervisor's own log with an empty ID.
 */

import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { LineFacts } from './log-line.ts';

/** Behind the last line that was consumed of one log. */
export interface Position {
  /** 0: no file has been seen yet. */
  readonly inode: number;
  /** In bytes; of a compressed file: of what it unpacks to. */
  readonly offset: number;
  /** Of the last line that had one; -1 without. */
  readonly run: number;
  /** -1 without. */
  readonly seq: number;
  /** Microseconds since 1970 of the last line that had a time; -1 without. */
  readonly time: number;
}

export const START: Position = { inode: 0, offset: 0, run: -1, seq: -1, time: -1 };

/** Positions by plugin id; the supervisor's own log has the id ''. */
export type Cursor = ReadonlyMap<string, Position>;

const VERSION = '1';
const ENTRY = /^([a-z0-9._-]{0,64})((?:,-?[0-9a-z]{1,11}){5})$/;

/** One log's part of a cursor. */
export function encodePosition(plugin: string, position: Position): string {
  const numbers = [position.inode, position.offset, position.run, position.seq, position.time];
  return `${plugin},${numbers.map((number) => number.toString(36)).join(',')}`;
}

/** @param entries what `encodePosition` made of every log of the stream */
export function joinCursor(entries: readonly string[]): string {
  return [VERSION, ...entries].join(';');
}

/** The failure is a `usage` error for the client. */
export function parseCursor(text: string): Result<Cursor, ErrorBody> {
  const [version, ...entries] = text.split(';');
  if (version !== VERSION) return failure(badCursor('it is not one of this version'));
  const cursor = new Map<string, Position>();
  for (const entry of entries) {
    const match = ENTRY.exec(entry);
    const numbers = match?.[2]
      ?.slice(1)
      .split(',')
      .map((digits) => Number.parseInt(digits, 36));
    if (
      match?.[1] === undefined ||
      !numbers?.every((number) => Number.isSafeInteger(number) && number >= -1)
    ) {
      return failure(badCursor(`its part ${cursor.size + 1} is damaged`));
    }
    const [inode = 0, offset = 0, run = -1, seq = -1, time = -1] = numbers;
    cursor.set(match[1], { inode: Math.max(0, inode), offset: Math.max(0, offset), run, seq, time });
  }
  return success(cursor);
}

function badCursor(why: string): ErrorBody {
  return errorBody('usage', `cursor: ${why}`, { hint: 'use the cursor of an item of log.read, or none' });
}

/**
 * True when the line comes behind the position. Within a run `seq` tells; run ids grow, and where a new database
 * let them begin anew, the time tells.
 */
export function isBehind(facts: LineFacts, position: Position): boolean {
  if (facts.run === -1 || position.run === -1) return facts.time > position.time;
  if (facts.run === position.run) return facts.seq > position.seq;
  return facts.run > position.run || facts.time > position.time;
}
