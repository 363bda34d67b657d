/** Columns of the list: what stands in them, and which of them a terminal of a given width has room for. */

import type { PluginStatus } from '../../../../protocol/control/plugins.ts';
import { formatSize } from '../../../output/sizes.ts';
import { widthOf } from '../../../output/width.ts';
import { coarseAge } from '../../coarse-time.ts';
import type { Role } from '../../frame.ts';
import { type Look, STATE_LETTERS, STATE_ROLES, UNHEALTHY_LETTER } from '../../look.ts';
import { isUnhealthy, uptimeMs, type Watched } from '../../model.ts';
import type { Context } from '../../screen.ts';
import { cpuScale, memoryScale, sparkline } from '../../sparkline.ts';
import { cpuOf, memoryOf, type Sort } from './list-order.ts';

export interface Column {
  readonly title: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** The greatest goes first when the terminal is narrow; 0 stays. */
  readonly rank: number;
  /** The order whose sign stands in its head. */
  readonly sort?: Sort;
  readonly text: (row: Watched, context: Context) => string;
  readonly role?: (row: Watched) => Role;
}

/** Where there is little room, figures stand closer: the blanks to the left of them part them anyway. */
const CLOSE_BELOW_COLUMNS = 100;
/** Widths from which on something stands wider than before. */
const STYLE_COLUMNS = [60, 100, 140, 150, 200];
/** Columns from this rank on are only for a wide terminal. */
const FIRST_WIDE_RANK = 7;
/** The cursor, and the mark beside it. */
export const MARGIN_COLUMNS = 2;
const LEAST_ID_COLUMNS = 6;

export interface Layout {
  readonly columns: readonly Column[];
  /** Blanks before each of them. */
  readonly gaps: readonly string[];
  /** What is left for the words of what happened last; 0: no room. */
  readonly lastColumns: number;
}

/** @param ids of all plugins, shown or not: a filter moves nothing */
export function layoutOf(columns: number, ids: Iterable<string>, look: Look): Layout {
  let longest = LEAST_ID_COLUMNS;
  for (const id of ids) longest = Math.max(longest, widthOf(id));
  // Where things stand wider, a column could go that a narrower terminal shows: then they stand as there.
  const styles = [columns, ...STYLE_COLUMNS.filter((from) => from <= columns).map((from) => from - 1)];
  let style = columns;
  let shown = shownAt(columns, longest, look);
  for (const narrower of styles) {
    const other = shownAt(narrower, longest, look);
    if (other.length > shown.length) [shown, style] = [other, narrower];
  }
  const spare = restOf(shown, columns, style) - leastLastColumns(columns);
  const [id, ...others] = shown;
  if (id !== undefined && spare > 0) {
    const width = Math.min(longest, Math.max(id.width, Math.min(mostIdColumns(columns), id.width + spare)));
    shown = [{ ...id, width }, ...others];
  }
  const rest = restOf(shown, columns, style);
  const gaps = shown.map((column, index) => ' '.repeat(index === 0 ? 0 : gapOf(column, style)));
  return { columns: shown, gaps, lastColumns: rest < 4 ? 0 : rest };
}

/** The columns that stay on a terminal of this width; a long id is cut before one goes. */
function shownAt(columns: number, longest: number, look: Look): readonly Column[] {
  const least = leastLastColumns(columns);
  const all = columnsOf(Math.min(leastIdColumns(columns), longest), columns, look);
  let shown = all.filter(({ rank }) => columns >= CLOSE_BELOW_COLUMNS || rank < FIRST_WIDE_RANK);
  while (restOf(shown, columns, columns) < least && shown.some(({ rank }) => rank > 0)) {
    const worst = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== worst);
  }
  return shown;
}

/** To so many columns a long id is cut before a column goes. */
function leastIdColumns(columns: number): number {
  return Math.min(20, Math.max(8, Math.floor(columns / 5.5)));
}

/** More than these a long id does not get. */
function mostIdColumns(columns: number): number {
  if (columns >= 140) return 40;
  return columns >= 100 ? 24 : Math.max(8, Math.floor(columns / 4));
}

/** Room that the words of what happened last should have before a column goes for them. */
function leastLastColumns(columns: number): number {
  if (columns >= 140) return 40;
  if (columns >= 100) return 30;
  return Math.max(12, Math.min(15, Math.floor(columns / 4)));
}

function gapOf({ align }: Column, columns: number): number {
  return align === 'right' && columns < CLOSE_BELOW_COLUMNS ? 1 : 2;
}

/** @param style the width of the terminal for which they are laid out */
function restOf(shown: readonly Column[], columns: number, style: number): number {
  const taken = shown.reduce((sum, column) => sum + column.width + gapOf(column, style), 0);
  // The first has no gap before it, but the words have one.
  return columns - MARGIN_COLUMNS - taken;
}

