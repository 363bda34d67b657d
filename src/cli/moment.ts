/** Moments as people type them for --since and --until. */

import { parseDuration } from './duration.ts';

const DAY_MS = 86_400_000;

/** For the help and for errors. */
export const MOMENT_FORMS =
  '2026-11-02 14:00, 14:00, yesterday 14:00, today, 2h, -2h, "10min ago", "2 days ago", @SECONDS';

/**
 * RFC 3339, `2026-11-02 14:00`, `2026-11-02`, `14:00`, `2h`, `-2h`, `2 hours ago`, `today`, `yesterday 14:00`, `now`,
 * `@1762092000`. What has no offset is local time; a span with a unit lies in the past.
 * @returns milliseconds since 1970, or undefined when the text is none of these
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const word = text.trim();
  if (word === 'now') return nowMs;
  const [, day, clock] = /^(today|yesterday)(?:\s+(\d\d?:.*))?$/.exec(word) ?? [];
  if (day !== undefined) {
    // Half a day before midnight is yesterday, also where a day has 23 or 25 hours.
    const start = startOfDay(day === 'today' ? nowMs : startOfDay(nowMs) - DAY_MS / 2);
    return clock === undefined ? start : local(clock, start);
  }
  if (/^@\d+(\.\d+)?$/.test(word)) return Number(word.slice(1)) * 1000;
  if (/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(word))
    return valid(Date.parse(word));
  return relative(word, nowMs) ?? local(word, nowMs);
}

export function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

function relative(word: string, nowMs: number): number | undefined {
  const ago =
    /^-\s*(.+)$/.exec(word)?.[1] ?? /^(.+?)\s+ago$/.exec(word)?.[1] ?? /^\d.*[a-z]$/.exec(word)?.[0];
  const spanMs = ago === undefined ? undefined : parseDuration(ago);
  return spanMs === undefined ? undefined : nowMs - spanMs;
}

function local(word: string, nowMs: number): number | undefined {
  const match = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:[ T]|$)?(?:(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?$/.exec(word);
  if (match === null || word === '') return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const date = new Date(startOfDay(nowMs));
  if (year !== undefined) {
    date.setFullYear(Number(year), Number(month) - 1, Number(day));
    // setFullYear turns 31 February into March.
    if (date.getDate() !== Number(day) || date.getMonth() !== Number(month) - 1) return undefined;
  }
  date.setHours(Number(hour), Number(minute), Number(second));
  return valid(date.getTime());
}

function valid(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : ms;
}
