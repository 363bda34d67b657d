import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { expect, test } from 'vitest';
import { findTomlLines } from '../../src/daemon/base/toml-lines.ts';
import { findJsonLines } from '../../src/daemon/catalog/json-lines.ts';

test('every way to write a TOML key has its line', () => {
  const toml = `# comment [not.a.table]
top = "# no comment"
dotted.one.two = 1
"quoted key".'and.literal' = 2

[table]
  key = [ # a list
    1,
    { inline = "a # b", deep = { er = 3 } }, # comment ]
  ]
after = """
fake = 1
[fake]
"""
literal = '''
also_fake = "\\'''
last = { a = 1, b.c = 2 }
date = 1979-05-27 07:32:00

[table.inner]
key = 1
[[rows]]
name = "first"
[[rows]]
name = "second"
[rows.below]
x = 1
[[rows.nested]]
y = 1
`;
  expect(() => parse(toml)).not.toThrow();
  const lines = findTomlLines(toml);
  const lineOf = (path: string): number | null => lines.lineOf(path.split('/'));
  expect(lineOf('top')).toBe(2);
  expect(lineOf('dotted/one/two')).toBe(3);
  expect(lineOf('dotted')).toBe(3);
  expect(lineOf('quoted key/and.literal')).toBe(4);
  expect(lineOf('table')).toBe(6);
  expect(lineOf('table/key')).toBe(7);
  expect(lineOf('table/key/1/inline')).toBe(9);
  expect(lineOf('table/key/1/deep/er')).toBe(9);
  expect(lineOf('table/after')).toBe(11);
  expect(lineOf('fake')).toBeNull();
  expect(lineOf('table/also_fake')).toBe(6);
  expect(lineOf('table/literal')).toBe(15);
  expect(lineOf('table/last/b/c')).toBe(17);
  expect(lineOf('table/date')).toBe(18);
  expect(lineOf('table/inner/key')).toBe(21);
  expect(lineOf('rows/0/name')).toBe(23);
  expect(lineOf('rows/1/name')).toBe(25);
  expect(lineOf('rows/1/below/x')).toBe(27);
  expect(lineOf('rows/1/nested/0/y')).toBe(29);
  expect(lineOf('rows/1/unknown')).toBe(24);
});

const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 3 }),
    tie('table'),
  ),
  table: fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 4 }),
}));

test('the TOML line finder knows every key of any document that smol-toml writes', () => {
  fc.assert(
    fc.property(tree.table, (table) => {
      const toml = stringify(table as Record<string, unknown>);
      const written = toml.split('\n');
      const lines = findTomlLines(toml);
      const check = (value: unknown, path: readonly string[]): void => {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
        for (const [key, inner] of Object.entries(value)) {
          const line = lines.lineOf([...path, key]) ?? 0;
          // The key stands on that line, bare or quoted as smol-toml quotes it.
          const quoted = /^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key);
          expect(line).toBeGreaterThan(0);
          if (!/[^ -~]|\\/.test(key)) expect(written[line - 1]).toContain(quoted);
          check(inner, [...path, key]);
        }
      };
      check(parse(toml), []);
    }),
    { numRuns: 300, verbose: true },
  );
});

test('the line finders come to an end with any text, and JSON faults are those of JSON.parse', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '"""',
    "'''",
    ',',
    ':',
    '=',
    '\n',
    ' ',
    '.',
    '#',
    '\\',
    '\\u00e',
    'a',
    '1',
    '-',
    'true',
    'null',
    '1e5',
    '\u0000',
    'é',
    '"k"',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(pieces).map((list) => list.join('')),
        fc.string(),
        fc.json(),
      ),
      (text) => {
        findTomlLines(text).lineOf(['a', 'b']);
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        expect(findJsonLines(text).fault === undefined).toBe(isJson);
      },
    ),
    { numRuns: 2000, verbose: true },
  );
});

test('JSON keys and faults have their lines', () => {
  const lines = findJsonLines('{\n "a": {\n  "b": [\n   1, {"c": 2}\n]},\n "d": 1\n}');
  expect(lines.fault).toBeUndefined();
  expect([['a'], ['a', 'b'], ['a', 'b', '1', 'c'], ['d'], ['e']].map((path) => lines.lineOf(path))).toEqual([
    2,
    3,
    4,
    6,
    null,
  ]);
  expect(findJsonLines('{\n"a": tru\n}').fault).toEqual({ line: 2, what: 'expected a value' });
  expect(findJsonLines('{"a": 1}\n\nx').fault).toEqual({ line: 3, what: 'something follows behind its end' });
});
