/** Text from others, made fit for one line of a message. */

/** Control characters, line and paragraph separators, and marks that turn the direction of text. */
const UNFIT = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** `text` as one line of at most `maxLength` UTF-16 units; what is cut shows as `…`. */
export function oneLine(text: string, maxLength: number): string {
  // Cut first: what comes in may be a megabyte.
  const line = text
    .slice(0, maxLength * 4)
    .replace(UNFIT, ' ')
    .trim();
  if (line.length <= maxLength && text.length <= maxLength * 4) return line;
  return `${line.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A value as it is quoted in a message: JSON, at most 60 characters. */
export function quoteValue(value: unknown): string {
  return oneLine(outline(value), 60);
}

function outline(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.length === 0 ? '[]' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a table';
  return String(value);
}
