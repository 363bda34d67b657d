/** The last lines of a capsule as rows of a terminal: times, streams, cut or wrapped. Pure. */

import type { CapsuleLine, Crash } from '../../../protocol/control/crashes.ts';
import { sanitiseField } from '../../output/sanitise.ts';
import { formatClock } from '../../output/sizes.ts';
import { widthOf } from '../../output/width.ts';
import { type Line, line, type Span, span } from '../frame.ts';

export interface LinesWanted {
  readonly columns: number;
  readonly isWrapped: boolean;
  /** Only lines with this text; empty: all. */
  readonly filter: string;
}

interface Kept {
  readonly wanted: LinesWanted;
  readonly rows: readonly Line[];
}

/** A capsule does not change: its rows are made once for a width. */
const kept = new WeakMap<Crash, Kept>();

export function lastLineRows(crash: Crash, wanted: LinesWanted): readonly Line[] {
  const known = kept.get(crash);
  if (
    known !== undefined &&
    known.wanted.columns === wanted.columns &&
    known.wanted.isWrapped === wanted.isWrapped &&
    known.wanted.filter === wanted.filter
  )
    return known.rows;
  const nowMs = Date.parse(crash.at);
  const filter = wanted.filter.toLowerCase();
  const rows = crash.lastLines
    .filter(({ message }) => filter === '' || message.toLowerCase().includes(filter))
    .flatMap((one) => rowsOf(one, nowMs, wanted));
  kept.set(crash, { wanted, rows });
  return rows;
}

function rowsOf(
  one: CapsuleLine,
  nowMs: number,
  { columns, isWrapped, filter }: LinesWanted,
): readonly Line[] {
  const clock = sanitiseField(formatClock(one.time, nowMs, true));
  const lead = ` ${clock} `;
  const width = widthOf(lead) + 3;
  const letter = span(streamLetter(one.stream), one.stream === 'stderr' ? 'bad' : 'dim');
  const text = sanitiseField(one.message);
  const first = (part: string): Line => line(span(lead, 'dim'), letter, '  ', ...matched(part, filter));
  const room = columns - width;
  if (!isWrapped || room < 20 || widthOf(text) <= room) return [first(text)];
  const [head = '', ...rest] = chunks(text, room);
  return [first(head), ...rest.map((part) => line(' '.repeat(width), ...matched(part, filter)))];
}

/** As in `toru logs`: `o`, `e`, and `!` for what is no output of the plugin. */
function streamLetter(stream: string): string {
  if (stream === 'stderr') return 'e';
  return stream === 'stdout' ? 'o' : '!';
}

function matched(text: string, filter: string): readonly Span[] {
  if (filter === '') return [span(text)];
  const spans: Span[] = [];
  const lower = text.toLowerCase();
  const wanted = filter.toLowerCase();
  let from = 0;
  // Where a letter is longer in the other case, places would not agree.
  if (lower.length !== text.length) return [span(text)];
  for (let at = lower.indexOf(wanted); at !== -1; at = lower.indexOf(wanted, from)) {
    spans.push(span(text.slice(from, at)), span(text.slice(at, at + wanted.length), 'match'));
    from = at + wanted.length;
  }
  return [...spans, span(text.slice(from))];
}

/** Parts of at most so many columns. */
export function chunks(text: string, columns: number): readonly string[] {
  const parts: string[] = [];
  let part = '';
  let width = 0;
  for (const character of text) {
    const own = widthOf(character);
    if (width + own > columns && part !== '') {
      parts.push(part);
      part = '';
      width = 0;
    }
    part += character;
    width += own;
  }
  return [...parts, part];
}
