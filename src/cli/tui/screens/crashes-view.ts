/** The list of crashes as lines. Pure. */

import type { CrashSummary } from '../../../protocol/control/crashes.ts';
import { sanitiseField } from '../../output/sanitise.ts';
import { cutTo, widthOf } from '../../output/width.ts';
import { type Frame, fitted, inRole, type Line, line, type Span, span, spread, windowOf } from '../frame.ts';
import type { Context } from '../screen.ts';
import {
  type CrashColumn,
  cellText,
  fittingColumns,
  LEAD_WIDTH,
  titlesText,
  widestId,
} from './crash-columns.ts';
import { beginningText } from './crash-marks.ts';
import { MAX_HELD } from './crash-pages.ts';
import { type CrashRow, crashRows, isCrash, placeOf } from './crash-rows.ts';
import type { CrashesState } from './crashes-state.ts';

/** Rows that are left for crashes. */
export function listHeight({ size }: Context): number {
  return Math.max(1, size.rows - (hasSummary(size.rows) ? 2 : 1));
}

function hasSummary(rows: number): boolean {
  return rows >= 6;
}

export function crashesView(state: CrashesState, context: Context): Frame {
  const { look, size, model } = context;
  const rows = crashRows(state);
  const summary = hasSummary(size.rows) ? [summaryLine(state, context)] : [];
  const place = placeOf(rows, state.chosen);
  if (place === -1) return [...summary, ...emptyLines(state, context)];
  const pluginWidth = state.id === undefined ? widestId(model.plugins.keys()) : undefined;
  const columns = fittingColumns({ look, pluginWidth }, size.columns);
  const height = listHeight(context);
  const top = windowOf(state.top, place, height, rows.length);
  const shown = rows
    .slice(top, top + height)
    .map((row, index) =>
      isCrash(row)
        ? crashLine(
            row,
            columns,
            { isChosen: top + index === place, isMarked: row.id === state.marked },
            context,
          )
        : beginningLine(row, state, context),
    );
  return [...summary, line(span(' '.repeat(LEAD_WIDTH) + titlesText(columns), 'dim')), ...shown];
}

interface RowMarks {
  readonly isChosen: boolean;
  readonly isMarked: boolean;
}

function crashLine(
  crash: CrashSummary,
  columns: readonly CrashColumn[],
  { isChosen, isMarked }: RowMarks,
  { look, size }: Context,
): Line {
  const lead = `${isChosen ? look.signs.cursor : ' '}${isMarked ? '*' : ' '}`;
  const spans = columns.flatMap((column, index): readonly Span[] => [
    ...(index === 0 ? [] : [span('  ')]),
    span(cellText(column, sanitiseField(column.text(crash))), column.role?.(crash) ?? 'plain'),
  ]);
  const made = line(span(lead, 'accent'), ...spans);
  return isChosen ? inRole(fitted(made, size.columns), 'selected') : made;
}

function beginningLine(row: CrashRow, state: CrashesState, { look, wallMs, size }: Context): Line {
  if (isCrash(row)) return [];
  const who = state.id === undefined ? `${row.plugin}: ` : '';
  const text = sanitiseField(`${who}${beginningText(row, wallMs)}`);
  const { rule, running } = look.signs;
  // The sign points to the crash above.
  const words = cutTo(`  ${rule.repeat(2)} ${running} ${text} `, size.columns);
  return line(span(words + rule.repeat(size.columns - widthOf(words)), 'busy'));
}

function summaryLine(state: CrashesState, { look, size }: Context): Line {
  const { pages, filter, cause, marked } = state;
  const dot = ` ${look.signs.between} `;
  const count = pages.crashes.length;
  const more = pages.isWhole ? '' : ' or more';
  const all = pages.isLoaded
    ? `${count.toLocaleString('en')}${more} ${count === 1 && more === '' ? 'crash' : 'crashes'}`
    : '';
  const held = count >= MAX_HELD ? `${dot}for older ones: toru crashes --since` : '';
  const reading = state.isSeekingEnd ? `${dot}reading older ones` : '';
  const whose = state.id === undefined ? 'all plugins' : state.id;
  const left = line(
    ' ',
    span(sanitiseField(whose), 'strong'),
    span(all === '' ? '' : `  ${all}${held}${reading}`),
  );
  const limits = [
    ...(cause === undefined ? [] : [`only ${cause}`]),
    ...(filter === '' ? [] : [`/${filter}`]),
    ...(marked === undefined ? [] : [`#${marked} marked`]),
  ];
  return spread(left, line(span(`${sanitiseField(limits.join(dot))} `, 'accent')), size.columns);
}

function emptyLines(state: CrashesState, { model }: Context): Frame {
  const { pages, id, filter, cause } = state;
  if (pages.failure !== undefined && pages.crashes.length === 0) {
    const { message, hint } = pages.failure;
    const isAway = model.connection.kind !== 'connected';
    return [
      line(span(`  ${sanitiseField(message)}`, 'bad')),
      line(
        span(
          `  ${isAway ? 'They are asked for again when torud is back.' : sanitiseField(hint ?? 'ctrl-l asks again, esc goes back.')}`,
          'dim',
        ),
      ),
    ];
  }
  if (!pages.isLoaded || (pages.asked !== undefined && !pages.isWhole))
    return [line(span('  asking torud…', 'dim'))];
  if (filter !== '' || cause !== undefined)
    return [line('  No crash is like that.'), line(span('  esc shows all.', 'dim'))];
  return id === undefined
    ? [
        line('  Nothing has crashed.'),
        line(span('  A crash will appear here by itself; toru keeps the last 200 of each plugin.', 'dim')),
      ]
    : [
        line(`  ${sanitiseField(id)} has not crashed.`),
        line(span('  A crash will appear here by itself.', 'dim')),
      ];
}
