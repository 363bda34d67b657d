/** Messages of programs as pieces of text: their colours are kept, all else that would act on a terminal is not. */

import { isPrintable, sanitise } from '../../../../src/cli/output/sanitise.ts';

export interface Piece {
  readonly text: string;
  /** Classes of log.css: `ansi-1`, `ansi-bold`; empty for plain text. */
  readonly className: string;
}

/** ECMA-48: control sequences, and strings (titles, links) with what ends them. Half of one at the end counts as one. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
  /(?:\x1b\[|\x9b)([0-?]*)([ -/]*[@-~]?)|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]/g;

interface Style {
  readonly colour: number | undefined;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

const PLAIN: Style = { colour: undefined, isBold: false, isDim: false };

/** Pieces in order; joined they are what is to be read. Control characters in them are written out, as `\x07`. */
export function piecesOf(message: string): readonly Piece[] {
  if (isPrintable(message)) return [{ text: message, className: '' }];
  const pieces: Piece[] = [];
  let style = PLAIN;
  let end = 0;
  for (const found of message.matchAll(SEQUENCE)) {
    push(message.slice(end, found.index), style);
    end = found.index + found[0].length;
    if (found[2] === 'm') style = styleAfter(style, found[1] ?? '');
  }
  push(message.slice(end), style);
  return pieces;

  function push(text: string, { colour, isBold, isDim }: Style): void {
    if (text === '') return;
    const classes = [
      colour === undefined ? '' : `ansi-${colour}`,
      isBold ? 'ansi-bold' : '',
      isDim ? 'ansi-dim' : '',
    ];
    pieces.push({ text: sanitise(text), className: classes.filter((name) => name !== '').join(' ') });
  }
}

/** The same without colours. */
export function plainText(message: string): string {
  return isPrintable(message) ? message : sanitise(message.replace(SEQUENCE, ''));
}

/** After `CSI codes m`. Colours behind `38;5;` beyond the 16, and true colours, count as none; backgrounds always. */
function styleAfter(before: Style, codes: string): Style {
  let style = before;
  const numbers = codes.split(/[;:]/).map((code) => Number(code));
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 0) style = PLAIN;
    else if (code === 1) style = { ...style, isBold: true };
    else if (code === 2) style = { ...style, isDim: true };
    else if (code === 22) style = { ...style, isBold: false, isDim: false };
    else if (code >= 30 && code <= 37) style = { ...style, colour: code - 30 };
    else if (code >= 90 && code <= 97) style = { ...style, colour: code - 90 };
    else if (code === 39) style = { ...style, colour: undefined };
    else if (code === 38 || code === 48) {
      const indexed = numbers[at + 1] === 5 ? numbers[at + 2] : undefined;
      const colour = indexed !== undefined && indexed < 16 ? indexed % 8 : undefined;
      if (code === 38) style = { ...style, colour };
      at += numbers[at + 1] === 5 ? 2 : 4;
    }
  }
  return style;
}
