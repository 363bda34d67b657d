/** Looking for words in what a command has said, as in less. Pure. */

import { sanitiseField } from '../../output/sanitise.ts';
import { type Line, line, span } from '../frame.ts';

export interface Found {
  /** Index of the line. */
  readonly at: number;
  /** Letters before it in the shown line. */
  readonly column: number;
}

/** A line as it is shown: tabs every eight columns, as a terminal has them. */
export function shownText(text: string): string {
  return sanitiseField(expanded(text));
}

function expanded(text: string): string {
  if (!text.includes('\t')) return text;
  let shown = '';
  for (const character of text) {
    if (character === '\t') shown += ' '.repeat(8 - (shown.length % 8));
    else shown += character;
  }
  return shown;
}

/** As vim's smartcase: words without capitals take both. */
function columnOf(words: string, text: string, from = 0): number {
  return (/[A-Z]/.test(words) ? text : text.toLowerCase()).indexOf(words, from);
}

/** The next line with these words. @param from behind it, or before it when it goes backward */
export function nextFound(
  lines: readonly string[],
  words: string,
  from: number,
  isBackward: boolean,
): Found | undefined {
  const step = isBackward ? -1 : 1;
  for (let at = from + step; at >= 0 && at < lines.length; at += step) {
    const column = columnOf(words, shownText(lines[at] ?? ''));
    if (column !== -1) return { at, column };
  }
  return undefined;
}

/** The line from a column on, with the words standing out. */
export function markedLine(text: string, words: string, left: number): Line {
  if (words === '') return line(` ${text.slice(left)}`);
  const spans = [span(' ')];
  let at = left;
  for (let found = columnOf(words, text); found !== -1; found = columnOf(words, text, found + words.length)) {
    const end = found + words.length;
    if (end <= left) continue;
    spans.push(
      span(text.slice(at, Math.max(at, found))),
      span(text.slice(Math.max(at, found), end), 'match'),
    );
    at = end;
  }
  return line(...spans, span(text.slice(at)));
}