/** A divisor of the sixty seconds. */
function sparkWidth(columns: number): number {
  if (columns >= 200) return 30;
  if (columns >= 150) return 20;
  return columns >= 100 ? 10 : 6;
}

function columnsOf(idWidth: number, columns: number, look: Look): readonly Column[] {
  const isTiny = columns < 34;
  return [
    { title: 'ID', width: idWidth, align: 'left', rank: 0, sort: 'id', text: ({ plugin }) => plugin.id },
    {
      title: isTiny ? '' : 'STATE',
      width: isTiny ? 1 : 11,
      align: 'left',
      rank: 0,
      sort: 'state',
      text: ({ plugin }) => (isTiny ? stateLetter(plugin) : stateText(plugin)),
      role: ({ plugin }) => stateRole(plugin),
    },
    {
      title: 'EN',
      width: 2,
      align: 'left',
      rank: 6,
      text: ({ plugin }) => (plugin.enabled ? 'on' : look.signs.absent),
      role: ({ plugin }) => (plugin.enabled ? 'plain' : 'dim'),
    },
    ...figureColumns(columns, look),
    ...wideColumns(look),
  ];
}

function figureColumns(columns: number, look: Look): readonly Column[] {
  const { absent, retry, bars } = look.signs;
  const spark = sparkWidth(columns);
  return [
    {
      title: 'UP',
      width: 4,
      align: 'right',
      rank: 1,
      sort: 'uptime',
      text: (row, { nowMs }) => {
        const up = uptimeMs(row, nowMs);
        return up === null ? absent : coarseAge(up);
      },
    },
    {
      title: retry,
      width: 3,
      align: 'right',
      rank: 4,
      sort: 'restarts',
      text: ({ plugin }) => (plugin.restarts > 999 ? '>1k' : String(plugin.restarts)),
      role: ({ plugin }) => (plugin.restarts > 0 ? 'busy' : 'plain'),
    },
    { title: 'CPU', width: 4, align: 'right', rank: 2, sort: 'cpu', text: (row) => cpuText(row, absent) },
    {
      title: spark > 6 ? 'cpu 60 s' : '60 s',
      width: spark,
      align: 'left',
      rank: 5,
      text: ({ cpuHistory }, { model }) =>
        sparkline(cpuHistory, spark, bars, model.samples ?? 0, cpuScale(cpuHistory)),
      role: () => 'accent',
    },
    {
      title: 'MEM',
      width: 5,
      align: 'right',
      rank: 3,
      sort: 'memory',
      text: (row) => memoryText(row, absent),
    },
    {
      title: spark > 6 ? 'mem 60 s' : '60 s',
      width: spark,
      align: 'left',
      rank: 7,
      text: ({ memoryHistory }, { model }) =>
        sparkline(memoryHistory, spark, bars, model.samples ?? 0, memoryScale(memoryHistory)),
      role: () => 'accent',
    },
  ];
}

/** Those that only a wide terminal has room for. */
function wideColumns(look: Look): readonly Column[] {
  const { absent } = look.signs;
  return [
    {
      title: 'PID',
      width: 7,
      align: 'right',
      rank: 8,
      text: ({ plugin }) => (plugin.pid === null ? absent : String(plugin.pid)),
      role: () => 'dim',
    },
    {
      title: 'VERSION',
      width: 10,
      align: 'left',
      rank: 9,
      text: ({ plugin }) => plugin.version || absent,
      role: () => 'dim',
    },
    {
      title: 'GROUPS',
      width: 14,
      align: 'left',
      rank: 10,
      text: ({ plugin }) => plugin.groups.map((group) => `@${group}`).join(' ') || absent,
      role: () => 'dim',
    },
  ];
}

/** Three or four signs: `0.0`, `12.5`, `100`. */
function cpuText(row: Watched, absent: string): string {
  const percent = cpuOf(row);
  if (percent === null) return absent;
  return percent >= 99.95 ? String(Math.round(percent)) : percent.toFixed(1);
}

/** At most five signs: `84.2M`, `512M`, `1023M`. */
function memoryText(row: Watched, absent: string): string {
  const bytes = memoryOf(row);
  if (bytes === null) return absent;
  const text = formatSize(bytes);
  return text.length <= 5 ? text : text.replace(/\.\d/, '');
}

function stateLetter(plugin: PluginStatus): string {
  return isUnhealthy(plugin) ? UNHEALTHY_LETTER : STATE_LETTERS[plugin.state];
}

/** Letter and word: `R running`, `H unhealthy`. */
function stateText(plugin: PluginStatus): string {
  return `${stateLetter(plugin)} ${isUnhealthy(plugin) ? 'unhealthy' : plugin.state}`;
}

function stateRole(plugin: PluginStatus): Role {
  return isUnhealthy(plugin) ? 'bad' : STATE_ROLES[plugin.state];
}
