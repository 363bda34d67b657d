/** The last lines of a capsule as rows of a terminal: times, streams, cut or wrapped. Pure. */

import type { CapsuleLine, Crash } from '../../../../protocol/control/crashes.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock } from '../../../output/sizes.ts';
import { widthOf } from '../../../output/width.ts';
import { type Line, line, type Span, span } from '../../frame.ts';
import { messageText } from './crash-capsule.ts';

export interface LinesWanted {
  readonly columns: number;
  readonly isWrapped: boolean;
  /** Only lines with this text; empty: all. */
  readonly filter: string;
}

/** Narrower than this, nothing is wrapped. */
const MIN_WRAPPED = 20;

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

function rowsOf(one: CapsuleLine, nowMs: number, { columns, isWrapped }: LinesWanted): readonly Line[] {
  const clock = sanitiseField(formatClock(one.time, nowMs, true));
  const lead = ` ${clock} `;
  const width = widthOf(lead) + 3;
  const letter = span(streamLetter(one.stream), one.stream === 'stderr' ? 'bad' : 'dim');
  const first = (part: string): Line => [span(lead, 'dim'), letter, span('  '), span(part)];
  const room = columns - width;
  const whole = messageText(one);
  // Enough to fill the row, and a sign that there was more.
  if (!isWrapped || room < MIN_WRAPPED) return [first(sanitiseField(whole.slice(0, 4 * columns)))];
  const [head = '', ...rest] = chunks(sanitiseField(whole), room);
  return [first(head), ...rest.map((part): Line => [span(' '.repeat(width)), span(part)])];
}

/** As in `toru logs`: `o`, `e`, and `!` for what is no output of the plugin. */
function streamLetter(stream: string): string {
  if (stream === 'stderr') return 'e';
  return stream === 'stdout' ? 'o' : '!';
}

/** The row with what was looked for in another role. */
export function withMatches(row: Line, filter: string): Line {
  const text = row.at(-1);
  if (filter === '' || text === undefined) return row;
  return line(...row.slice(0, -1), ...matched(text.text, filter));
}

function matched(text: string, filter: string): readonly Span[] {
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
