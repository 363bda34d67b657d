/** `[tasks]` of torud.toml: how scripts are run, and how long their history is kept. */

import {
  absolutePath,
  account,
  duration,
  integer,
  MAX_TIMER_MS,
  size,
  type ValueReader,
} from './config-values.ts';

export interface TaskSettings {
  /** null: beside the plugin folder. */
  readonly scriptsFolder: string | null;
  /** null: the scripts folder. */
  readonly workingFolder: string | null;
  /** null: torud's own. */
  readonly user: string | null;
  readonly group: string | null;
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** Ended tasks that are kept, and for how many days. */
  readonly keep: number;
  readonly keepDays: number;
  /** Of each task, on disk. */
  readonly outputMaxBytes: number;
}

export const DEFAULT_TASK_SETTINGS: TaskSettings = {
  scriptsFolder: null,
  workingFolder: null,
  user: null,
  group: null,
  maxRunning: 20,
  maxQueued: 1_000,
  graceMs: 10_000,
  keep: 1_000,
  keepDays: 30,
  outputMaxBytes: 16 * 1024 * 1024,
};

const grace = duration(1000, 0, MAX_TIMER_MS);

/** Ways to write each, the usual one first. */
const SPELLINGS: {
  readonly [Name in keyof TaskSettings]: Readonly<
    Record<string, ValueReader<NonNullable<TaskSettings[Name]>>>
  >;
} = {
  scriptsFolder: { scripts_dir: absolutePath },
  workingFolder: { working_dir: absolutePath },
  user: { user: account },
  group: { group: account },
  maxRunning: { max_running: integer(1, 1_000) },
  maxQueued: { max_queued: integer(0, 10_000) },
  graceMs: { grace, grace_ms: integer(0, MAX_TIMER_MS), grace_seconds: grace },
  keep: { keep: integer(0, 1_000_000) },
  keepDays: { keep_days: integer(1, 36_500) },
  outputMaxBytes: { output_max: size(4096) },
};

export const TASK_KEYS: readonly string[] = Object.values(SPELLINGS).flatMap((ways) => Object.keys(ways));

/** @param readKey what the table has under a key, when it is there and right */
export function taskSettings(
  readKey: (key: string, reader: ValueReader<string | number>) => string | number | undefined,
): TaskSettings {
  const given = Object.entries(SPELLINGS).flatMap(([name, ways]) => {
    const values = Object.entries(ways).map(([key, reader]) => readKey(key, reader));
    const value = values.find((one) => one !== undefined);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...DEFAULT_TASK_SETTINGS, ...Object.fromEntries(given) };
}
