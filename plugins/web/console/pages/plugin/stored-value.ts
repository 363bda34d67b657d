/** A value of a store as people read it. */

import { sanitiseBlock } from '../../../../../src/cli/output/sanitise.ts';

export interface ReadableValue {
  readonly kind: 'empty' | 'json' | 'text' | 'binary';
  readonly text: string;
  /** Characters that are left out at its end. */
  readonly leftOut: number;
  /** A form field gives back exactly what it was given. */
  readonly canBeEdited: boolean;
}

/** More of it no browser draws quickly; the rest is for the command line. */
const MAX_SHOWN = 200_000;
/** Longer ones are not laid out anew. */
const MAX_JSON = 100_000;

export function readable(value: string): ReadableValue {
  if (value === '') return { kind: 'empty', text: '', leftOut: 0, canBeEdited: true };
  const shown = value.slice(0, MAX_SHOWN);
  const leftOut = value.length - shown.length;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
  const isBinary = /[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]/.test(value);
  const canBeEdited = !isBinary && leftOut === 0;
  if (isBinary) return { kind: 'binary', text: sanitiseBlock(shown), leftOut, canBeEdited };
  const json = laidOut(value);
  if (json !== undefined) return { kind: 'json', text: sanitiseBlock(json), leftOut: 0, canBeEdited };
  return { kind: 'text', text: sanitiseBlock(shown), leftOut, canBeEdited };
}

/** Objects and lists with a line for each part; undefined for all else. */
function laidOut(value: string): string | undefined {
  if (value.length > MAX_JSON || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return JSON.stringify(JSON.parse(value), undefined, 2);
  } catch {
    // It only looked like it.
    return undefined;
  }
}

/** `90`, `90s`, `10m`, `2h`, `7d` in milliseconds; null: none; undefined: it cannot be read. */
export function parseTtl(text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const found = /^(\d{1,9}(?:\.\d+)?)\s*(s|m|min|h|d)?$/.exec(trimmed);
  if (found === null) return undefined;
  const unitMs = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 }[found[2] ?? 's'] ?? 1_000;
  const ttlMs = Math.round(Number(found[1]) * unitMs);
  return ttlMs >= 1 && ttlMs <= 366 * 86_400_000 ? ttlMs : undefined;
}
