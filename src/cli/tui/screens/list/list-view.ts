/** How the list looks: head, rows, and below them why the chosen plugin is as it is. Pure. */

import { sanitiseField } from '../../../output/sanitise.ts';
import { cutTo, padTo } from '../../../output/width.ts';
import { type Frame, inRole, type Line, line, type Span, span, windowOf } from '../../frame.ts';
import { isUnhealthy, type Watched } from '../../model.ts';
import type { Context } from '../../screen.ts';
import { lastText } from './last-text.ts';
import { CAUSE_ROWS, causeView } from './list-cause.ts';
import { type Column, type Layout, layoutOf } from './list-columns.ts';
import { cursorOf, isFiltered, type ListState, marksText, rowsOf } from './list-order.ts';

const HEAD_ROWS = 1;
/** Fewer rows of plugins than this, and the strip gives its own to them. */
const LEAST_ROWS_WITH_STRIP = 8;
const STRIP_ROWS = CAUSE_ROWS + 1;

/** Rows of plugins that are seen at once. */
export function listHeight({ size }: Context): number {
  return Math.max(1, size.rows - HEAD_ROWS - (hasStrip(size.rows) ? STRIP_ROWS : 0));
}

/** The plugin in a row of the body, and what stands in the first row. */
export function rowAt(
  row: number,
  state: ListState,
  context: Context,
): { readonly id: string; readonly isChosen: boolean; readonly top: number } | undefined {
  const rows = rowsOf(state, context);
  const { at } = cursorOf(state, rows);
  const height = listHeight(context);
  const top = windowOf(state.top, at, height, rows.length);
  const index = row - HEAD_ROWS;
  const found = index < 0 || index >= height ? undefined : rows[top + index];
  return found && { id: found.plugin.id, isChosen: top + index === at, top };
}

function hasStrip(rows: number): boolean {
  return rows >= HEAD_ROWS + LEAST_ROWS_WITH_STRIP + STRIP_ROWS;
}

export function listView(state: ListState, context: Context): Frame {
  const { look, size, model } = context;
  const rows = rowsOf(state, context);
  if (rows.length === 0) return emptyView(state, context);
  const layout = layoutOf(size.columns, model.plugins.keys(), look);
  const { at } = cursorOf(state, rows);
  const height = listHeight(context);
  const top = windowOf(state.top, at, height, rows.length);
  const shown = rows
    .slice(top, top + height)
    .map((row, index) => rowLine(row, top + index === at, state, layout, context));
  const list = [headLine(state, layout, context), ...shown];
  if (!hasStrip(size.rows)) return list;
  const blank = Array.from({ length: height - shown.length }, () => line());
  const rule = line(span(look.signs.rule.repeat(size.columns), 'dim'));
  return [...list, ...blank, rule, ...causeView(rows[at]?.plugin, context)];
}

/** Before the words of what happened last. */
const LAST_GAP = '  ';

function headLine(state: ListState, { columns, gaps, lastColumns }: Layout, { look }: Context): Line {
  const sign = state.isReversed ? look.signs.ascending : look.signs.descending;
  const spans = columns.map(({ title, width, align, sort }, index) => {
    const isSorted = sort === state.sort && title !== '' && (sort !== 'id' || state.isReversed);
    const text = padTo(cutTo(isSorted ? `${title}${sign}` : title, width), width, align);
    return [span(gaps[index] ?? ''), span(text, isSorted ? 'accent' : 'dim')];
  });
  return line('  ', ...spans.flat(), span(lastColumns === 0 ? '' : `${LAST_GAP}LAST`, 'dim'));
}

function rowLine(
  row: Watched,
  isChosen: boolean,
  state: ListState,
  { columns, gaps, lastColumns }: Layout,
  context: Context,
): Line {
  const { signs } = context.look;
  const { plugin } = row;
  const mark = state.marked.has(plugin.id) ? signs.marked : ' ';
  const spans: Span[] = [span(isChosen ? signs.cursor : ' '), span(mark, mark === ' ' ? 'plain' : 'accent')];
  columns.forEach((column, index) => {
    spans.push(span(gaps[index] ?? ''), cellOf(column, row, context));
  });
  if (lastColumns > 0) {
    const text = cutTo(sanitiseField(lastText(plugin, context)), lastColumns);
    spans.push(span(LAST_GAP), span(text, plugin.state === 'failed' || isUnhealthy(plugin) ? 'bad' : 'dim'));
  }
  const made = line(...spans);
  return isChosen ? inRole(made, 'selected') : made;
}

function cellOf({ width, align, text, role }: Column, row: Watched, context: Context): Span {
  const cut = cutTo(sanitiseField(text(row, context)), width);
  return span(padTo(cut, width, align), role?.(row) ?? 'plain');
}

function emptyView(state: ListState, { model }: Context): Frame {
  if (!model.isLoaded) return [line(span('  asking torud for its plugins', 'dim'))];
  if (model.plugins.size === 0) {
    const folder = model.daemon?.paths.pluginFolder ?? 'the plugin folder';
    return [
      line('  No plugins yet.'),
      line(span(`  Put one into ${sanitiseField(folder)}, or run "toru install PATH".`, 'dim')),
    ];
  }
  if (!isFiltered(state)) return [line('  No plugin is here.')];
  return [
    line(`  None of ${model.plugins.size} plugins is ${sanitiseField(filterText(state).join(', '))}.`),
    line(span('  esc shows all.', 'dim')),
  ];
}

/** What `!` asks for. */
const TROUBLE_TEXT = 'failed, invalid, backoff or unhealthy';

/** What is left out, as the line above the list says it. */
export function filterText(state: ListState): readonly string[] {
  const { filter, isTroubleOnly, isEnabledOnly, states, group } = state;
  return [
    filter === '' ? '' : `/${filter}`,
    isTroubleOnly ? 'in trouble' : '',
    states === undefined ? '' : states.join(' or '),
    isEnabledOnly ? 'enabled' : '',
    group === undefined ? '' : `@${group}`,
  ].filter((one) => one !== '');
}

/** `/web, stopped · 3 of 20 · 2 marked, 1 hidden · by cpu`; empty where all is shown in the usual order. */
export function listNote(state: ListState, context: Context): string {
  const filters = filterText(state);
  const { between } = context.look.signs;
  return [
    filters.join(', ') + (state.isTroubleOnly ? `: ${TROUBLE_TEXT}` : ''),
    filters.length === 0 ? '' : `${rowsOf(state, context).length} of ${context.model.plugins.size}`,
    marksText(state, context),
    state.sort === 'id' && !state.isReversed ? '' : `by ${state.sort}${state.isReversed ? ', reversed' : ''}`,
  ]
    .filter((one) => one !== '')
    .join(` ${between} `);
}
