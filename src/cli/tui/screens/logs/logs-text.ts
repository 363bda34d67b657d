/** The message of a line as it can be shown: safe for the terminal, tabs spread, cut into rows. */

import { isPrintable, sanitise } from '../../../output/sanitise.ts';
import { widthOf } from '../../../output/width.ts';
import { factsOf, type LogEntry, type LogFacts } from './logs-line.ts';

export interface ShownText {
  readonly facts: LogFacts;
  readonly text: string;
  /** Every character takes one column. */
  readonly isSimple: boolean;
}

const TAB_COLUMNS = 8;
/** What is remembered of lines that were shown, in letters: whoever looks at a line looks again. */
const MAX_KEPT_LETTERS = 4 * 1024 * 1024;

const kept = new Map<LogEntry, ShownText>();
let keptLetters = 0;

export function shownText(entry: LogEntry): ShownText {
  const known = kept.get(entry);
  if (known !== undefined) return known;
  const made = makeText(entry);
  for (const [oldest, { text }] of kept) {
    if (keptLetters + made.text.length <= MAX_KEPT_LETTERS) break;
    kept.delete(oldest);
    keptLetters -= text.length;
  }
  kept.set(entry, made);
  // An empty line costs something, too.
  keptLetters += made.text.length;
  if (kept.size > 2_000) {
    kept.clear();
    keptLetters = 0;
  }
  return made;
}

function makeText(entry: LogEntry): ShownText {
  const facts = factsOf(entry);
  const safe = sanitise(facts.message);
  const text = `${safe.includes('\t') ? spread(safe) : safe}${facts.isCut ? ' [cut]' : ''}`;
  return { facts, text, isSimple: isPrintable(text) };
}

function spread(text: string): string {
  let at = 0;
  return text
    .split('\t')
    .map((part, index, all) => {
      at += part.length;
      if (index === all.length - 1) return part;
      const blanks = TAB_COLUMNS - (at % TAB_COLUMNS);
      at += blanks;
      return part + ' '.repeat(blanks);
    })
    .join('');
}

/** Where a part of a text begins and ends. */
export interface Cut {
  readonly from: number;
  readonly to: number;
}

/** The part that stands in columns `left` to `left + columns`. */
export function cutAt({ text, isSimple }: ShownText, left: number, columns: number): Cut {
  if (isSimple) return { from: Math.min(left, text.length), to: Math.min(left + columns, text.length) };
  let column = 0;
  let at = 0;
  let from = -1;
  for (const character of text) {
    const width = widthOf(character);
    if (from === -1 && column >= left) from = at;
    if (column + width > left + columns) break;
    column += width;
    at += character.length;
  }
  return { from: from === -1 ? at : from, to: at };
}

const MAX_KEPT_BREAKS = 200;
const breaks = new Map<
  ShownText,
  { readonly first: number; readonly rest: number; readonly at: Uint32Array }
>();

/** Rows that a text takes, the first one in `first` columns, the others in `rest`. */
export function rowsOf(shown: ShownText, first: number, rest: number): number {
  if (!shown.isSimple) return breaksOf(shown, first, rest).length;
  const { length } = shown.text;
  return length <= first ? 1 : 1 + Math.ceil((length - first) / rest);
}

export function rowCut(shown: ShownText, row: number, first: number, rest: number): Cut {
  const { length } = shown.text;
  if (shown.isSimple) {
    const from = row === 0 ? 0 : first + (row - 1) * rest;
    return { from: Math.min(from, length), to: Math.min(row === 0 ? first : from + rest, length) };
  }
  const starts = breaksOf(shown, first, rest);
  return { from: starts[row] ?? length, to: starts[row + 1] ?? length };
}

/** Where each row begins. */
function breaksOf(shown: ShownText, first: number, rest: number): Uint32Array {
  const known = breaks.get(shown);
  if (known?.first === first && known.rest === rest) return known.at;
  const starts = [0];
  let at = 0;
  let column = 0;
  let columns = first;
  for (const character of shown.text) {
    const width = widthOf(character);
    if (column + width > columns && at > 0) {
      starts.push(at);
      column = 0;
      columns = rest;
    }
    column += width;
    at += character.length;
  }
  if (breaks.size >= MAX_KEPT_BREAKS) breaks.clear();
  const made = Uint32Array.from(starts);
  breaks.set(shown, { first, rest, at: made });
  return made;
}
