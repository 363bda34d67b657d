/** How things are written: durations, times, sizes, tables, and what a terminal is protected from. */

import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/cli/duration.ts';
import { logText } from '../../src/cli/log-text.ts';
import { parseMoment } from '../../src/cli/moment.ts';
import { nearest } from '../../src/cli/nearest.ts';
import { exitCodeOf, formatError } from '../../src/cli/output/report-error.ts';
import { sanitise, sanitiseField } from '../../src/cli/output/sanitise.ts';
import { formatAge, formatDuration, formatSize, formatSpan } from '../../src/cli/output/sizes.ts';
import type { Table } from '../../src/cli/output/table.ts';
import { formatPlain, formatTable } from '../../src/cli/output/table.ts';
import { cutTo, widthOf } from '../../src/cli/output/width.ts';
import { wrap } from '../../src/cli/output/wrap.ts';
import { ERROR_KINDS } from '../../src/protocol/errors.ts';

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5min', 300_000],
  ['1h', 3_600_000],
  ['1h30min', 5_400_000],
  ['1.5s', 1500],
  ['90', 90_000],
  ['0', 0],
  ['2d', 172_800_000],
])('the duration %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', 'soon', '-5s', '5 parsecs', '1e9', 's', '5s!', '99999999999d', 'NaN', '5toString'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

const NOON = new Date(2026, 10, 21, 12, 0, 0).getTime();

test.each([
  ['now', NOON],
  ['-2h', NOON - 7_200_000],
  ['10min ago', NOON - 600_000],
  ['1h', NOON - 3_600_000],
  ['2d', NOON - 172_800_000],
  ['1h30min', NOON - 5_400_000],
  ['1 hour ago', NOON - 3_600_000],
  ['2 days ago', NOON - 172_800_000],
  ['90 s ago', NOON - 90_000],
  ['yesterday 14:00', new Date(2026, 10, 20, 14).getTime()],
  ['today 09:30:05', new Date(2026, 10, 21, 9, 30, 5).getTime()],
  ['today', new Date(2026, 10, 21).getTime()],
  ['yesterday', new Date(2026, 10, 20).getTime()],
  ['14:05', new Date(2026, 10, 21, 14, 5).getTime()],
  ['2026-11-02 14:00', new Date(2026, 10, 2, 14).getTime()],
  ['2026-11-02 14:00:07', new Date(2026, 10, 2, 14, 0, 7).getTime()],
  ['2026-11-02', new Date(2026, 10, 2).getTime()],
  ['@1762092000', 1_762_092_000_000],
  ['2026-11-02T14:00:00Z', Date.UTC(2026, 10, 2, 14)],
  ['2026-11-02T14:00:00.5+01:00', Date.UTC(2026, 10, 2, 13) + 500],
])('the moment "%s" is understood', (text, ms) => {
  expect(parseMoment(text, NOON)).toBe(ms);
});

test.each([
  '',
  'later',
  '25:00',
  '90',
  '5 parsecs ago',
  'yesterday 25:00',
  'yesterday 2026-11-02',
  'tomorrow 14:00',
  '14:60',
  '2026-02-31',
  '2026-13-01',
  '2026-11-02T14:00:00',
  '-',
  'ago',
  '@x',
  ' ',
])('"%s" is no moment', (text) => {
  // RFC 3339 needs an offset, but a T between date and time is local time as well.
  const expected = text === '2026-11-02T14:00:00' ? new Date(2026, 10, 2, 14).getTime() : undefined;
  expect(parseMoment(text, NOON)).toBe(expected);
});

test('sizes and times are short', () => {
  expect([0, 512, 1024, 88_290_304, 1_610_612_736].map(formatSize)).toEqual([
    '0B',
    '512B',
    '1.0K',
    '84.2M',
    '1.5G',
  ]);
  expect(formatSize(1_048_575)).toBe('1.0M');
  expect([0, 42_000, 312_000, 300_000, 12_000_000, 273_600_000].map(formatDuration)).toEqual([
    '0s',
    '42s',
    '5m 12s',
    '5m',
    '3h 20m',
    '3d 4h',
  ]);
  expect([400, 2100, 10_000, 180_000, 7_200_000, 86_400_000, 1_036_800_000].map(formatSpan)).toEqual([
    '400 ms',
    '2.1 s',
    '10 s',
    '3 min',
    '2 h',
    '1 day',
    '12 days',
  ]);
  expect([0, 3400, -5].map(formatAge)).toEqual(['0 s ago', '3 s ago', '0 s ago']);
});

test('control characters, turned writing and escape sequences come out as text', () => {
  expect(sanitise('a\x1b]0;title\x07b')).toBe('a\\x1b]0;title\\x07b');
  expect(sanitise('\u009b31m \u202e \u2066 \x7f \r')).toBe('\\x9b31m \\u202e \\u2066 \\x7f \\r');
  expect(sanitise('tab\tstays, ä 漢 too')).toBe('tab\tstays, ä 漢 too');
  expect(sanitiseField('a\tb\nc')).toBe('a\\tb\\nc');
});

test('whatever a cell holds, a table has one line a row and no control character', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string()), { maxLength: 5 }), (rows) => {
      const table: Table = { columns: [{ title: 'A' }, { title: 'B' }], rows };
      for (const lines of [
        formatTable(table, { hasLegend: true, hasColour: false }),
        formatPlain(table, true),
      ]) {
        expect(lines).toHaveLength(rows.length + 1);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        for (const line of lines) expect(line).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e]/);
      }
    }),
  );
});

