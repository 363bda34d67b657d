/** `[[schedule]]` tables of torud.toml: scripts that run by the clock. */

import { createHash } from 'node:crypto';
import { failure, type Result, success } from '../../protocol/result.ts';
import { isTable } from './config-layer.ts';
import { duration, integer, listOf, MAX_TIMER_MS, oneOf, text, type ValueReader } from './config-values.ts';
import type { ScheduleTimes } from './cron-times.ts';
import { quoteValue } from './one-line.ts';
import type { TomlDocument } from './toml-document.ts';
import { hintFor, nearestName } from './toml-nearest.ts';
import { problemAt, type SettingsProblem } from './toml-problem.ts';

/** One `[[schedule]]` table. */
export interface ScheduleSettings {
  /** Unique; the name of its script unless set. */
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly cron: string;
  /** IANA name; null: that of the machine. */
  readonly timezone: string | null;
  readonly jitterMs: number;
  readonly catchUp: 'once' | 'skip';
  readonly lock: string | null;
  readonly timeoutMs: number | null;
  readonly times: ScheduleTimes;
  /** Changes with what is run and when, not with how: memory of another one means nothing to it. */
  readonly digest: string;
}

const MAX_SCHEDULES = 1_000;
const MAX_ARGS = 1_000;
const MAX_TIMEOUT_MS = 366 * 86_400_000;
const WHERE = '[[schedule]]';

