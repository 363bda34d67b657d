/** What the logs screen knows and wants. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { LogLevel, LogReadParams } from '../../../../protocol/control/logs.ts';
import { given } from '../../../option-values.ts';
import type { LogFilter, LogPlace } from '../../screen.ts';
import { EMPTY, type LogBuffer, type LogPart } from './logs-buffer.ts';
import type { LogPattern } from './logs-pattern.ts';
import type { Spot } from './logs-window.ts';

export const TIMES = ['time', 'full', 'off'] as const;
export type Times = (typeof TIMES)[number];

/** What is read from torud; with another one all is read again. */
export interface LogWants {
  /** Empty: of all plugins. */
  readonly ids: readonly string[];
  readonly level: LogLevel | undefined;
  readonly stream: 'stdout' | 'stderr' | undefined;
  /** Only messages that match. */
  readonly pattern: LogPattern | undefined;
}

/** How lines are shown. */
export interface LogStyle {
  readonly wraps: boolean;
  readonly times: Times;
  readonly hasFacts: boolean;
  /** Columns of the messages that are left out at the left, when lines are not wrapped. */
  readonly left: number;
}

/** Where to be once what is read has come. */
export interface Landing {
  /** RFC 3339. */
  readonly at: string;
  readonly runId?: number | undefined;
  /** The first line of the run is meant, else its last one. */
  readonly isBeginning?: boolean;
  /** Exactly this line. */
  readonly line?: string | undefined;
  /** The line is put on top, not into the middle, and gets no mark. */
  readonly isTop?: boolean;
}

/** Older lines on their way. */
export interface Older {
  readonly tag: string;
  readonly params: LogReadParams;
  /** The lines end before this one. */
  readonly anchor: string | undefined;
  readonly parts: readonly LogPart[];
  /** Lines in `parts`, and their letters. */
  readonly lines: number;
  readonly letters: number;
  /** Lines that have come, also those that the pattern has left out. */
  readonly seen: number;
  /** Older ones of them were dropped as too many. */
  readonly wasCut: boolean;
  /** The anchor has come: what follows it is there already. */
  readonly isMet: boolean;
  readonly landing: Landing | undefined;
}

/** What is to come; it fills the buffer at its end. */
export interface Live {
  readonly tag: string;
  /** Lines up to this one are there already. */
  readonly behind: string | undefined;
  /** Undefined: all that was there when the reading began has come. */
  readonly backlog: Backlog | undefined;
}

/** What is there already when a reading of what is to come begins. */
export interface Backlog {
  /** Of the question which line was the newest then. */
  readonly tag: string;
  /** Time of that line; undefined: not answered yet. */
  readonly end: string | undefined;
  /** Time of the last line that has come; '' before the first. */
  readonly readTo: string;
  /** When fewer lines than these come, there are no others; undefined: that is not to be told from their count. */
  readonly lines: number | undefined;
}

/** A search in what the buffer does not hold. */
export interface Scan {
  readonly tag: string;
  readonly pattern: LogPattern;
  readonly isBackward: boolean;
  /** Backward: ends before it. Forward: begins behind it. */
  readonly anchor: string | undefined;
  readonly found: string | undefined;
  readonly seen: number;
}

export interface LogsState {
  /** Prefix of all tags. */
  readonly tag: string;
  /** As the screen was opened; `u` comes back to it. */
  readonly ownIds: readonly string[];
  readonly place: LogPlace | undefined;
  readonly wants: LogWants;
  readonly style: LogStyle;
  readonly buffer: LogBuffer;
  /** The first row that is shown; undefined: the newest lines, followed. */
  readonly top: Spot | undefined;
  /** Stopped by a key, not by scrolling. */
  readonly isPaused: boolean;
  /** Lines from here on were not there when the follow was left. */
  readonly knownTo: number;
  /** The end of all lines that were ever read since `wants`. */
  readonly readTo: number;
  readonly live: Live | undefined;
  readonly older: Older | undefined;
  readonly scan: Scan | undefined;
  readonly search: LogPattern | undefined;
  readonly isBackward: boolean;
  /** While it is typed. */
  readonly preview: LogPattern | undefined;
  /** The line that a search or a jump has led to. */
  readonly mark: number | undefined;
  /** The mark is to be in the middle, as soon as there are enough lines behind it; or only when it is not seen. */
  readonly centring: 'no' | 'always' | 'hidden';
  readonly crashes: readonly CrashSummary[];
  readonly failure: string | undefined;
  /** Makes each tag another one. */
  readonly turn: number;
}

export function firstState(
  tag: string,
  ids: readonly string[],
  place: LogPlace | undefined,
  { level, stream, pattern }: LogFilter = {},
): LogsState {
  return {
    tag,
    ownIds: ids,
    place,
    wants: { ids, level, stream, pattern },
    style: { wraps: false, times: 'time', hasFacts: false, left: 0 },
    ...NOTHING_READ,
    isPaused: false,
    search: undefined,
    isBackward: false,
    preview: undefined,
    crashes: [],
    turn: 0,
  };
}

/** As before the first line has come. */
export const NOTHING_READ = {
  buffer: EMPTY,
  top: undefined,
  knownTo: 0,
  readTo: 0,
  live: undefined,
  older: undefined,
  scan: undefined,
  mark: undefined,
  centring: 'no',
  failure: undefined,
} as const;

/** What torud can select by itself. */
export function paramsOf({ ids, level, stream }: LogWants): LogReadParams {
  return {
    ...given('names', ids.length === 0 ? undefined : ids),
    ...given('level', level),
    ...given('stream', stream),
  };
}

/** True while the newest lines, which a pause would hold, are still on their way. */
export function isPausePending({ buffer, live, wants }: LogsState): boolean {
  const isEmpty = buffer.from === buffer.to;
  return live?.backlog !== undefined && (isEmpty || wants.pattern === undefined);
}

/** True when one plugin alone is shown. */
export function isOne({ ids }: LogWants): boolean {
  return ids.length === 1;
}

/** True when lines may be missing between two others because they are not wanted. */
export function isSelective({ level, stream, pattern }: LogWants): boolean {
  return level !== undefined || stream !== undefined || pattern !== undefined;
}
