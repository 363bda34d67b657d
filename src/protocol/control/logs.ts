/** The plugins' output, and the supervisor's own log. */

import type { Selection } from './plugins.ts';

/** syslog(3) priorities by name, most urgent first; the index is the `<N>` of sd-daemon(3). */
export const LOG_LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line of ID.log, as toru-shim writes it. */
export interface LogLine {
  /** RFC 3339 UTC, microseconds: when the bytes were read from the plugin. */
  readonly timestamp: string;
  readonly level: LogLevel;
  readonly plugin: string;
  readonly message: string;
  /** `shim` for what toru-shim itself has to say (a gap). */
  readonly stream: 'stdout' | 'stderr' | 'shim';
  /** Counts the lines of a run from 1, lost ones included. */
  readonly seq: number;
  readonly run: number;
  /** True when the line was longer than the limit and the rest was thrown away. */
  readonly cut?: boolean;
  /** On a gap line: how many lines were lost. */
  readonly lost?: number;
}

export interface LogReadParams extends Selection {
  /** Read plugin-supervisor.log instead; no names then. */
  readonly supervisor?: boolean;
  readonly follow?: boolean;
  /** Only the last so many lines (after the filters) before following. Absent: all. */
  readonly lines?: number;
  /** RFC 3339. */
  readonly since?: string;
  /** RFC 3339. */
  readonly until?: string;
  /** This level and more urgent ones. */
  readonly level?: LogLevel;
  readonly stream?: 'stdout' | 'stderr';
  /** A run id; -1 is the newest run, -2 the one before it. */
  readonly run?: number;
  /** The `cursor` of the last item that was received: go on right behind it. */
  readonly cursor?: string;
}

/** Items of the `log.read` stream, merged by time. */
export interface LogItem {
  /** Raw lines as they stand in the files (JSON, no newline), oldest first. */
  readonly lines: readonly string[];
  /** Where this item ends; opaque. */
  readonly cursor: string;
}

/** End of a `log.read` stream. */
export interface LogEnd {
  /** Lines lost at writing in what was read, from its gap lines. */
  readonly linesLost: number;
}