/** Ways to write each key; the first is the one to be used. */
const SPELLINGS = {
  name: { name: scheduleName },
  script: { script: scriptName },
  args: { args: listOf(argument, 0, MAX_ARGS) },
  cron: { cron: text(256) },
  timezone: { timezone },
  jitterMs: {
    jitter: duration(1000, 0, MAX_TIMER_MS),
    jitter_ms: integer(0, MAX_TIMER_MS),
    jitter_seconds: duration(1000, 0, MAX_TIMER_MS),
  },
  catchUp: { 'catch-up': oneOf('once', 'skip'), catch_up: oneOf('once', 'skip') },
  lock: { lock: text(256) },
  timeoutMs: {
    timeout: duration(1000, 1, MAX_TIMEOUT_MS),
    timeout_ms: integer(1, MAX_TIMEOUT_MS),
    timeout_seconds: duration(1000, 1, MAX_TIMEOUT_MS),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ValueReader<unknown>>>>>;

const KNOWN = Object.values(SPELLINGS).flatMap((ways) => Object.keys(ways));

type Table = Readonly<Record<string, unknown>>;
type Report = (path: readonly string[], what: string) => void;

/** What the tables say. Failure: the first thing that is wrong. Loads croner when there is a schedule. */
export async function readSchedules(
  document: TomlDocument,
): Promise<Result<readonly ScheduleSettings[], SettingsProblem>> {
  const { schedule } = document.values;
  if (schedule === undefined) return success([]);
  const problems: SettingsProblem[] = [];
  const report: Report = (path, what) => problems.push(problemAt(document.text, path, what));
  if (!Array.isArray(schedule) || !schedule.every(isTable))
    report(['schedule'], '"schedule" must be written as [[schedule]] tables');
  else if (schedule.length > MAX_SCHEDULES)
    report(['schedule'], `there are ${schedule.length} [[schedule]] tables; at most ${MAX_SCHEDULES} may be`);
  const tables: readonly Table[] = problems.length === 0 && Array.isArray(schedule) ? schedule : [];
  const { readCron } = await import('./cron-times.ts');
  const read = tables.flatMap(
    (table, index) => readOne(['schedule', String(index)], table, readCron, report) ?? [],
  );
  refuseTwins(read, tables, report);
  const [first] = problems;
  return first === undefined ? success(read) : failure(first);
}

function readOne(
  path: readonly string[],
  table: Table,
  readCron: (cron: string, zone: string | null) => Result<ScheduleTimes, string>,
  report: Report,
): ScheduleSettings | undefined {
  for (const key of Object.keys(table)) {
    if (!KNOWN.includes(key))
      report([...path, key], `unknown key ${quoteValue(key)} in ${WHERE}${hintFor(key, KNOWN)}`);
  }
  const take = <Value>(ways: Readonly<Record<string, ValueReader<Value>>>): Value | undefined =>
    takeOne(path, table, ways, report);
  const script = take(SPELLINGS.script);
  const cron = take(SPELLINGS.cron);
  for (const key of ['script', 'cron'])
    if (!Object.hasOwn(table, key)) report(path, `${WHERE} needs "${key}"`);
  const named = {
    name: take(SPELLINGS.name) ?? script,
    args: take<readonly string[]>(SPELLINGS.args) ?? [],
    timezone: take<string>(SPELLINGS.timezone) ?? null,
    jitterMs: take<number>(SPELLINGS.jitterMs) ?? 0,
    catchUp: take<'once' | 'skip'>(SPELLINGS.catchUp) ?? 'skip',
    lock: take<string>(SPELLINGS.lock) ?? null,
    timeoutMs: take<number>(SPELLINGS.timeoutMs) ?? null,
  };
  if (script === undefined || cron === undefined || named.name === undefined) return undefined;
  const times = readCron(cron, named.timezone);
  if (!times.ok) {
    report([...path, 'cron'], `"cron" in ${WHERE} ${times.failure} (${quoteValue(cron)})`);
    return undefined;
  }
  const digest = createHash('sha256').update(JSON.stringify([script, cron.trim(), named.timezone]));
  return {
    ...named,
    name: named.name,
    script,
    cron: cron.trim(),
    times: times.value,
    digest: digest.digest('hex').slice(0, 32),
  };
}

function takeOne<Value>(
  path: readonly string[],
  table: Table,
  ways: Readonly<Record<string, ValueReader<Value>>>,
  report: Report,
): Value | undefined {
  const written = Object.keys(ways).filter((key) => Object.hasOwn(table, key));
  const [key, second] = written;
  if (second !== undefined && key !== undefined)
    report([...path, second], `"${second}" in ${WHERE} says the same as "${key}"; keep one of them`);
  const reader = key === undefined ? undefined : ways[key];
  if (key === undefined || reader === undefined) return undefined;
  const read = reader(table[key]);
  if (read.ok) return read.value;
  const isList = Array.isArray(table[key]) && table[key].length > 0;
  const got = isList ? '' : `, not ${quoteValue(table[key])}`;
  report([...path, key], `"${key}" in ${WHERE} ${read.failure}${got}`);
  return undefined;
}

function refuseTwins(read: readonly ScheduleSettings[], tables: readonly Table[], report: Report): void {
  if (read.length !== tables.length) return;
  const seen = new Set<string>();
  for (const [index, { name }] of read.entries()) {
    const key = Object.hasOwn(tables[index] ?? {}, 'name') ? 'name' : 'script';
    const how = key === 'name' ? 'give it another one' : 'set "name" in one of them';
    if (seen.has(name))
      report(['schedule', String(index), key], `there are two schedules named ${quoteValue(name)}; ${how}`);
    seen.add(name);
  }
}

function scheduleName(value: unknown): Result<string, string> {
  return typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/.test(value)
    ? success(value)
    : failure('must be 1 to 64 letters, digits, ".", "_" and "-"');
}

function scriptName(value: unknown): Result<string, string> {
  const isName = typeof value === 'string' && /^[^/\0\n]{1,255}$/.test(value) && !/^\.\.?$/.test(value);
  return isName ? success(value) : failure('must be the name of a file in the scripts folder, without "/"');
}

function argument(value: unknown): Result<string, string> {
  return typeof value === 'string' && value.length <= 100 * 1024 && !value.includes('\0')
    ? success(value)
    : failure('must be text without NUL');
}

function timezone(value: unknown): Result<string, string> {
  const wanted = 'must be the name of a time zone like "Europe/Berlin" or "UTC"';
  if (typeof value !== 'string' || value === '') return failure(wanted);
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    // Offsets like "+01:00" are no names, and know nothing of summer time.
    if (!/^[+-]/.test(value)) return success(value);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  const zones = new Map(Intl.supportedValuesOf('timeZone').map((zone) => [zone.toLowerCase(), zone]));
  const near = zones.get(nearestName(value, zones.keys()) ?? '');
  return failure(near === undefined ? wanted : `${wanted}; did you mean "${near}"?`);
}
