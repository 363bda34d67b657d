/** Times, spans, ordinals and lists as `toru why` writes them. Clock times are torud's local ones. */

import { parseTime } from '../base/clock.ts';

/** `340 ms`, `2.1 s`, `41 s`, `12 minutes`, `3 hours`, `12 days`, `3 years`. */
export function span(ms: number): string {
  if (ms < 0) return '0 s';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const [amount, unit] =
    seconds < 7200
      ? [seconds / 60, 'minute']
      : seconds < 172_800
        ? [seconds / 3600, 'hour']
        : seconds < 2 * 365.25 * 86_400
          ? [seconds / 86_400, 'day']
          : [seconds / (365.25 * 86_400), 'year'];
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'}`;
}

/** `2026-11-08 16:20`. */
export function dateTime(time: string): string {
  return `${dayOf(time)} ${clockTime(time)}`;
}

/** `at 14:02`, or `on 2026-11-02 at 14:02` when that was not today. */
export function whenText(time: string, nowMs: number): string {
  return `${dayPart(time, nowMs)}at ${clockTime(time)}`;
}

/** As `whenText`, with seconds, for what is about to happen or has happened within one minute. */
export function exactWhenText(time: string, nowMs: number): string {
  return `${dayPart(time, nowMs)}at ${clockTime(time)}:${two(new Date(parseTime(time)).getSeconds())}`;
}

/** `at 12:04, 2 hours ago`; without the age when the clock says that it is still to come. */
export function pastText(time: string, nowMs: number): string {
  const ageMs = nowMs - parseTime(time);
  return ageMs < 0 ? whenText(time, nowMs) : `${whenText(time, nowMs)}, ${ageText(ageMs)} ago`;
}

/** `since 12 minutes (2026-11-08 16:08)`. */
export function sinceText(time: string, nowMs: number): string {
  const ageMs = nowMs - parseTime(time);
  return ageMs < 0 ? `since ${dateTime(time)}` : `since ${ageText(ageMs)} (${dateTime(time)})`;
}

/** An age is old when it is read: nobody needs its milliseconds. */
function ageText(ms: number): string {
  return ms < 1000 ? 'less than a second' : span(ms);
}

/** `once`, `twice`, `7 times`. */
export function times(count: number): string {
  if (count === 1) return 'once';
  return count === 2 ? 'twice' : `${count} times`;
}

const ORDINALS = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
];

/** `third`, `21st`. */
export function ordinal(count: number): string {
  const word = ORDINALS[count - 1];
  if (word !== undefined) return word;
  const isTeen = count % 100 > 10 && count % 100 < 14;
  const ending = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th');
  return `${count}${ending}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** A sentence begins with a capital and ends with one full stop. */
export function asSentence(text: string): string {
  const trimmed = text.trim();
  const isClosed = /[.!?]"?$/.test(trimmed);
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${isClosed ? '' : '.'}`;
}

function dayPart(time: string, nowMs: number): string {
  const day = dayOf(time);
  return day === dayOf(new Date(nowMs).toISOString()) ? '' : `on ${day} `;
}

function dayOf(time: string): string {
  const date = new Date(parseTime(time));
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function clockTime(time: string): string {
  const date = new Date(parseTime(time));
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
