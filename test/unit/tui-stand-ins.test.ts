/** What reaches the terminal in the place of stand-ins: whole rows, or what has changed in them. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowChange, rowCut } from '../../src/cli/tui/painted-cells.ts';
import { StandIns } from '../../src/cli/tui/stand-ins.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

/** What Ink sends before a row that it changes. */
const CHANGE = '\x1b[1G\x1b[K';
const RED = '\x1b[1;31m';
const END = '\x1b[0m';

/** A row of a terminal: each cell its character and how it looks. */
class TerminalRow {
  readonly #cells: string[] = [];
  #style = '';
  #column = 0;

  constructor(...texts: readonly string[]) {
    for (const text of texts) this.write(text);
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it reads escape sequences
    for (const [all, column, style] of text.matchAll(/\x1b\[(\d+)G|\x1b\[([\d;]*)m|[\s\S]/gu)) {
      if (column !== undefined) this.#column = Number(column) - 1;
      else if (style !== undefined) this.#style = style === '0' ? '' : style;
      else {
        this.#cells[this.#column] = `${this.#style}:${all}`;
        this.#column += 1;
      }
    }
  }

  get cells(): readonly string[] {
    return this.#cells;
  }

  get style(): string {
    return this.#style;
  }
}

/** A painted row of ten cells. */
const row = fc
  .array(
    fc.record({
      character: fc.constantFrom('a', 'b', ' ', '▁', '▸', '─'),
      style: fc.constantFrom('', '2', '1;31'),
    }),
    {
      minLength: 10,
      maxLength: 10,
    },
  )
  .map((cells) =>
    cells
      .map(({ character, style }) => (style === '' ? character : `\x1b[${style}m${character}${END}`))
      .join(''),
  );

describe('the change of a row', () => {
  test('makes the old row on the screen the new one, whatever the two are', () => {
    fc.assert(
      fc.property(row, row, (before, after) => {
        const change = rowChange(before, after);
        const terminal = new TerminalRow(before, '\x1b[1G', change ?? '');
        expect(change).toBeDefined();
        expect(terminal.cells).toEqual(new TerminalRow(after).cells);
        expect(terminal.style).toBe('');
      }),
      { numRuns: 500, seed: SEED },
    );
  });

  test('is nothing for the same row, and little for one figure', () => {
    const of = (cpu: string): string => `  web      ${RED}F failed${END}  ${cpu}  1.5M  ready 08:24`;
    expect(rowChange(of('0.0'), of('0.0'))).toBe('');
    expect(rowChange(of('0.0'), of('0.5'))).toBe('\x1b[24G5');
  });

  test('is not made out where characters may be wider or narrower than a cell', () => {
    for (const text of ['日本', 'e\u0301', '👍', 'a\u200bb', '\t'])
      expect(rowChange(text, text)).toBeUndefined();
  });
});

describe('stand-ins', () => {
  test('are one character a row, the same for a row that is the same', () => {
    const standIns = new StandIns();
    const first = standIns.of(['one', 'two', 'three'], 5);
    expect(first.map(({ length }) => length)).toEqual([1, 1, 1]);
    const second = standIns.of(['one', 'TWO', 'three'], 5);
    expect(second.map((standIn, at) => standIn === first[at])).toEqual([true, false, true]);
  });

  test('give way to whole rows at first, and to what has changed when the terminal has the row before', () => {
    const standIns = new StandIns();
    expect(standIns.expand(standIns.of(['one', 'two'], 3).join('\n'), 3)).toBe('one\ntwo');
    const [, changed] = standIns.of(['one', 'tWo'], 3);
    expect(standIns.expand(`x${CHANGE}${changed}y`, 3)).toBe('x\x1b[2GWy');
  });

  test('give way to the whole row where something else may have written, or the width is another', () => {
    const standIns = new StandIns();
    standIns.expand(standIns.of(['one'], 3).join('\n'), 3);
    standIns.forgetScreen();
    const [changed = ''] = standIns.of(['oNe'], 3);
    expect(standIns.expand(`${CHANGE}${changed}`, 3)).toBe(`${CHANGE}oNe`);
    const [wider = ''] = standIns.of(['oNe '], 4);
    expect(standIns.expand(`${CHANGE}${wider}`, 4)).toBe(`${CHANGE}oNe `);
  });

  test('never let a row be wider than a terminal that has just become narrower', () => {
    const standIns = new StandIns();
    const rows = standIns.of([`${RED}one two${END}`, '日本 wide'], 7).join('\n');
    expect(standIns.expand(rows, 3)).toBe(`${RED}one${END}\n`);
    expect(rowCut('abc', 2)).toBe('ab');
  });

  test('do not run out, and are never two rows at a time', () => {
    const standIns = new StandIns();
    for (let round = 0; round < 7_000; round += 1) {
      const rows = standIns.of([`a${round}`, `b${round}`], 9);
      expect(new Set(rows).size).toBe(2);
      if (round % 1_000 === 0) expect(standIns.expand(rows.join('\n'), 9)).toBe(`a${round}\nb${round}`);
    }
  });
});
