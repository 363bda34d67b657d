/** A log in the console: which rows are kept, what is drawn of a message, what is asked for. */

import { describe, expect, it, test } from 'vitest';
import { piecesOf, plainText } from '../../plugins/web/console/log/ansi.ts';
import { EventReader } from '../../plugins/web/console/log/event-stream.ts';
import { LogBuffer } from '../../plugins/web/console/log/log-buffer.ts';
import { EVERYTHING, followPath, patternOf } from '../../plugins/web/console/log/log-filter.ts';
import type { LogEntry } from '../../plugins/web/console/log/log-rows.ts';
import { textOfRows } from '../../plugins/web/console/log/log-text.ts';

const ESC = '\x1b';

/** A buffer that draws when it is told to. */
function bufferOf(maxRows: number) {
  let work: (() => void) | undefined;
  const buffer = new LogBuffer(maxRows, (given) => {
    work = given;
    return () => {
      work = undefined;
    };
  });
  const draw = (): void => {
    const due = work;
    work = undefined;
    due?.();
  };
  return { buffer, draw };
}

function entries(from: number, to: number, run = 1): LogEntry[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    timestamp: '2026-11-21T12:00:00.000001Z',
    level: 'info',
    plugin: 'crm',
    message: `line ${from + index}`,
    stream: 'stdout',
    seq: from + index,
    run,
  }));
}

function shown({ buffer }: ReturnType<typeof bufferOf>): readonly string[] {
  return buffer.picture().rows.map((row) => {
    if (row.kind === 'line') return row.entry.message;
    return row.kind === 'run' ? `run ${row.run}` : `skipped ${row.lines}`;
  });
}

describe('the rows of a log', () => {
  it('are taken up when it draws, not line by line', () => {
    const stage = bufferOf(10);
    let pictures = 0;
    stage.buffer.watch(() => {
      pictures += 1;
    });
    for (let line = 1; line <= 5; line += 1) stage.buffer.add(entries(line, line));
    expect([shown(stage), pictures]).toEqual([[], 0]);
    stage.draw();
    expect([shown(stage), pictures]).toEqual([['line 1', 'line 2', 'line 3', 'line 4', 'line 5'], 1]);
  });

  it('are the newest ones, however many come, and say how many never were there', () => {
    const stage = bufferOf(3);
    stage.buffer.add(entries(1, 2));
    stage.draw();
    stage.buffer.add(entries(3, 4));
    stage.draw();
    expect(shown(stage)).toEqual(['line 2', 'line 3', 'line 4']);
    for (let line = 5; line <= 104; line += 1) stage.buffer.add(entries(line, line));
    stage.draw();
    expect(shown(stage)).toEqual(['line 102', 'line 103', 'line 104']);
  });

  it('stand still while they are held, and what came meanwhile is counted and taken up afterwards', () => {
    const stage = bufferOf(8);
    stage.buffer.add(entries(1, 3));
    stage.draw();
    stage.buffer.hold();
    stage.buffer.add(entries(4, 5));
    stage.draw();
    expect([shown(stage), stage.buffer.picture().waiting]).toEqual([['line 1', 'line 2', 'line 3'], 2]);
    stage.buffer.release();
    expect(shown(stage)).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'line 5']);
    expect(stage.buffer.picture()).toMatchObject({ isHeld: false, waiting: 0 });
  });

  it('name the gap when more came while they were held than is kept', () => {
    const stage = bufferOf(4);
    stage.buffer.add(entries(1, 1));
    stage.draw();
    stage.buffer.hold();
    for (let line = 2; line <= 101; line += 1) {
      stage.buffer.add(entries(line, line));
      stage.draw();
    }
    expect(stage.buffer.picture().waiting).toBe(100);
    stage.buffer.release();
    expect(shown(stage)).toEqual(['line 98', 'line 99', 'line 100', 'line 101']);
    const roomy = bufferOf(10);
    roomy.buffer.hold();
    roomy.buffer.add(entries(1, 25));
    roomy.draw();
    roomy.buffer.release();
    expect(shown(roomy).slice(0, 2)).toEqual(['line 16', 'line 17']);
  });

  it('say where a run ends and the next one begins', () => {
    const stage = bufferOf(10);
    stage.buffer.add([...entries(1, 1, 7), ...entries(1, 1, 8)]);
    stage.buffer.add(entries(2, 2, 8));
    stage.draw();
    expect(shown(stage)).toEqual(['line 1', 'run 8', 'line 1', 'line 2']);
  });

  it('are gone when another log is shown, with what waited', () => {
    const stage = bufferOf(10);
    stage.buffer.add(entries(1, 1));
    stage.buffer.hold();
    stage.buffer.clear();
    stage.draw();
    expect(stage.buffer.picture()).toEqual({ rows: [], isHeld: false, waiting: 0 });
    stage.buffer.add(entries(1, 1, 3));
    stage.draw();
    expect(shown(stage)).toEqual(['line 1']);
  });

  it('are copied as text without colours, one row a line', () => {
    const stage = bufferOf(10);
    stage.buffer.add([
      { ...entries(1, 1)[0], message: `${ESC}[31mred${ESC}[0m\nnot a line of its own` },
      { message: 'from nobody', cut: true },
    ]);
    stage.draw();
    expect(textOfRows(stage.buffer.picture().rows, false)).toBe(
      '2026-11-21T12:00:00.000001Z info o red\\nnot a line of its own\n- info o from nobody …[cut]\n',
    );
  });
});

