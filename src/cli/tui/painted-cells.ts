/** A painted row as cells, so that what has changed in it can be sent alone. Pure. */

interface Cell {
  readonly character: string;
  /** The sequence that gives it its looks (ECMA-48, SGR); empty for plain. */
  readonly style: string;
}

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: escape sequences are what this is about
const STYLE_OR_CHARACTER = /\x1b\[([\d;]*)m|([\s\S])/gu;
/** All that is surely one cell wide: a row with anything else is sent as a whole. */
const ONE_CELL = /^(?:[ -~\xa1-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25ff\u2713-\u2718]|\x1b\[[\d;]*m)*$/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: as above

const END_OF_STYLE = '\x1b[0m';
/** To go over so few cells that are the same costs less than to say where the next ones are. */
const SHORT_GAP = 6;

/** Undefined: some of it may be wider or narrower than a cell. */
function cellsOf(row: string): readonly Cell[] | undefined {
  if (!ONE_CELL.test(row)) return undefined;
  const cells: Cell[] = [];
  let style = '';
  for (const [all, codes, character] of row.matchAll(STYLE_OR_CHARACTER)) {
    if (character !== undefined) cells.push({ character, style });
    else style = codes === '' || codes === '0' ? '' : all;
  }
  return cells;
}

function painted(cells: readonly Cell[]): string {
  let style = '';
  let text = '';
  for (const cell of cells) {
    if (cell.style !== style) text += style === '' ? cell.style : `${END_OF_STYLE}${cell.style}`;
    style = cell.style;
    text += cell.character;
  }
  return style === '' ? text : text + END_OF_STYLE;
}

/**
 * What turns the row `before`, which is on the screen, into `after`: cursor moves within the row, and the cells that
 * differ. Undefined: they cannot be compared cell by cell.
 */
export function rowChange(before: string, after: string): string | undefined {
  const [old, next] = [cellsOf(before), cellsOf(after)];
  if (old === undefined || next === undefined || old.length !== next.length) return undefined;
  const isSame = (at: number): boolean =>
    old[at]?.character === next[at]?.character && old[at]?.style === next[at]?.style;
  let change = '';
  for (let at = 0; at < next.length; at += 1) {
    if (isSame(at)) continue;
    let end = at + 1;
    for (let look = end; look < next.length && look - end <= SHORT_GAP; look += 1)
      if (!isSame(look)) end = look + 1;
    // Cursor to this column (ECMA-48, CHA).
    change += `\x1b[${at + 1}G${painted(next.slice(at, end))}`;
    at = end;
  }
  return change;
}

/** The beginning of a row, for a terminal that has become narrower; empty where its cells cannot be counted. */
export function rowCut(row: string, columns: number): string {
  const cells = cellsOf(row);
  return cells === undefined ? '' : painted(cells.slice(0, columns));
}
