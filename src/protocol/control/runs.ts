/** History of runs: one entry a life of a plugin. */

import type { StoredRun } from './crashes.ts';

/** A run without the settings that it was started with, which may hold secrets. */
export type ListedRun = Omit<StoredRun, 'settings'>;

export interface RunListParams {
  readonly plugin: string;
  /** At most so many, newest first. Default 100, at most 1,000. */
  readonly limit?: number;
}

export interface RunListResult {
  readonly runs: readonly ListedRun[];
}
