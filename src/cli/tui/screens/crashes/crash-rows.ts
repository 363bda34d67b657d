/** What the list of crashes shows of those that it holds: filtered, with a line where crashes began. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { PluginEvent } from '../../../../protocol/control/events.ts';
import { causeText } from '../../../status-block.ts';
import { windowOf } from '../../frame.ts';
import { shortTime } from './crash-columns.ts';
import { type Beginning, beginningsOf } from './crash-marks.ts';
import type { CrashPages } from './crash-pages.ts';

/** A crash, or the line behind the crash that was the first after something. */
export type CrashRow = CrashSummary | Beginning;

export interface RowsWanted {
  readonly pages: CrashPages;
  readonly changes: readonly PluginEvent[];
  readonly filter: string;
  /** As `causeOf` gives it; undefined: all. */
  readonly cause: string | undefined;
}

export function isCrash(row: CrashRow): row is CrashSummary {
  return 'id' in row;
}

/** What "only of this cause" compares: how it ended, too. */
export function causeOf(crash: CrashSummary): string {
  return causeText({ ...crash, coreDumped: false });
}

interface Kept {
  readonly wanted: RowsWanted;
  readonly rows: readonly CrashRow[];
}

/** Many thousands are not filtered again for each key. */
const kept = new WeakMap<readonly CrashSummary[], Kept>();

export function crashRows(wanted: RowsWanted): readonly CrashRow[] {
  const { crashes, isWhole } = wanted.pages;
  const known = kept.get(crashes);
  if (
    known !== undefined &&
    known.wanted.changes === wanted.changes &&
    known.wanted.filter === wanted.filter &&
    known.wanted.cause === wanted.cause &&
    known.wanted.pages.isWhole === isWhole
  )
    return known.rows;
  const rows = makeRows(wanted);
  kept.set(crashes, { wanted, rows });
  return rows;
}

function makeRows({ pages, changes, filter, cause }: RowsWanted): readonly CrashRow[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const isShown = (crash: CrashSummary): boolean =>
    (cause === undefined || causeOf(crash) === cause) &&
    (words.length === 0 || words.every((word) => searched(crash).includes(word)));
  const beginnings = beginningsOf(pages.crashes, pages.isWhole, changes);
  const rows: CrashRow[] = [];
  for (const crash of pages.crashes) {
    if (!isShown(crash)) continue;
    rows.push(crash);
    const beginning = beginnings.get(crash.id);
    if (beginning !== undefined) rows.push(beginning);
  }
  return rows;
}

function searched(crash: CrashSummary): string {
  const { id, plugin, at, version, verdict, cause } = crash;
  return `#${id} ${plugin} ${shortTime(at)} ${cause} ${causeText(crash)} ${version} ${verdict}`.toLowerCase();
}

/** Where the cursor is: on its crash, or where that would be. -1: there is no crash. */
export function placeOf(rows: readonly CrashRow[], chosen: number | undefined): number {
  if (chosen !== undefined) {
    const found = rows.findIndex((row) => isCrash(row) && row.id <= chosen);
    if (found !== -1) return found;
    return rows.findLastIndex(isCrash);
  }
  return rows.findIndex(isCrash);
}

/** The first row of the window: with the crash at this place stands what is said of it below. */
export function windowAround(rows: readonly CrashRow[], place: number, top: number, height: number): number {
  let last = place;
  for (let row = rows[last + 1]; row !== undefined && !isCrash(row); row = rows[last + 1]) last += 1;
  const shown = windowOf(top, Math.min(last, place + height - 1), height, rows.length);
  return windowOf(shown, place, height, rows.length);
}

/** From a place so many crashes down, or up with a negative number. */
export function moved(rows: readonly CrashRow[], from: number, by: number): number {
  const step = by < 0 ? -1 : 1;
  let place = from;
  let left = Math.abs(by);
  for (let at = from + step; left > 0 && at >= 0 && at < rows.length; at += step) {
    const row = rows[at];
    if (row === undefined || !isCrash(row)) continue;
    place = at;
    left -= 1;
  }
  return place;
}