describe('a message', () => {
  it.each([
    ['plain text', 'plain <b>text</b>', [{ text: 'plain <b>text</b>', className: '' }]],
    [
      'colours, and what ends them',
      `${ESC}[1;31mbad${ESC}[22m red${ESC}[0m plain`,
      [
        { text: 'bad', className: 'ansi-1 ansi-bold' },
        { text: ' red', className: 'ansi-1' },
        { text: ' plain', className: '' },
      ],
    ],
    ['bright and indexed colours', `${ESC}[92ma${ESC}[38;5;4mb${ESC}[38;2;1;2;3mc`, ['ansi-2', 'ansi-4', '']],
    ['backgrounds, which are left out', `${ESC}[48;5;1ma${ESC}[41mb`, ['', '']],
    [
      'titles and links, which are left out',
      `${ESC}]0;title\x07a${ESC}]8;;http://x${ESC}\\b${ESC}]8;;${ESC}\\`,
      ['', ''],
    ],
    ['what moves the cursor, which is left out', `${ESC}[2J${ESC}[H${ESC}[1Aa${ESC}(B`, ['']],
    ['C1 controls as well', '\x9b31mred\x9b0m', ['ansi-1']],
    ['half a sequence at its end', `a${ESC}[3`, ['']],
  ])('keeps of %s what may be shown', (_what, message, expected) => {
    const pieces = piecesOf(message);
    expect(typeof expected[0] === 'string' ? pieces.map(({ className }) => className) : pieces).toEqual(
      expected,
    );
    const text = pieces.map((piece) => piece.text).join('');
    expect(text).toBe(plainText(message));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
    expect(text).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/);
  });

  it('has its control characters and turns of direction written out', () => {
    expect(plainText('a\x00\x07\u202egpj.exe\u2066')).toBe('a\\x00\\x07\\u202egpj.exe\\u2066');
  });

  it('is taken apart in time that grows with its length', () => {
    const hostile = [
      `${ESC}[`.repeat(20_000),
      `${ESC}]`.repeat(20_000),
      '\x9d'.repeat(40_000),
      `${ESC}[1;`.repeat(15_000),
    ];
    for (const message of hostile) expect(() => piecesOf(message)).not.toThrow();
  });
});

describe('what is searched for', () => {
  test.each([
    ['a.b*c', false, '(?i:a\\.b\\*c)'],
    ['ECONN', false, 'ECONN'],
    ['^a|b$', true, '(?i:^a|b$)'],
    ['Äh', false, 'Äh'],
    ['[x](y){z}\\/?+^$|', false, '(?i:\\[x\\]\\(y\\)\\{z\\}\\\\\\/\\?\\+\\^\\$\\|)'],
  ])('%s (a pattern: %s) is the pattern %s', (search, isPattern, expected) => {
    expect(patternOf({ search, isPattern })).toBe(expected);
    expect(new RegExp(patternOf({ search, isPattern }), 'u').test(isPattern ? 'a' : search)).toBe(true);
  });

  test('is asked for in one address', () => {
    const since = '2026-11-21T12:00:00.000Z';
    expect(followPath('crm', { ...EVERYTHING, search: 'a&b', level: 'err', since })).toBe(
      '/plugins/crm/logs?follow=true&lines=1000&grep=%28%3Fi%3Aa%26b%29&level=err&since=2026-11-21T12%3A00%3A00.000Z',
    );
  });
});

describe('server-sent events', () => {
  it('are read however they are cut, with the last id for the next time', () => {
    const whole =
      ': begin\n\ndata: {"a":1}\n\nid: 7\ndata: {"a":2}\n\n:\n\nevent: end\ndata: {"reason":"x"}\n\n';
    for (let size = 1; size <= whole.length; size += 1) {
      const reader = new EventReader();
      const data: string[] = [];
      let end: string | undefined;
      for (let at = 0; at < whole.length; at += size) {
        const read = reader.read(whole.slice(at, at + size));
        data.push(...read.data);
        end ??= read.end;
      }
      expect([data, end, reader.lastId]).toEqual([['{"a":1}', '{"a":2}'], '{"reason":"x"}', '7']);
    }
  });

  it('of an answer that was cut begin anew with the next one', () => {
    const reader = new EventReader();
    reader.read('id: 3\ndata: {"ha');
    reader.begin();
    expect(reader.read('data: {"b":1}\n\n').data).toEqual(['{"b":1}']);
  });
});
