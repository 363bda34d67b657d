/** Readers of single setting values: what is taken, and what is said of the rest. */

import { constants } from 'node:os';
import { failure, type Result, success } from '../../protocol/result.ts';

/** Failure: what the value must be, as the rest of a sentence that begins with its name: `must be …`. */
export type ValueReader<Value> = (value: unknown) => Result<Value, string>;

const DURATION_UNITS_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['K', 1024],
  ['M', 1024 ** 2],
  ['G', 1024 ** 3],
  ['T', 1024 ** 4],
]);

/** Longest duration of what a timer waits for: below the limit of setTimeout. */
export const MAX_TIMER_MS = 20 * 86_400_000;

export function integer(least: number, most: number): ValueReader<number> {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      ? success(value)
      : failure(`must be a whole number from ${least} to ${most}`);
}

export function fraction(least: number, most: number): ValueReader<number> {
  return (value) =>
    typeof value === 'number' && value >= least && value <= most
      ? success(value)
      : failure(`must be a number from ${least} to ${most}`);
}

export const boolean: ValueReader<boolean> = (value) =>
  typeof value === 'boolean' ? success(value) : failure('must be true or false');

/** Text of one to `maxLength` UTF-16 units; never with a NUL, which no environment, path or argument can hold. */
export function text(maxLength = 4096): ValueReader<string> {
  return (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= maxLength && !value.includes('\0')
      ? success(value)
      : failure(`must be text of 1 to ${maxLength} characters`);
}

export function oneOf<Word extends string>(...words: readonly Word[]): ValueReader<Word> {
  const quoted = words.map((word) => `"${word}"`);
  const last = quoted.pop();
  return (value) => {
    const found = words.find((word) => word === value);
    return found === undefined ? failure(`must be ${quoted.join(', ')} or ${last}`) : success(found);
  };
}

/** `"none"` (in JSON also null) means null. */
export function orNone<Value>(reader: ValueReader<Value>): ValueReader<Value | null> {
  return (value) => {
    if (value === 'none' || value === null) return success(null);
    const read = reader(value);
    return read.ok ? read : failure(`${read.failure}, or "none"`);
  };
}

export function listOf<Value>(
  reader: ValueReader<Value>,
  least = 0,
  most = 256,
): ValueReader<readonly Value[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length < least || value.length > most)
      return failure(`must be a list of ${least} to ${most} values`);
    const items: Value[] = [];
    for (const item of value) {
      const read = reader(item);
      if (!read.ok) return failure(`must be a list of which each ${read.failure}`);
      items.push(read.value);
    }
    return success(items);
  };
}

/** Milliseconds. A number counts `unitMs`; text has its own unit. */
export function duration(unitMs: number, leastMs: number, mostMs: number): ValueReader<number> {
  return (value) => {
    const ms = typeof value === 'number' ? value * unitMs : textDurationMs(value);
    if (ms === undefined || !Number.isFinite(ms))
      return failure(
        `must be a number of ${unitMs === 1 ? 'milliseconds' : 'seconds'}, or text like "500ms", "30s", "5min", "1h" or "7d"`,
      );
    const rounded = Math.round(ms);
    if (rounded < leastMs || rounded > mostMs)
      return failure(`must be from ${durationText(leastMs)} to ${durationText(mostMs)}`);
    return success(rounded);
  };
}

/** Milliseconds as a whole number, for keys that end in `_ms`. */
export function milliseconds(leastMs: number, mostMs: number): ValueReader<number> {
  return integer(leastMs, mostMs);
}

function textDurationMs(value: unknown): number | undefined {
  const parts = typeof value === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?) ?([a-z]+)$/.exec(value) : null;
  const unitMs = DURATION_UNITS_MS.get(parts?.[2] ?? '');
  return unitMs === undefined ? undefined : Number(parts?.[1]) * unitMs;
}

function durationText(ms: number): string {
  for (const [unit, unitMs] of [...DURATION_UNITS_MS].reverse()) {
    if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  }
  return '0';
}

/** Bytes: a number, or text with K, M, G or T, also as KiB, … (powers of 1,024). */
export function size(leastBytes: number, mostBytes: number = Number.MAX_SAFE_INTEGER): ValueReader<number> {
  return (value) => {
    const bytes = typeof value === 'number' ? value : textSize(value);
    if (bytes === undefined || !Number.isSafeInteger(bytes))
      return failure('must be a number of bytes, or text like "64K", "10M" or "1G"');
    if (bytes < leastBytes || bytes > mostBytes)
      return failure(
        mostBytes === Number.MAX_SAFE_INTEGER
          ? `must be at least ${leastBytes} bytes`
          : `must be from ${leastBytes} to ${mostBytes} bytes`,
      );
    return success(bytes);
  };
}

function textSize(value: unknown): number | undefined {
  const parts =
    typeof value === 'string' ? /^(\d{1,15}(?:\.\d{1,6})?) ?(?:([KMGT]?)|([KMGT])iB)$/.exec(value) : null;
  const unit = parts === null ? undefined : SIZE_UNITS.get(parts[2] ?? parts[3] ?? '');
  return unit === undefined ? undefined : Math.round(Number(parts?.[1]) * unit);
}

/** `SIGTERM`; also taken as `TERM`, in any case. */
export const signal: ValueReader<string> = (value) => {
  const upper = typeof value === 'string' ? value.toUpperCase() : '';
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return Object.hasOwn(constants.signals, name)
    ? success(name)
    : failure('must be the name of a signal like "SIGTERM"');
};

/** What a group of plugins may be called, without the `@`; the same form as a plugin's id. */
export const GROUP_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

export const groupName: ValueReader<string> = (value) =>
  typeof value === 'string' && GROUP_NAME.test(value)
    ? success(value)
    : failure(
        'must be the name of a group: small letters, digits, ".", "_" and "-", at most 64, without "@"',
      );

/** An id, or a pattern over ids. */
export const memberWord: ValueReader<string> = (value) =>
  typeof value === 'string' && /^[a-z0-9._*?![\]^-]{1,256}$/.test(value)
    ? success(value)
    : failure('must be an id or a pattern like "web-*"');

/** Text in octal digits ("022"), or a number (0o022 in TOML). */
export const umask: ValueReader<number> = (value) => {
  const mask = typeof value === 'string' && /^0?[0-7]{1,3}$/.test(value) ? Number.parseInt(value, 8) : value;
  return typeof mask === 'number' && Number.isInteger(mask) && mask >= 0 && mask <= 0o777
    ? success(mask)
    : failure('must be octal digits in quotes like "022", at most "777"');
};

export const absolutePath: ValueReader<string> = (value) => {
  const read = text()(value);
  return read.ok && read.value.startsWith('/') ? read : failure('must be an absolute path');
};

/** A user or group by name or number; always text afterwards. */
export const account: ValueReader<string> = (value) => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32 - 1)
    return success(String(value));
  return typeof value === 'string' && /^[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}\$?$/.test(value)
    ? success(value)
    : failure('must be a name or a number');
};
