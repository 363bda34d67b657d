/** The paragraph of `toru why`, with what it says of now kept right. Pure. */

import type { WhyResult } from '../../../../protocol/control/plugins.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatDateTime } from '../../../output/sizes.ts';
import { wrap } from '../../../output/wrap.ts';
import type { Context } from '../../screen.ts';
import { broken } from './detail-lines.ts';
import { type DetailState, liveOf } from './detail-state.ts';

/** Lines longer than this are hard to read, however wide the terminal is. */
const MAX_COLUMNS = 100;

/** Empty while nothing is known. */
export function whyLines(state: DetailState, columns: number, context: Context): readonly string[] {
  const why = state.questions.why.value;
  if (why === undefined) return [];
  const text = sanitiseField(liveWhy(why, liveOf(state.id, context)?.since, context.wallMs));
  const width = Math.max(1, Math.min(columns, MAX_COLUMNS));
  return wrap(text, width).flatMap((line) => broken(line, width));
}

/** The text with the time until the next try, and the age of the state, as they are now. */
export function liveWhy(why: WhyResult, since: string | undefined, wallMs: number): string {
  const { nextRestartAt, plugin } = why;
  const text =
    nextRestartAt === null
      ? why.text
      : // The last one: a plugin's last words may have the same form.
        why.text.replace(
          /\bNext try (?:now|in \d[\d.]* \w+)(?!.*\bNext try )/s,
          `Next try ${dueText(nextRestartAt, wallMs)}`,
        );
  return since === plugin.since ? reaged(text, plugin.since, wallMs) : text;
}

/** `in 5 s`, `now`. */
export function dueText(at: string, wallMs: number): string {
  const seconds = Math.ceil((Date.parse(at) - wallMs) / 1000);
  return seconds <= 0 ? 'now' : `in ${seconds < 120 ? `${seconds} s` : ageWords(seconds * 1000)}`;
}

function reaged(text: string, since: string, wallMs: number): string {
  const ageMs = wallMs - Date.parse(since);
  // Seconds that count on would move a screen at rest.
  if (Number.isNaN(ageMs) || ageMs < 60_000) return text;
  const minute = formatDateTime(since).slice(0, -3);
  const [day = '', clock = ''] = minute.split(' ');
  const age = ageWords(ageMs);
  return text
    .replace(new RegExp(`since [^(]{1,24} \\(${day} ${clock}\\)`), `since ${age} (${minute})`)
    .replace(
      new RegExp(`(at ${clock}), (?:less than a second|\\d[\\d.]* [a-z]+) ago`),
      (_all, at: string) => `${at}, ${age} ago`,
    );
}

const UNITS = [
  [86_400, 172_800, 'day'],
  [3600, 7200, 'hour'],
  [60, 60, 'minute'],
] as const;

/** `41 s`, `12 minutes`, `3 hours`, `12 days`, as torud writes them. */
function ageWords(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  for (const [size, least, unit] of UNITS) {
    const amount = Math.floor(seconds / size);
    if (seconds >= least) return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
  }
  return `${seconds} s`;
}
