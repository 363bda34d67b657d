/** Crash history: one summary a crash, and the capsule with all that was kept of it. */

import type { Selection } from './plugins.ts';

export const CRASH_CAUSES = [
  'exit',
  'signal',
  'oom',
  'start-timeout',
  'health',
  'protocol',
  'spawn',
] as const;
export type CrashCause = (typeof CRASH_CAUSES)[number];
export type Verdict = 'restart' | 'give-up' | 'none';

export interface CrashSummary {
  readonly id: number;
  readonly plugin: string;
  readonly runId: number;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  readonly uptimeMs: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cause: CrashCause;
  /** How many restarts had been made before this crash. */
  readonly restart: number;
  readonly verdict: Verdict;
  /** Milliseconds until the next try; null without one. */
  readonly delayMs: number | null;
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
  readonly coreDumped: boolean;
  readonly version: string;
  /** SHA-256 of what was run, hexadecimal. */
  readonly digest: string;
}

export interface CapsuleLine {
  readonly time: string;
  readonly stream: string;
  readonly message: string;
  /** Characters behind it that were left out, because of `maxMessage`. */
  readonly leftOut?: number;
}

export interface SettingChange {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The capsule: a summary and its surroundings. */
export interface Crash extends CrashSummary {
  /** One sentence: what happened. */
  readonly detail: string;
  /** Up to 200, oldest first. */
  readonly lastLines: readonly CapsuleLine[];
  readonly limits: Readonly<Record<string, unknown>>;
  /** Against the last good run; empty when there was none. */
  readonly settingsChanged: readonly SettingChange[];
  readonly digestChanged: boolean;
  /** Version of the last good run, when it was another one. */
  readonly versionBefore?: string;
  readonly lastGoodRunId: number | null;
}

export interface CrashListParams extends Selection {
  /** RFC 3339; crashes at or after it. */
  readonly since?: string;
  /** Only older ones, with a smaller id: the next page. */
  readonly beforeId?: number;
  /** At most so many, newest first. */
  readonly limit?: number;
}

export interface CrashListResult {
  readonly crashes: readonly CrashSummary[];
}

export interface CrashShowParams {
  /** A crash's id, or -1 for the newest, -2 for the one before it, … */
  readonly id: number;
  /** With a negative id: of this plugin only. */
  readonly plugin?: string;
  /** Also the run that crashed and the last good one, with the settings that they were started with. */
  readonly withRuns?: boolean;
  /** At most so many characters of each last line, for those who show one row of it. */
  readonly maxMessage?: number;
}

/** One life of a plugin, as it is stored. Times are RFC 3339 UTC with microseconds. */
export interface StoredRun {
  readonly id: number;
  readonly plugin: string;
  readonly version: string;
  readonly digest: string;
  readonly pid: number | null;
  readonly startedAt: string;
  readonly readyAt: string | null;
  /** null: it has not ended. */
  readonly endedAt: string | null;
  /** A crash's cause, `requested`, `done` (by itself, no crash) or `lost` (nobody could see). */
  readonly cause: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
  /** Log lines that it wrote, lost ones included. */
  readonly lines: number | null;
  readonly linesLost: number | null;
  /** Transport, command and settings that it was started with. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface CrashShowResult {
  readonly crash: Crash;
  /** With `withRuns`; null: the run is too old to be kept. */
  readonly run?: StoredRun | null;
  /** With `withRuns`; null: there was none, or it is too old to be kept. */
  readonly lastGoodRun?: StoredRun | null;
}
