/**
 * One character for a painted row. Ink takes every character of every row apart for each picture, which costs it most of
 * its time, and the rows are ready: so it lays out, compares and moves over rows of one private character each, and on
 * the way to the terminal the rows come in their place.
 */

import { rowChange, rowCut } from './painted-cells.ts';

/** The private use area of the basic plane: one cell wide, and one unit of a JavaScript text. */
const FIRST = 0xe000;
const LAST = 0xf8ff;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what Ink sends before a row that it changes
const CHANGED_OR_WHOLE = /(\x1b\[1G\x1b\[K)?([\ue000-\uf8ff])/g;

interface Row {
  readonly at: number;
  readonly text: string;
  /** Of the terminal for which it was painted. */
  readonly columns: number;
}

export class StandIns {
  readonly #rows = new Map<string, Row>();
  #shown: readonly string[] = [];
  /** What the terminal has, by row; undefined where that is not known. */
  readonly #onScreen: (Row | undefined)[] = [];
  #next = FIRST;

  /** A stand-in for each row, the same as before for one that is the same. */
  of(rows: readonly string[], columns: number): readonly string[] {
    const before = this.#shown;
    this.#shown = rows.map((text, at) => {
      const old = before[at];
      const known = old === undefined ? undefined : this.#rows.get(old);
      return old !== undefined && known?.text === text && known.columns === columns
        ? old
        : this.#make({ at, text, columns });
    });
    this.#forgetAllBut([...before, ...this.#shown]);
    return this.#shown;
  }

  /** What is written for a piece of Ink's output. @param columns of the terminal now */
  expand(output: string, columns: number): string {
    return output.replace(CHANGED_OR_WHOLE, (_all, change: string | undefined, standIn: string) => {
      const row = this.#rows.get(standIn);
      if (row === undefined) return change ?? '';
      const old = this.#onScreen[row.at];
      this.#onScreen[row.at] = row;
      if (row.columns > columns) return `${change ?? ''}${rowCut(row.text, columns)}`;
      const isComparable = change !== undefined && old?.columns === columns;
      const partial = isComparable ? rowChange(old.text, row.text) : undefined;
      return partial ?? `${change ?? ''}${row.text}`;
    });
  }

  /** Something else may have written on the terminal: each row is sent as a whole the next time. */
  forgetScreen(): void {
    this.#onScreen.length = 0;
  }

  #make(row: Row): string {
    let standIn: string;
    do {
      standIn = String.fromCharCode(this.#next);
      this.#next = this.#next === LAST ? FIRST : this.#next + 1;
    } while (this.#rows.has(standIn));
    this.#rows.set(standIn, row);
    return standIn;
  }

  /** Ink may still write the picture before this one. */
  #forgetAllBut(kept: readonly string[]): void {
    const wanted = new Set(kept);
    for (const standIn of this.#rows.keys()) if (!wanted.has(standIn)) this.#rows.delete(standIn);
  }
}