const TABLE: Table = {
  columns: [{ title: 'ID' }, { title: 'MEM', align: 'right' }, { title: 'NAME' }],
  rows: [
    ['web', { text: '84.2M', plain: '88290304' }, 'The web'],
    ['a-long-id', { text: '1B', plain: '1' }, 'Größe 漢字'],
  ],
};

test('columns are even, numbers stand right, and nothing trails', () => {
  expect(formatTable(TABLE, { hasLegend: true, hasColour: false })).toEqual([
    'ID           MEM  NAME',
    'web        84.2M  The web',
    'a-long-id     1B  Größe 漢字',
  ]);
  expect(formatTable(TABLE, { hasLegend: false, hasColour: false })).toHaveLength(2);
});

test('on a terminal lines are cut to its width, and colours take no room', () => {
  for (const hasColour of [true, false]) {
    for (const width of [1, 8, 12, 20, 23]) {
      const lines = formatTable(TABLE, { hasLegend: true, hasColour, width });
      for (const line of lines) expect(widthOf(stripVTControlCharacters(line))).toBeLessThanOrEqual(width);
    }
  }
});

test('plain output has tabs, whole values and no header with --no-legend', () => {
  expect(formatPlain(TABLE, true)).toEqual([
    'ID\tMEM\tNAME',
    'web\t88290304\tThe web',
    'a-long-id\t1\tGröße 漢字',
  ]);
  expect(formatPlain(TABLE, false)).toHaveLength(2);
});

test('wide characters count two columns, marks none', () => {
  expect(widthOf('漢字')).toBe(4);
  expect(widthOf('e\u0301')).toBe(1);
  expect(cutTo('漢字漢字', 5)).toBe('漢字…');
});

test('paragraphs are broken at spaces', () => {
  expect(wrap('one two three four', 9)).toEqual(['one two', 'three', 'four']);
});

test.each([
  ['lsit', 'list'],
  ['strat', 'start'],
  ['statu', 'status'],
  ['stpo', 'stop'],
])('"%s" was most likely meant to be %s', (word, meant) => {
  expect(nearest(word, ['list', 'status', 'start', 'stop', 'logs'])).toBe(meant);
});

test('nothing is named for a word that is like none', () => {
  expect(nearest('frobnicate', ['list', 'status'])).toBeUndefined();
  expect(nearest('x'.repeat(10_000), ['list'])).toBeUndefined();
});

test('a line of a log shows time, stream, plugin and message, and says when it was cut', () => {
  const line = JSON.stringify({
    timestamp: new Date(NOON + 119).toISOString(),
    level: 'err',
    plugin: 'analytics',
    message: 'no \x1b[2Jbackend',
    stream: 'stderr',
    seq: 1,
    run: 2,
    cut: true,
  });
  const style = { hasColour: false, idWidth: 9, nowMs: NOON };
  expect(logText(line, style)).toBe('12:00:00.119 e analytics  no \\x1b[2Jbackend…[cut]');
  expect(logText(line, { ...style, idWidth: 0 })).toBe('12:00:00.119 e no \\x1b[2Jbackend…[cut]');
  expect(logText(line, { ...style, isRaw: true })).toContain('\x1b[2J');
  expect(logText(line, { ...style, nowMs: NOON + 86_400_000 })).toMatch(/^2026-11-21 12:00/);
  expect(logText('torn {', style)).toBe('torn {');
});

test('a gap in a log stands out', () => {
  const gap = {
    timestamp: new Date(NOON).toISOString(),
    level: 'warning',
    plugin: 'a',
    message: '3 lines lost',
    stream: 'shim',
    lost: 3,
  };
  expect(logText(JSON.stringify(gap), { hasColour: true, idWidth: 0, nowMs: NOON })).toBe(
    '\x1b[33m12:00:00.000 ! 3 lines lost\x1b[0m',
  );
});

test('an error is one line with verb, name, reason and what to do next', () => {
  const error = {
    code: 'invalid',
    message: 'port must be a number (plugins.d/web.toml line 12)',
    name: 'web',
  } as const;
  expect(formatError(error, 'start', false)).toBe(
    'toru: start web: not valid: port must be a number (plugins.d/web.toml line 12)\n',
  );
  expect(formatError({ code: 'failed', message: 'a\nb\x1b', hint: 'see x' }, 'stop', false)).toBe(
    'toru: stop: a\\nb\\x1b; see x\n',
  );
  expect(JSON.parse(formatError(error, 'start', true))).toEqual({ error: { ...error, hint: null } });
});

test('each error code has the exit code of its column', () => {
  for (const [code, kind] of Object.entries(ERROR_KINDS)) {
    expect(exitCodeOf(code as keyof typeof ERROR_KINDS, 'action')).toBe(kind.actionExit);
    expect(exitCodeOf(code as keyof typeof ERROR_KINDS, 'query')).toBe(kind.queryExit);
  }
  expect(exitCodeOf('toString' as never, 'query')).toBe(1);
});
