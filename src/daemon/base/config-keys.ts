/** The table of settings that a plugin has: how each is written, read, shown, and what it is when nobody sets it. */

import {
  account,
  boolean,
  duration,
  fraction,
  groupName,
  integer,
  listOf,
  MAX_TIMER_MS,
  milliseconds,
  oneOf,
  orNone,
  signal,
  size,
  text,
  umask,
  type ValueReader,
} from './config-values.ts';

export const SETTING_SECTIONS = ['restart', 'start', 'stop', 'health', 'limits', 'log', 'kv'] as const;
export type SettingSection = (typeof SETTING_SECTIONS)[number];

export interface SettingKey<Value> {
  /** null: a key of the file's top level. */
  readonly section: SettingSection | null;
  /** Ways to write it in its section, the usual one first. */
  readonly spellings: ReadonlyMap<string, ValueReader<Value>>;
  readonly builtIn: Value;
  /** Key under which it is shown; with its unit, and so that it can be put into a drop-in as it stands. */
  readonly shownAs: string;
  show(value: Value): unknown;
}

const MS_PER_SECOND = 1000;
const MAX_COUNT = 2 ** 31 - 1;
const TEN_YEARS_MS = 3650 * 86_400_000;

function plain<Value>(
  section: SettingSection | null,
  name: string,
  read: ValueReader<Value>,
  builtIn: Value,
): SettingKey<Value> {
  return {
    section,
    spellings: new Map([[name, read]]),
    builtIn,
    shownAs: section === null ? name : `${section}.${name}`,
    show: (value) => value,
  };
}

/** A duration in milliseconds: written `X` (seconds, or text with a unit), `X_ms` or `X_seconds`. */
function time(
  section: SettingSection,
  name: string,
  builtInMs: number,
  leastMs: number,
  mostMs = MAX_TIMER_MS,
): SettingKey<number> {
  return {
    ...plain(section, `${name}_ms`, milliseconds(leastMs, mostMs), builtInMs),
    spellings: new Map([
      [name, duration(MS_PER_SECOND, leastMs, mostMs)],
      [`${name}_ms`, milliseconds(leastMs, mostMs)],
      [`${name}_seconds`, duration(MS_PER_SECOND, leastMs, mostMs)],
    ]),
  };
}

const delays: SettingKey<readonly number[]> = {
  ...plain(
    'restart',
    'delays_ms',
    listOf(milliseconds(0, MAX_TIMER_MS), 1),
    [1000, 2000, 4000, 8000, 16_000],
  ),
  spellings: new Map([
    ['delays_ms', listOf(milliseconds(0, MAX_TIMER_MS), 1)],
    ['delays', listOf(duration(MS_PER_SECOND, 0, MAX_TIMER_MS), 1)],
    ['delays_seconds', listOf(duration(MS_PER_SECOND, 0, MAX_TIMER_MS), 1)],
  ]),
};

/** `seconds` names its unit already, so it is shown in it. */
const aliveSeconds: SettingKey<number> = {
  ...plain('start', 'seconds', duration(MS_PER_SECOND, 0, MAX_TIMER_MS), 1000),
  spellings: new Map([
    ['seconds', duration(MS_PER_SECOND, 0, MAX_TIMER_MS)],
    ['seconds_ms', milliseconds(0, MAX_TIMER_MS)],
  ]),
  show: (ms) => ms / MS_PER_SECOND,
};

/** Processor time in whole seconds, as RLIMIT_CPU counts it (setrlimit(2)). */
const cpuSeconds: SettingKey<number | null> = plain('limits', 'cpu', orNone(wholeSeconds), null);

function wholeSeconds(value: unknown): ReturnType<ValueReader<number>> {
  const read = duration(MS_PER_SECOND, 1, TEN_YEARS_MS)(value);
  return read.ok ? { ok: true, value: Math.ceil(read.value / MS_PER_SECOND) } : read;
}

