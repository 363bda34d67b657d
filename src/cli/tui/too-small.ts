/** What stands on a terminal that is too small for anything else. Pure. */

import { type Frame, line, type Size, span } from './frame.ts';

/** Header, footer and three lines of a body; and what a name and its state take. */
const LEAST: Size = { columns: 36, rows: 8 };

/** Undefined: it is large enough. */
export function tooSmall({ columns, rows }: Size): Frame | undefined {
  if (columns >= LEAST.columns && rows >= LEAST.rows) return undefined;
  const says = columns < 'too small'.length ? ['too', 'small'] : ['too small'];
  const texts = [...says, `${columns}x${rows}`, `needs ${LEAST.columns}x${LEAST.rows}`, 'q leaves'];
  return texts.slice(0, Math.max(1, rows)).map((text) => line(span(text.slice(0, columns), 'busy')));
}
