/** Which lines a request wants, by the few facts that stand outside the message. */

import type { LogReadParams } from '../../protocol/control/logs.ts';
import { parseTime } from '../base/clock.ts';
import { type LineFacts, levelNumber, STREAM_STDERR, STREAM_STDOUT } from './log-line.ts';

export interface LineFilter {
  /** Microseconds since 1970, inclusive. */
  readonly since: number;
  /** Microseconds since 1970, inclusive. */
  readonly until: number;
  /** Lines of a level number up to this one; 7 lets all pass. */
  readonly maxLevel: number | undefined;
  /** A STREAM_ number. */
  readonly stream: number | undefined;
  readonly run: number | undefined;
}

/** @param run run id, resolved by the caller; undefined: all runs */
export function makeFilter(params: LogReadParams, run: number | undefined): LineFilter {
  return {
    since: params.since === undefined ? Number.NEGATIVE_INFINITY : microsOf(params.since),
    until: params.until === undefined ? Number.POSITIVE_INFINITY : microsOf(params.until),
    maxLevel: params.level === undefined ? undefined : levelNumber(params.level),
    stream: params.stream === undefined ? undefined : streamNumber(params.stream),
    run,
  };
}

/** @param time the line's time, or that of the line before it when it has none of its own */
export function isInScope(facts: LineFacts, time: number, filter: LineFilter): boolean {
  if (time < filter.since || time > filter.until) return false;
  return filter.run === undefined || facts.run === filter.run;
}

/** For a line that is in scope. */
export function isWanted(facts: LineFacts, filter: LineFilter): boolean {
  if (filter.maxLevel !== undefined && (facts.level === -1 || facts.level > filter.maxLevel)) return false;
  return filter.stream === undefined || facts.stream === filter.stream;
}

/** Microseconds since 1970 of an RFC 3339 time; NaN when it is none. */
export function microsOf(text: string): number {
  return Math.round(parseTime(text) * 1000);
}

function streamNumber(stream: 'stdout' | 'stderr'): number {
  return stream === 'stdout' ? STREAM_STDOUT : STREAM_STDERR;
}