const exitCodes = listOf(integer(0, 255));
const mask: SettingKey<number> = {
  ...plain(null, 'umask', umask, 0o022),
  show: (value) => value.toString(8).padStart(3, '0'),
};

/** Every setting with a single value. Lists that are merged key by key (environment, config) are not among them. */
export const SETTING_KEYS = {
  restartPolicy: plain('restart', 'policy', oneOf('always', 'on-crash', 'never'), 'on-crash'),
  restartDelaysMs: delays,
  restartJitter: plain('restart', 'jitter', fraction(0, 1), 0),
  restartLimit: plain<number | null>('restart', 'limit', orNone(integer(0, MAX_COUNT)), 10),
  restartStableAfterMs: time('restart', 'stable_after', 60_000, 0),
  restartSuccessCodes: plain<readonly number[]>('restart', 'success_codes', exitCodes, [0]),
  restartNoRestartCodes: plain<readonly number[]>('restart', 'no_restart_codes', exitCodes, []),
  startAliveMs: aliveSeconds,
  startTimeoutMs: time('start', 'timeout', 30_000, 1),
  stopGraceMs: time('stop', 'grace', 10_000, 0),
  stopSignal: plain('stop', 'signal', signal, 'SIGTERM'),
  healthIntervalMs: time('health', 'interval', 30_000, 0),
  healthTimeoutMs: time('health', 'timeout', 5_000, 1),
  healthUnhealthyAfter: plain('health', 'unhealthy_after', integer(1, MAX_COUNT), 3),
  healthRestartAfter: plain<number | null>('health', 'restart_after', orNone(integer(1, MAX_COUNT)), null),
  limitsMemory: plain<number | null>('limits', 'memory', orNone(size(1)), null),
  limitsNofile: plain<number | null>('limits', 'nofile', orNone(integer(1, MAX_COUNT)), null),
  limitsNproc: plain<number | null>('limits', 'nproc', orNone(integer(1, MAX_COUNT)), null),
  limitsCore: plain<number | null>('limits', 'core', orNone(size(0)), null),
  limitsCpuSeconds: cpuSeconds,
  limitsFileSize: plain<number | null>('limits', 'file_size', orNone(size(0)), null),
  logMaxSize: plain('log', 'max_size', size(0), 10 * 1024 * 1024),
  logMaxAgeMs: time('log', 'max_age', 0, 0, TEN_YEARS_MS),
  logKeep: plain('log', 'keep', integer(0, 1000), 5),
  logCompress: plain('log', 'compress', boolean, false),
  logMaxLine: plain('log', 'max_line', size(64, 16 * 1024 * 1024), 64 * 1024),
  kvMaxKeys: plain('kv', 'max_keys', integer(0, MAX_COUNT), 10_000),
  kvMaxBytes: plain('kv', 'max_bytes', size(0), 64 * 1024 * 1024),
  user: plain<string | null>(null, 'user', account, null),
  group: plain<string | null>(null, 'group', account, null),
  umask: mask,
  nice: plain(null, 'nice', integer(-20, 19), 0),
  noNewPrivileges: plain(null, 'no_new_privileges', boolean, false),
  groups: plain<readonly string[]>(null, 'groups', listOf(groupName), []),
} as const;

/** argv of a plugin; not a single setting, because a manifest and a drop-in read it for different ends. */
export const readCommand: ValueReader<readonly string[]> = listOf(text(), 1);

export type SettingName = keyof typeof SETTING_KEYS;
export type SettingValues = {
  readonly [Name in SettingName]: (typeof SETTING_KEYS)[Name] extends SettingKey<infer Value> ? Value : never;
};

/** Names of all settings, in the order of the table. */
export const SETTING_NAMES = Object.keys(SETTING_KEYS) as readonly SettingName[];

/** A table row without its type, for code that treats all rows alike. */
export function settingKey(name: SettingName): SettingKey<unknown> {
  return SETTING_KEYS[name] as SettingKey<unknown>;
}
