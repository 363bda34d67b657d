/** Values of a store as the console shows them, and times to live as people type them. */

import { expect, test } from 'vitest';
import { parseTtl, readable } from '../../plugins/web/console/pages/plugin/stored-value.ts';
import { thrownText } from '../../plugins/web/console/pages/view/page-fault.ts';

test.each([
  ['', 'empty', '', true],
  ['plain\n\ttext', 'text', 'plain\n\ttext', true],
  ['{"b":[1],"a":null}', 'json', '{\n  "b": [\n    1\n  ],\n  "a": null\n}', true],
  ['{"half', 'text', '{"half', true],
  ['42', 'text', '42', true],
  ['a\r\nb', 'binary', 'a\\r\nb', false],
  ['\x00\x1b[31m', 'binary', '\\x00\\x1b[31m', false],
  ['{"a":"\x7f"}', 'binary', '{"a":"\\x7f"}', false],
  ['left\u202eright', 'text', 'left\\u202eright', true],
])('%j is shown as %s', (value, kind, text, canBeEdited) => {
  expect(readable(value)).toEqual({ kind, text, leftOut: 0, canBeEdited });
});

test('of a value of a megabyte only the beginning is shown, and no form gets it', () => {
  for (const value of ['x'.repeat(1_048_576), `["${'x'.repeat(1_048_000)}"]`]) {
    const shown = readable(value);
    expect(shown).toMatchObject({ kind: 'text', canBeEdited: false });
    expect(shown.text.length + shown.leftOut).toBe(value.length);
  }
});

test.each([
  ['', null],
  [' ', null],
  ['90', 90_000],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['10 min', 600_000],
  ['2h', 7_200_000],
  ['366d', 366 * 86_400_000],
  ['367d', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['0.0001s', undefined],
  ['soon', undefined],
  ['1e9', undefined],
  ['5 weeks', undefined],
])('%j is a time to live of %s ms', (text, expected) => {
  expect(parseTtl(text)).toBe(expected);
});

test.each([
  ['an Error', new Error('no way'), 'no way'],
  ['an Error without words', new Error(''), 'an error without a message'],
  ['a text', 'words', 'words'],
  ['nothing', undefined, 'undefined'],
  ['what cannot become a text', Object.create(null), 'an error without a message'],
  ['a novel', 'x'.repeat(5_000), `${'x'.repeat(1_000)}…`],
])('of %s that a page throws the words are told', (_what, thrown, expected) => {
  expect(thrownText(thrown)).toBe(expected);
});
