/** One line of a log as rows of the screen: mark, time, letters, name, message. */

import { lineColour, streamLetter } from '../../../log-text.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock } from '../../../output/sizes.ts';
import { padTo, widthOf } from '../../../output/width.ts';
import { type Line, line, type NameRole, type Role, type Span, span } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import type { LogEntry, LogFacts } from './logs-line.ts';
import { matchesIn } from './logs-pattern.ts';
import { isOne, type LogsState } from './logs-state.ts';
import { type Cut, cutAt, rowCut, rowsOf, type ShownText, shownText } from './logs-text.ts';

/** One letter a level, beside its colour; the common one has none. */
const LEVEL_LETTERS: Readonly<Record<string, string>> = {
  emerg: 'P',
  alert: 'A',
  crit: 'C',
  err: 'E',
  warning: 'W',
  notice: 'N',
  debug: 'D',
};
const COLOUR_ROLES: Readonly<Record<string, Role>> = { red: 'bad', yellow: 'busy', dim: 'dim' };
const MAX_NAME = 16;
const NAME_ROLES: readonly NameRole[] = ['name0', 'name1', 'name2', 'name3', 'name4', 'name5'];
/** With less room than that a message goes on from the left. */
const MIN_MESSAGE = 24;
/** Around a part of a long text, which is looked through for matches. */
const MATCH_REACH = 500;

export interface Widths {
  /** Of the name column; 0: none. */
  readonly name: number;
}

export function widthsOf(state: LogsState, { model }: Context): Widths {
  if (isOne(state.wants)) return { name: 0 };
  const ids = state.wants.ids.length === 0 ? [...model.plugins.keys()] : state.wants.ids;
  return { name: Math.min(MAX_NAME, Math.max(4, ...ids.map((id) => id.length))) };
}

/** Rows that the line takes. */
export function heightOf(entry: LogEntry, state: LogsState, widths: Widths, context: Context): number {
  if (!state.style.wraps) return 1;
  const shown = shownText(entry);
  const { first, rest } = columnsOf(shown.facts, entry, state, widths, context);
  return rowsOf(shown, first, rest);
}

export function rowOf(
  entry: LogEntry,
  at: number,
  row: number,
  state: LogsState,
  widths: Widths,
  context: Context,
): Line {
  const shown = shownText(entry);
  const head = headOf(shown.facts, entry, state, widths, context);
  const { first, rest, indent } = columnsOf(shown.facts, entry, state, widths, context);
  const sign = at === state.mark && row === 0 ? context.look.signs.cursor : ' ';
  const role = roleOf(shown.facts);
  if (!state.style.wraps) {
    const cut = cutAt(shown, state.style.left, first);
    const isMore = cut.to < shown.text.length;
    const part = isMore ? cutAt(shown, state.style.left, Math.max(1, first - 1)) : cut;
    const more = isMore ? span(context.look.signs.ellipsis, 'dim') : '';
    return line(span(sign, 'accent'), ...head, ...messageSpans(shown, part, role, state), more);
  }
  const cut = rowCut(shown, row, first, rest);
  const spans = messageSpans(shown, cut, role, state);
  return row === 0 ? line(span(sign, 'accent'), ...head, ...spans) : line(' '.repeat(indent), ...spans);
}

function headOf(
  facts: LogFacts,
  entry: LogEntry,
  { style }: LogsState,
  widths: Widths,
  { wallMs, size }: Context,
): readonly Span[] {
  const letters = `${streamLetter(facts.stream)}${LEVEL_LETTERS[facts.level ?? ''] ?? ' '} `;
  const name = widths.name === 0 ? '' : padTo(sanitiseField(entry.plugin).slice(0, widths.name), widths.name);
  const detail = style.hasFacts ? `#${entry.run}.${entry.seq} ${(facts.level ?? '-').padEnd(7)} ` : '';
  const clock = clockOf(facts.timestamp, style.times, wallMs, size.columns);
  return [
    span(clock, 'dim'),
    span(letters, roleOf(facts)),
    span(name === '' ? '' : `${name} `, nameRole(entry.plugin)),
    span(detail, 'dim'),
  ];
}

function clockOf(
  timestamp: string,
  times: LogsState['style']['times'],
  wallMs: number,
  columns: number,
): string {
  if (times === 'off') return '';
  if (times === 'full') return `${sanitiseField(timestamp)} `;
  const clock = sanitiseField(formatClock(timestamp, wallMs, true));
  // A narrow screen has no room for milliseconds.
  return `${columns < 70 ? clock.replace(/\.\d+$/, '') : clock} `;
}

/** The same name has the same colour in every session. */
export function nameRole(id: string): NameRole {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return NAME_ROLES[sum % NAME_ROLES.length] ?? 'name0';
}

function roleOf(facts: LogFacts): Role {
  const { level, stream } = facts;
  const colour = stream === 'shim' ? 'yellow' : lineColour(level === undefined ? {} : { level });
  return COLOUR_ROLES[colour ?? ''] ?? 'plain';
}

/** Columns for the message: in the first row and in those below it. */
function columnsOf(
  facts: LogFacts,
  entry: LogEntry,
  state: LogsState,
  widths: Widths,
  context: Context,
): { first: number; rest: number; indent: number } {
  const head = headOf(facts, entry, state, widths, context);
  const taken = 1 + head.reduce((sum, { text }) => sum + widthOf(text), 0);
  const { columns } = context.size;
  const indent = columns - taken >= MIN_MESSAGE ? taken : 2;
  return { first: Math.max(1, columns - taken), rest: Math.max(1, columns - indent), indent };
}

/** A part of the message; what the search has found stands out. */
function messageSpans(shown: ShownText, { from, to }: Cut, role: Role, state: LogsState): readonly Span[] {
  const { text } = shown;
  const pattern = state.preview ?? state.search;
  if (pattern === undefined || from === to) return [span(text.slice(from, to), role)];
  const base = Math.max(0, from - MATCH_REACH);
  const matches = matchesIn(pattern, text.slice(base, to + MATCH_REACH));
  const spans: Span[] = [];
  let at = from;
  for (const match of matches) {
    const start = Math.max(at, base + match.from);
    const end = Math.min(to, base + match.to);
    if (end <= start) continue;
    spans.push(span(text.slice(at, start), role), span(text.slice(start, end), 'match'));
    at = end;
  }
  return [...spans, span(text.slice(at, to), role)];
}
