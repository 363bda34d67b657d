/** The list of crashes as lines. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import { sanitiseField } from '../../../output/sanitise.ts';
import { formatClock } from '../../../output/sizes.ts';
import { cutTo, widthOf } from '../../../output/width.ts';
import {
  type Frame,
  fitted,
  inRole,
  type Line,
  line,
  lineWidth,
  type Span,
  span,
  spread,
} from '../../frame.ts';
import type { Context } from '../../screen.ts';
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
import { type CrashRow, crashRows, isCrash, placeOf, windowAround } from './crash-rows.ts';
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
  const top = windowAround(rows, place, state.top, height);
  const shown = rows
    .slice(top, top + height)
    .map((row, index) =>
      isCrash(row)
        ? crashLine(
            row,
            columns,
            { isChosen: top + index === place, isMarked: state.marks.includes(row.id) },
            context,
          )
        : beginningLine(row, state, context),
    );
  const titles = line(span(' '.repeat(LEAD_WIDTH) + titlesText(columns), 'dim'));
  const right = summary.length > 0 ? [] : limitsSpans(state, context);
  return [...summary, spread(titles, right, size.columns), ...shown];
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

function summaryLine(state: CrashesState, context: Context): Line {
  const { look, size } = context;
  const whose = span(sanitiseField(state.id ?? 'all plugins'), 'strong');
  const count = line(' ', whose, `  ${countText(state, ` ${look.signs.between} `)}`);
  const limits = limitsSpans(state, context);
  const told = [...count, span(sinceText(state, context))];
  // What limits the list goes before where the crashes began.
  const isRoomy = lineWidth(told) + lineWidth(limits) < size.columns || lineWidth(limits) <= 1;
  return spread(isRoomy ? told : count, limits, size.columns);
}

/** `12 of 1,203 or more crashes`. */
function countText(state: CrashesState, dot: string): string {
  const { pages, filter, cause } = state;
  if (!pages.isLoaded) return '';
  const count = pages.crashes.length;
  const isAll = filter === '' && cause === undefined;
  const shown = isAll ? '' : `${crashRows(state).filter(isCrash).length.toLocaleString('en')} of `;
  const more = pages.isWhole ? '' : ' or more';
  const crashes = count === 1 && pages.isWhole ? 'crash' : 'crashes';
  const held = count >= MAX_HELD ? `${dot}for older ones: toru crashes --since` : '';
  const reading = state.isSeekingEnd ? `${dot}reading older ones` : '';
  return `${shown}${count.toLocaleString('en')}${more} ${crashes}${held}${reading}`;
}

/** ` · 8 since 13:58:12, first after 1.4.0 was installed`: of one plugin, and of all of its crashes. */
function sinceText(state: CrashesState, { look, wallMs }: Context): string {
  if (state.id === undefined || state.filter !== '' || state.cause !== undefined) return '';
  const rows = crashRows(state);
  const at = rows.findIndex((row) => !isCrash(row));
  const [beginning, first] = [rows[at], rows[at - 1]];
  if (beginning === undefined || isCrash(beginning) || first === undefined) return '';
  const since = formatClock(first.at, wallMs);
  return sanitiseField(` ${look.signs.between} ${at} since ${since}, first after ${beginning.what}`);
}

/** What limits the list, and what is marked. */
function limitsSpans({ filter, cause, marks }: CrashesState, { look }: Context): Line {
  const limits = [
    ...(cause === undefined ? [] : [`only ${cause}`]),
    ...(filter === '' ? [] : [`/${filter}`]),
    ...(marks.length === 0 ? [] : [`${marks.map((id) => `#${id}`).join(' ')} marked`]),
  ];
  return line(span(sanitiseField(limits.join(` ${look.signs.between} `)), 'accent'), ' ');
}

function emptyLines(state: CrashesState, { model }: Context): Frame {
  const { pages, id, filter, cause } = state;
  if (pages.failure !== undefined && pages.crashes.length === 0) {
    const { message, hint, code } = pages.failure;
    const ways = model.connection.kind === 'away' ? 'They are asked for again when torud is back.' : hint;
    const others =
      code === 'not_found' && id !== undefined
        ? 'C shows the crashes of all plugins, also of those that are gone.'
        : ways;
    return [
      line(span(`  ${sanitiseField(message)}`, 'bad')),
      line(span(`  ${sanitiseField(others ?? 'ctrl-r asks again, esc goes back.')}`, 'dim')),
    ];
  }
  if (!pages.isLoaded || (pages.asked !== undefined && !pages.isWhole))
    return [line(span('  asking torud…', 'dim'))];
  if (filter !== '' || cause !== undefined)
    return [line('  No crash is like that.'), line(span('  esc shows all.', 'dim'))];
  const what = id === undefined ? 'Nothing has crashed.' : `${sanitiseField(id)} has not crashed.`;
  return [line(`  ${what}`), line(span('  A crash will appear here by itself.', 'dim'))];
}
