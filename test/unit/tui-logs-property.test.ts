/** Scrolling in a log that grows: whatever is pressed and whenever lines come, the window is a piece without a hole. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogsStage } from './tui-logs-stage.ts';

/** fast-check prints seed and path of a failure; this repeats it: TORU_FC_SEED. */
const seed = Number(process.env.TORU_FC_SEED ?? Date.now() % 2 ** 31);

const KEYS = [
  'j',
  'k',
  'f',
  'b',
  'ctrl-d',
  'ctrl-u',
  'g',
  'G',
  ' ',
  'p',
  'F',
  'w',
  '4',
  '7',
  'o',
  'n',
  'N',
  '#',
];

type Deed =
  | { readonly does: 'key'; readonly key: string }
  | { readonly does: 'write'; readonly count: number; readonly afterUs: number }
  | { readonly does: 'deliver'; readonly count: number }
  | { readonly does: 'filter'; readonly text: string }
  | { readonly does: 'search'; readonly text: string }
  | { readonly does: 'restart' }
  | { readonly does: 'resize'; readonly rows: number };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constant('key' as const), key: fc.constantFrom(...KEYS) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant('write' as const),
      count: fc.oneof(fc.nat(5), fc.nat(900)),
      afterUs: fc.constantFrom(0, 0, 1, 1000),
    }),
  },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('deliver' as const), count: fc.nat(12) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('filter' as const),
      text: fc.constantFrom('', '[02468]$', '7'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('search' as const),
      text: fc.constantFrom('99$', 'n=1$', 'never'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('resize' as const), rows: fc.integer({ min: 2, max: 40 }) }),
  },
);

class Writer {
  #count = 0;

  write(stage: LogsStage, count: number, afterUs: number): void {
    const lines = Array.from({ length: count }, () => {
      this.#count += 1;
      return {
        message: `n=${this.#count}`,
        afterUs,
        level: this.#count % 3 === 0 ? 'err' : 'info',
        stream: this.#count % 5 === 0 ? 'stderr' : 'stdout',
      };
    });
    stage.write(...lines);
  }
}

/** The numbers that the filters of the screen let pass. */
function wantedNumbers(stage: LogsStage): readonly number[] {
  const words = stage.screen.command(stage.context);
  const value = (option: string): string | undefined => words[words.indexOf(option) + 1 || words.length];
  const grep = value('--grep');
  const pattern = grep === undefined ? undefined : new RegExp(grep, 'u');
  return stage.log.flatMap(({ raw, level, stream }) => {
    const message = String((JSON.parse(raw) as { message: string }).message);
    const isWanted =
      (value('--level') === undefined || level <= 4) &&
      (value('--stream') === undefined || value('--stream') === stream) &&
      (pattern === undefined || pattern.test(message));
    return isWanted ? [Number(message.slice(2))] : [];
  });
}

function carryOut(stage: LogsStage, writer: Writer, one: Deed): void {
  switch (one.does) {
    case 'key':
      stage.press(one.key);
      return;
    case 'write':
      writer.write(stage, one.count, one.afterUs);
      return;
    case 'deliver':
      for (let count = 0; count < one.count; count += 1) stage.deliverOne();
      return;
    case 'filter':
      stage.type('&', one.text);
      return;
    case 'search':
      stage.type('/', one.text);
      return;
    case 'restart':
      stage.restart();
      return;
    case 'resize':
      stage.rows = one.rows;
      return;
  }
}

/** Rows of the window without those that say where a run begins. */
function lineRows(stage: LogsStage): number {
  return stage.rows - 1 - stage.lines().filter((one) => one.startsWith(' -- run ')).length;
}

function expectPiece(stage: LogsStage): void {
  const shown = stage.numbers();
  const wanted = wantedNumbers(stage);
  const [first] = shown;
  if (first === undefined) return;
  const from = wanted.indexOf(first);
  expect(shown).toEqual(wanted.slice(from, from + shown.length));
}

describe(`scrolling (seed ${seed})`, () => {
  test('the window is always a piece of the filtered log without a hole, and the end is reached', () => {
    const property = fc.property(fc.array(deed, { maxLength: 60 }), fc.nat(6000), (deeds, before) => {
      const stage = new LogsStage();
      const writer = new Writer();
      writer.write(stage, before, 1);
      stage.open();
      for (const one of deeds) {
        carryOut(stage, writer, one);
        expectPiece(stage);
      }
      stage.deliver().press('G').deliver();
      const wanted = wantedNumbers(stage);
      const shown = stage.numbers();
      expect(shown.length).toBe(Math.min(wanted.length, lineRows(stage)));
      expect(shown).toEqual(wanted.slice(wanted.length - shown.length));
      stage.press('g').deliver().press('g').deliver();
      const oldest = stage.numbers();
      expect(oldest).toEqual(wanted.slice(0, oldest.length));
      expect(oldest.length).toBe(Math.min(wanted.length, lineRows(stage)));
    });
    fc.assert(property, { numRuns: 60, seed });
  }, 60_000);
});
