/** Lines with a label before them, and lines that scroll. Pure. */

import { widthOf } from '../../../output/width.ts';
import { wrap } from '../../../output/wrap.ts';
import { type Frame, type Line, line, type Role, span } from '../../frame.ts';

/** A text in pieces of at most `columns` columns: what has no blank to break at, a path, stays whole to the eye. */
export function broken(text: string, columns: number): readonly string[] {
  if (widthOf(text) <= columns) return [text];
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const character of text) {
    const own = widthOf(character);
    if (width + own > columns && piece !== '') {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += character;
    width += own;
  }
  return [...pieces, piece];
}

const LABEL_WIDTH = 10;

/** A fact: its label, and its text in as many lines as it takes. */
export function factLines(label: string, text: string, columns: number, role: Role = 'plain'): Frame {
  const width = Math.max(10, columns - LABEL_WIDTH - 3);
  const parts = wrap(text, width).flatMap((one) => broken(one, width));
  return (parts.length === 0 ? [''] : parts).map((part, at) =>
    labelled(at === 0 ? label : '', span(part, role)),
  );
}

export function labelled(label: string, ...texts: Line): Line {
  return line(span(` ${label.padStart(LABEL_WIDTH)}  `, 'dim'), ...texts);
}
