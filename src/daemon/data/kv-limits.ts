/** What keys, values and their options may be. */

import type { PluginError } from '../../protocol/plugin/envelope.ts';
import { MAX_KV_KEY_BYTES, MAX_KV_VALUE_BYTES } from '../../protocol/plugin/messages.ts';

/** Longest time to live: a hundred years, in milliseconds. */
export const MAX_TTL_MS = 100 * 365 * 24 * 3600 * 1000;

/** Undefined when the key may be used. */
export function keyProblem(key: string): PluginError | undefined {
  if (key === '') return invalid('the key is empty');
  // A string has at most three bytes a unit: the first test spares long ones the count.
  if (key.length > MAX_KV_KEY_BYTES || Buffer.byteLength(key) > MAX_KV_KEY_BYTES) {
    return tooLarge(`the key has more than ${MAX_KV_KEY_BYTES} bytes`);
  }
  return key.isWellFormed()
    ? undefined
    : invalid('the key is not valid Unicode: it has an unpaired surrogate');
}

/** Undefined when the value may be stored. */
export function valueProblem(value: string): PluginError | undefined {
  if (value.length > MAX_KV_VALUE_BYTES || Buffer.byteLength(value) > MAX_KV_VALUE_BYTES) {
    return tooLarge(`the value has more than ${MAX_KV_VALUE_BYTES} bytes`);
  }
  return value.isWellFormed()
    ? undefined
    : invalid('the value is not valid Unicode: it has an unpaired surrogate');
}

/** Undefined when the time to live may be used: whole milliseconds, at least 1. */
export function ttlProblem(ttlMs: number | undefined): PluginError | undefined {
  if (ttlMs === undefined || (Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= MAX_TTL_MS)) return undefined;
  return invalid(`the time to live must be a whole number of milliseconds from 1 to ${MAX_TTL_MS}`);
}

/** Undefined when it can be a version: 0 stands for "no such key". */
export function versionProblem(version: number | undefined): PluginError | undefined {
  if (version === undefined || (Number.isSafeInteger(version) && version >= 0)) return undefined;
  return invalid('the expected version must be a whole number, 0 or more');
}

/** Undefined when it can be a prefix; the empty one matches all keys. */
export function prefixProblem(prefix: string | undefined): PluginError | undefined {
  return prefix === undefined || prefix === '' ? undefined : keyProblem(prefix);
}

/** Undefined when it can be a limit of a list. */
export function limitProblem(limit: number | undefined): PluginError | undefined {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 1)) return undefined;
  return invalid('the limit must be a whole number, 1 or more');
}

export function invalid(message: string): PluginError {
  return { code: 'invalid', message };
}

export function tooLarge(message: string): PluginError {
  return { code: 'too_large', message };
}
