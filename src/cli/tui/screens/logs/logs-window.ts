/** Which rows are on the screen: arithmetic of lines that take several rows each. Knows nothing of what they say. */

/** A row: of the line with this number, its row from 0 on. */
export interface Spot {
  readonly at: number;
  readonly row: number;
}

export interface Rows {
  /** Number of the first line. */
  readonly from: number;
  /** Behind the last line. */
  readonly to: number;
  /** Rows that a line takes, at least 1. */
  readonly of: (at: number) => number;
}

/** The first row of the last page. */
export function lastPage(rows: Rows, height: number): Spot {
  let left = height;
  let at = rows.to;
  while (left > 0 && at > rows.from) {
    at -= 1;
    left -= rows.of(at);
  }
  return { at, row: Math.max(0, -left) };
}

export function isBefore(one: Spot, other: Spot): boolean {
  return one.at < other.at || (one.at === other.at && one.row < other.row);
}

/** A row that is there, and not so far down that the page is not full. */
export function clamped(spot: Spot, rows: Rows, height: number): Spot {
  const last = lastPage(rows, height);
  if (isBefore(last, spot)) return last;
  if (spot.at < rows.from) return { at: rows.from, row: 0 };
  return { at: spot.at, row: Math.min(Math.max(0, spot.row), Math.max(0, rows.of(spot.at) - 1)) };
}

/** So many rows further down, or up when it is negative; stays within the log. */
export function moved(spot: Spot, by: number, rows: Rows, height: number): Spot {
  if (rows.to === rows.from) return spot;
  let { at } = spot;
  let row = spot.row + by;
  while (row < 0 && at > rows.from) {
    at -= 1;
    row += rows.of(at);
  }
  while (at < rows.to - 1 && row >= rows.of(at)) {
    row -= rows.of(at);
    at += 1;
  }
  return clamped({ at, row: Math.max(0, row) }, rows, height);
}

/** Behind the last line of which a row is shown. */
export function shownTo(top: Spot, rows: Rows, height: number): number {
  let left = height + top.row;
  let { at } = top;
  while (left > 0 && at < rows.to) {
    left -= rows.of(at);
    at += 1;
  }
  return at;
}

/** The top row with which the line is in the middle. */
export function centred(at: number, rows: Rows, height: number): Spot {
  return moved({ at, row: 0 }, -Math.floor((height * 2) / 3), rows, height);
}
