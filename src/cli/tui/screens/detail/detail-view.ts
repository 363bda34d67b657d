/** The detail screen: a head, the sections by name, and the lines of the one that is open. Pure. */

import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock } from '../../../output/sizes.ts';
import {
  BLANK,
  type Frame,
  fitted,
  type Line,
  line,
  lineWidth,
  type Span,
  span,
  spread,
} from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { type Body, bodyOf, placeIn } from './detail-body.ts';
import { knownPlugin, stateSpans } from './detail-facts.ts';
import { type DetailState, SECTIONS } from './detail-state.ts';
import { dueText, whyLines } from './detail-why.ts';

/** From here on the paragraph stands above the other sections as well. */
const WIDE = { columns: 100, rows: 20 } as const;
const WHY_ROWS = 4;

export function detailView(state: DetailState, context: Context): Frame {
  const { size } = context;
  const above = aboveOf(state, context);
  const body = bodyOf(state, context);
  const height = bodyHeight(body, state, context);
  const { top, at } = placeIn(body, state.places[state.section], height);
  const chosen = body.rows === 0 ? -1 : body.lineOf(at);
  const shown = Math.min(height, body.length - top);
  const lines = Array.from({ length: Math.max(0, shown) }, (_, index) =>
    body.draw(top + index, top + index === chosen),
  );
  const position = body.length > height ? `${top + 1}-${top + shown} of ${body.length} ` : '';
  return [
    ...above,
    spread(sectionsLine(state), line(span(position, 'dim')), size.columns),
    ...body.head,
    ...lines,
  ].slice(0, size.rows);
}

/** Rows that the open section has. */
export function bodyHeight(body: Body, state: DetailState, context: Context): number {
  return Math.max(1, context.size.rows - aboveOf(state, context).length - 1 - body.head.length);
}

/** What a click can be on: a section by its name, or a row of the one that is open. */
export function targetAt(
  row: number,
  column: number,
  state: DetailState,
  context: Context,
): { readonly section: number } | { readonly row: number } | undefined {
  const from = row - aboveOf(state, context).length;
  if (from === 0) return sectionAt(column);
  const body = bodyOf(state, context);
  const { top } = placeIn(body, state.places[state.section], bodyHeight(body, state, context));
  const at = from - 1 - body.head.length;
  if (at < 0) return undefined;
  for (let one = 0; one < body.rows; one += 1) if (body.lineOf(one) === top + at) return { row: one };
  return undefined;
}

function sectionAt(column: number): { readonly section: number } | undefined {
  let end = 1;
  for (const [section, name] of SECTIONS.entries()) {
    const begin = end;
    end += `[${section + 1} ${name}]`.length;
    if (column >= begin && column < end) return { section };
    end += 1;
  }
  return undefined;
}

function aboveOf(state: DetailState, context: Context): Frame {
  return [...removedLines(state, context), headLine(state, context), ...whyAbove(state, context)];
}

function headLine(state: DetailState, context: Context): Line {
  const plugin = knownPlugin(state, context);
  const id = sanitiseField(state.id);
  if (plugin === undefined) return line(' ', span(id, 'strong'));
  const what = plugin.description || plugin.name;
  const about = what === '' || what === plugin.id ? '' : `  ${sanitiseField(what)}`;
  const { columns } = context.size;
  // The countdown is on every section, for not each has room for the paragraph.
  const due =
    plugin.nextRestartAt === null ? '' : `, next try ${dueText(plugin.nextRestartAt, context.wallMs)}`;
  const left = line(' ', ...stateSpans(plugin), span(due, 'busy'), '  ', span(id, 'strong'), about);
  const right = line(span(` ${sanitiseField(plugin.version)}, ${plugin.runtime} `, 'dim'));
  const room = Math.max(0, columns - lineWidth(right) - 1);
  return spread(lineWidth(left) > room ? fitted(left, room) : left, right, columns);
}

function removedLines({ removedMs, last, id }: DetailState, { wallMs }: Context): Frame {
  if (removedMs === undefined) return [];
  const when = formatClock(new Date(removedMs).toISOString(), wallMs);
  const text =
    last === undefined
      ? `There is no plugin ${sanitiseField(id)}. esc goes back.`
      : `${sanitiseField(id)} was removed at ${when}. What is shown was known then; esc goes back.`;
  return [line(span(` ${text}`, 'bad'))];
}

function whyAbove(state: DetailState, context: Context): Frame {
  const { columns, rows } = context.size;
  if (state.section === 'why' || columns < WIDE.columns || rows < WIDE.rows) return [];
  const lines = whyLines(state, columns - 2, context);
  if (lines.length === 0) return [];
  const shown = lines.slice(0, WHY_ROWS).map((text) => line(` ${text}`));
  return [...shown, ...(lines.length > WHY_ROWS ? [line(span(' 1 shows all of it', 'dim'))] : []), BLANK];
}

function sectionsLine({ section }: DetailState): Line {
  return line(
    ' ',
    ...SECTIONS.flatMap((name, at): readonly Span[] => [
      name === section ? span(`[${at + 1} ${name}]`, 'strong') : span(` ${at + 1} ${name} `, 'dim'),
      span(' '),
    ]),
  );
}
