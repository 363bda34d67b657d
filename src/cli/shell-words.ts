/** Words of a command line as sh(1) reads and writes them: what is shown can be pasted, what is typed is taken as there. */

import { failure, type Result, success } from '../protocol/result.ts';

/** The word as it must be typed; words that need no quotes have none. */
export function shellWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

export interface SplitLine {
  readonly words: readonly string[];
  /** The word that is being typed, unquoted; empty behind a blank. */
  readonly last: string;
  /** Where that begins in the text. */
  readonly lastAt: number;
}

/** Takes a line apart at blanks, quotes and backslashes. Nothing is expanded. Failure: an open quote, in words. */
export function splitLine(text: string): Result<SplitLine, string> {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  let wordAt = text.length;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (word === undefined) {
      word = '';
      wordAt = at;
    }
    if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = undefined;
    else if (character === '\\' && isEscape(quote, text[at + 1])) {
      at += 1;
      word += text[at];
    } else word += character;
  }
  if (quote !== undefined) return failure(`the quote ${quote} is not closed`);
  if (word === undefined) return success({ words, last: '', lastAt: text.length });
  return success({ words: [...words, word], last: word, lastAt: wordAt });
}

/** In double quotes a backslash stands for itself but before `"`, `\`, `$` and a backquote. */
function isEscape(quote: string | undefined, next: string | undefined): boolean {
  if (next === undefined || quote === "'") return false;
  return quote === undefined || /["\\$`]/.test(next);
}
