/** What a section of the detail screen consists of: lines that scroll, or rows with a cursor. Pure. */

import { sanitiseField } from '../../../output/sanitise.ts';
import { BLANK, type Frame, type Line, line, span, windowOf } from '../../frame.ts';
import type { Context } from '../../screen.ts';
import { factsOf, knownPlugin } from './detail-facts.ts';
import type { Asked } from './detail-questions.ts';
import { moreText, runsOf, runTable } from './detail-runs.ts';
import { settingsLines } from './detail-settings.ts';
import type { DetailState, Place } from './detail-state.ts';
import { type TreeRow, treeLines, treeRows } from './detail-tree.ts';
import { whyLines } from './detail-why.ts';

export interface Body {
  /** Stay at the top. */
  readonly head: Frame;
  /** Lines that scroll. */
  readonly length: number;
  /** Rows that a cursor can be on; 0: lines are scrolled. */
  readonly rows: number;
  /** Which line a row is. */
  lineOf(row: number): number;
  draw(at: number, isChosen: boolean): Line;
}

export function bodyOf(state: DetailState, context: Context): Body {
  switch (state.section) {
    case 'why':
      return textBody(whySection(state, context));
    case 'settings':
      return textBody(askedFirst(state.questions.show) ?? settingsLines(state, context));
    case 'dependencies':
      return treeBody(state, context);
    case 'runs':
      return runsBody(state, context);
  }
}

function textBody(lines: Frame): Body {
  return {
    head: [],
    length: lines.length,
    rows: 0,
    lineOf: (row) => row,
    draw: (at) => lines[at] ?? BLANK,
  };
}

function whySection(state: DetailState, context: Context): Frame {
  const plugin = knownPlugin(state, context);
  const { why } = state.questions;
  const told = whyLines(state, context.size.columns - 2, context).map((text) => line(` ${text}`));
  const lines = told.length > 0 ? told : (askedFirst(why) ?? []);
  // A removed plugin is not there to be asked about, which the line above says.
  const failure =
    told.length > 0 && why.failure !== undefined && state.removedMs === undefined
      ? [failedLine(why.failure.message)]
      : [];
  const facts = plugin === undefined ? [] : [BLANK, ...factsOf(plugin, state, context)];
  return [...lines, ...failure, ...facts];
}

function treeBody(state: DetailState, context: Context): Body {
  const rows = treeRows(state, context);
  const lines = treeLines(state, rows, context);
  return {
    head: [],
    length: lines.length,
    rows: rows.length,
    lineOf: (row) => lines.findIndex((one) => one.row === row),
    draw: (at, isChosen) => lines[at]?.draw(isChosen) ?? BLANK,
  };
}

function runsBody(state: DetailState, context: Context): Body {
  const { runs } = state.questions;
  const first = askedFirst(runs);
  if (first !== undefined) return textBody(first);
  if (runsOf(state).length === 0)
    return textBody([
      line(' It has not run yet.'),
      line(span(` s starts it; "toru start ${sanitiseField(state.id)}" does the same.`, 'dim')),
    ]);
  const table = runTable(state, context);
  const more = moreText(state);
  return {
    head: [table.head],
    length: table.length + (more === undefined ? 0 : 1),
    rows: table.length,
    lineOf: (row) => row,
    draw: (at, isChosen) =>
      at < table.length ? table.draw(at, isChosen) : line(span(`  ${sanitiseField(more ?? '')}`, 'dim')),
  };
}

/** What stands there before the first answer. */
function askedFirst({ value, failure }: Asked<unknown>): Frame | undefined {
  if (value !== undefined) return undefined;
  return failure === undefined ? [line(span(' asking torud', 'dim'))] : [failedLine(failure.message)];
}

function failedLine(message: string): Line {
  return line(span(` ${sanitiseField(message)}; ctrl-r asks again`, 'bad'));
}

/** The first line that is shown of so many, and the chosen row. */
export function placeIn(body: Body, { top, at }: Place, height: number): Place {
  if (body.rows === 0) return { top: Math.max(0, Math.min(top, body.length - height)), at: 0 };
  const row = Math.max(0, Math.min(at, body.rows - 1));
  // A title above the first row is seen with it.
  const from = row === 0 ? 0 : body.lineOf(row);
  const shown = windowOf(top, from, height, body.length);
  const own = body.lineOf(row);
  return { top: own >= shown + height ? Math.max(0, own - height + 1) : shown, at: row };
}

export function chosenRow(state: DetailState, context: Context): TreeRow | undefined {
  const rows = treeRows(state, context);
  return rows[Math.min(state.places.dependencies.at, rows.length - 1)];
}
