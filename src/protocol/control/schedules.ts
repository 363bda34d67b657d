/** Schedules: scripts that run by the clock, as `[[schedule]]` tables of torud.toml. */

import type { Task } from './tasks.ts';

export interface Schedule {
  /** `name` of its table, else the name of its script. */
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  /** Five fields as in crontab(5), or `@daily` and the like. */
  readonly cron: string;
  /** IANA name; null: that of the machine. */
  readonly timezone: string | null;
  /** Each run is late by up to this time. */
  readonly jitterMs: number;
  /** What is done about runs that were missed while torud was away. */
  readonly catchUp: 'once' | 'skip';
  readonly lock: string | null;
  readonly timeoutMs: number | null;
  /** RFC 3339 UTC; the next moments, jitter not counted, soonest first. Empty when there is none. */
  readonly next: readonly string[];
  /** Runs that were due and did not happen since it was last caught up. */
  readonly missed: number;
  readonly lastMissedAt: string | null;
  /** The newest task that it began. */
  readonly lastTask: Task | null;
  /** Why it does not run, in one line; null when it does. */
  readonly problem: string | null;
}

export interface ScheduleListParams {
  /** Moments of `next`. Default 1, at most 100. */
  readonly count?: number;
}

export interface ScheduleListResult {
  /** By name. */
  readonly schedules: readonly Schedule[];
}
