/** Searching in logs, and how lines look: long ones, odd ones, wrapped ones. Pure. */

import { describe, expect, test } from 'vitest';
import { lineWidth } from '../../src/cli/tui/frame.ts';
import { LogsStage } from './tui-logs-stage.ts';

function marked(stage: LogsStage): string {
  return stage.lines().find((one) => one.startsWith('>')) ?? '';
}

describe('searching', () => {
  test('/ finds below and n, N go on; what matches stands out', () => {
    const stage = new LogsStage().writeMany(400).open().deliver().press('g').deliver();
    stage.type('/', 'n=\\d*5$');
    expect(marked(stage)).toContain('n=5');
    expect(
      stage
        .frame()
        .flat()
        .filter(({ role }) => role === 'match')
        .map(({ text }) => text),
    ).toContain('n=5');
    expect(marked(stage.press('n'))).toContain('n=15');
    expect(marked(stage.press('n', 'n', 'N'))).toContain('n=25');
    expect(marked(stage.type('\\', ''))).toContain('n=15');
  });

  test('from the end it goes up where nothing below matches', () => {
    const stage = new LogsStage().writeMany(1000).open().deliver().type('/', 'n=77$');
    expect(marked(stage)).toContain('n=77');
    expect(stage.notice).toBe('no match below: going up, N goes on');
  });

  test('it finds what is not held, far above and far below', () => {
    const stage = new LogsStage().writeMany(50_000).open().deliver();
    stage.type('\\', 'n=123$');
    expect(stage.status()).toContain('searching older lines');
    expect(stage.numbers().at(-1)).toBe(50_000);
    stage.deliver();
    expect(marked(stage)).toContain('n=123');
    stage.type('/', 'n=49000$').deliver();
    expect(marked(stage)).toContain('n=49000');
  });

  test('what nothing matches is said, and the window stays', () => {
    const stage = new LogsStage().writeMany(5_000).open().deliver();
    const before = stage.numbers();
    stage.type('/', 'nowhere').deliver();
    expect(stage.notice).toBe('no line above matches nowhere');
    expect(stage.numbers()).toEqual(before);
  });

  test('esc stops a search, then takes away what stands out, then goes back', () => {
    const stage = new LogsStage().writeMany(5_000).open().deliver().type('/', 'nowhere');
    expect(stage.readings.size).toBe(2);
    stage.press('escape');
    expect(stage.readings.size).toBe(1);
    expect(stage.screen.onKey('escape', stage.context)?.screen).toBeDefined();
    stage.press('escape');
    expect(stage.screen.onKey('escape', stage.context)).toBeUndefined();
  });

  test('an expression that takes too long is given up in time', () => {
    const stage = new LogsStage()
      .write({ message: `${'a'.repeat(60)}!` })
      .open()
      .deliver();
    const before = performance.now();
    stage.type('/', '^(a+)+$');
    stage.frame();
    expect(stage.notice).toMatch(/takes too long/);
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  test('n without a search says how to begin', () => {
    expect(new LogsStage().writeMany(3).open().deliver().press('n').notice).toBe(
      'nothing is searched for: / begins',
    );
  });
});

describe('lines', () => {
  const ODD = [
    'plain',
    '',
    '\x1b[2J\x1b]0;title\x07',
    '\ttabs\tand\ttabs',
    '漢字かな交じり文の長い行'.repeat(30),
    '👩‍👩‍👧‍👦 e\u0301 \u202egnirts \ufffd\ufffd',
    'word '.repeat(200_000),
  ];

  test.each([60, 100, 300])(
    'each fits into %i columns, wrapped or not, and nothing of the terminal passes',
    (columns) => {
      const stage = new LogsStage(['web', 'crm']).write(...ODD.map((message) => ({ message }))).open();
      stage.columns = columns;
      stage.rows = 30;
      stage.deliver();
      for (const keys of [[], ['w'], ['w', 't', 't', '#'], ['right'], ['g']]) {
        for (const one of stage.press(...keys).frame()) {
          expect(lineWidth(one)).toBeLessThanOrEqual(columns);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
          expect(one.map(({ text }) => text).join('')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
        }
      }
    },
  );

  test('a wrapped line of a million letters is walked row by row, quickly', () => {
    const stage = new LogsStage()
      .write({ message: 'x'.repeat(1_000_000) })
      .writeMany(1)
      .open()
      .deliver();
    const before = performance.now();
    stage.press('w', 'g').deliver();
    for (let row = 0; row < 100; row += 1) stage.press('j').frame();
    expect(stage.lines()[0]).toMatch(/^ +x+$/);
    stage.press('G').frame();
    expect(stage.numbers()).toEqual([1]);
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  test('an unwrapped one scrolls sideways, and says where one is', () => {
    const stage = new LogsStage()
      .write({ message: `${'a'.repeat(50)}${'b'.repeat(200)}` })
      .open()
      .deliver();
    expect(stage.lines()[1]).toMatch(/a{50}b+~$/);
    stage.press('right');
    expect(stage.lines()[1]).toMatch(/o {2}b+~$/);
    expect(stage.status()).toContain('from column 51');
    expect(stage.press('left').lines()[1]).toContain('aaa');
  });

  test('t shows times short, whole, and not at all', () => {
    const stage = new LogsStage().write({ message: 'hello', afterUs: 1 }).open().deliver();
    expect(stage.lines()[1]).toMatch(/^ \d\d:\d\d:\d\d\.000 o {2}hello$/);
    expect(stage.press('t').lines()[1]).toBe(' 2026-11-21T12:00:00.000001Z o  hello');
    expect(stage.press('t').lines()[1]).toBe(' o  hello');
  });

  test('# shows run, number and level; a letter says the level without colour', () => {
    const stage = new LogsStage().write({ message: 'bad', level: 'err', stream: 'stderr' }).open().deliver();
    expect(stage.lines()[1]).toMatch(/ eE bad$/);
    expect(stage.press('#').lines()[1]).toMatch(/ eE #1\.1 err {5}bad$/);
  });

  test('a line that is none is shown as it stands', () => {
    const stage = new LogsStage().open();
    const [tag = ''] = stage.readings.keys();
    stage.send({ type: 'items', tag, items: [{ lines: ['not JSON \x07', '{"a":1}'], cursor: '0' }] });
    expect(stage.lines()[0]).toContain('not JSON \\x07');
    expect(stage.lines()[1]).toContain('{"a":1}');
  });
});
