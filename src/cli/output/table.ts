/** Tables: columns of even width for people, tab-separated records for scripts. */

import type { Colour } from './colours.ts';
import { paint } from './colours.ts';
import { isPrintable, sanitiseField } from './sanitise.ts';
import { cutTo, padTo, widthOf } from './width.ts';

export interface Column {
  readonly title: string;
  /** Numbers stand right. */
  readonly align?: 'left' | 'right';
}

export interface Cell {
  readonly text: string;
  /** For `--plain`, where it is another one: a bare number in the place of `84.2M`. */
  readonly plain?: string;
  readonly colour?: Colour | undefined;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (Cell | string)[])[];
}

export interface TableStyle {
  readonly hasLegend: boolean;
  readonly hasColour: boolean;
  /** Columns of the terminal that lines are cut to; undefined: nothing is cut. */
  readonly width?: number | undefined;
}

/** What stands for a value that is not there. */
export const ABSENT = '-';

const GAP = '  ';

/** A cell for a number: short for people, whole for scripts, `-` for none. */
export function numberCell(
  value: number | null | undefined,
  format: (value: number) => string = String,
): Cell {
  if (value === null || value === undefined) return { text: ABSENT };
  return { text: format(value), plain: String(value) };
}

/** One line a row, columns aligned, two spaces between. */
export function formatTable(table: Table, style: TableStyle): string[] {
  const texts = table.rows.map((row) => row.map(textOf));
  if (style.hasLegend) texts.unshift(table.columns.map((column) => column.title));
  // One look over the whole text spares a look at each cell, which "toru list" feels.
  const isPlain = isPrintable(texts.map((row) => row.join('')).join(''));
  const safe = isPlain ? texts : texts.map((row) => row.map(sanitiseField));
  const pads = padding(table.columns, safe, isPlain);
  if (isPlain && style.width === undefined && !style.hasColour) {
    return safe.map((row) =>
      row
        .map((cell, at) => pads[at]?.(cell) ?? cell)
        .join(GAP)
        .trimEnd(),
    );
  }
  return safe.map((row, at) => {
    const padded = row.map((cell, column) => pads[column]?.(cell) ?? cell);
    const cells = table.rows[style.hasLegend ? at - 1 : at];
    return fitted(padded, style, (column) => (cells === undefined ? 'bold' : colourOf(cells[column] ?? '')));
  });
}

/** For each column, what brings a cell to the column's width. A last column on the left needs nothing. */
function padding(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  isPlain: boolean,
): ((cell: string) => string)[] {
  return columns.map(({ align }, at) => {
    if (at === columns.length - 1 && align !== 'right') return (cell) => cell;
    let width = 0;
    for (const row of rows) {
      const cell = row[at] ?? '';
      width = Math.max(width, isPlain ? cell.length : widthOf(cell));
    }
    if (!isPlain) return (cell) => padTo(cell, width, align);
    return align === 'right' ? (cell) => cell.padStart(width) : (cell) => cell.padEnd(width);
  });
}

/** A line within the terminal's width, with its colours. */
function fitted(
  cells: readonly string[],
  style: TableStyle,
  colourAt: (column: number) => Colour | undefined,
): string {
  let left = style.width ?? Number.POSITIVE_INFINITY;
  const shown: string[] = [];
  for (const [at, cell] of cells.entries()) {
    const isLast = at === cells.length - 1;
    const text = cutTo(isLast ? cell.trimEnd() : cell, left);
    shown.push(style.hasColour ? paint(text, colourAt(at)) : text);
    left -= widthOf(text) + GAP.length;
    if (left <= 0) break;
  }
  return shown.join(GAP).trimEnd();
}

/** One record a line, tabs between, whole values, no colour. */
export function formatPlain(table: Table, hasLegend: boolean): string[] {
  const lines = table.rows.map((row) =>
    row.map((cell) => sanitiseField(typeof cell === 'string' ? cell : (cell.plain ?? cell.text))).join('\t'),
  );
  return hasLegend ? [table.columns.map((column) => column.title).join('\t'), ...lines] : lines;
}

function textOf(cell: Cell | string): string {
  return typeof cell === 'string' ? cell : cell.text;
}

function colourOf(cell: Cell | string): Colour | undefined {
  return typeof cell === 'string' ? undefined : cell.colour;
}
