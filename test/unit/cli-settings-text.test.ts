/** `toru cat` as text: what it prints is a drop-in that means the same. */

import fc from 'fast-check';
import { parse } from 'smol-toml';
import { expect, test } from 'vitest';
import { fromEditorText, tidied, toEditorText } from '../../src/cli/edit-text.ts';
import { editorOf } from '../../src/cli/editor.ts';
import { settingsLines } from '../../src/cli/settings-text.ts';
import { tomlKey, tomlValue } from '../../src/cli/toml-text.ts';
import { readLayer, type SettingLayer } from '../../src/daemon/base/config-layer.ts';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import { effectiveSettings } from '../../src/daemon/catalog/effective-settings.ts';

const seed = Number(process.env.TORU_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** As torud reads a drop-in; throws for one that is wrong. */
function layerOf(text: string): SettingLayer {
  const parsed = parseToml(text, '/x/web.toml', 'web.toml');
  if (!parsed.ok) throw new Error(parsed.failure.message);
  const { layer, problems } = readLayer(parsed.value.values, parsed.value.text, 'drop-in', '/x/web.toml');
  expect(problems).toEqual([]);
  return layer;
}

test(`any value reads back as what it was (seed ${seed})`, () => {
  const leaf = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.string(), tree, (key, value) => {
      fc.pre(key !== '__proto__' && !JSON.stringify(value).includes('__proto__'));
      const text = `${tomlKey(key)} = ${tomlValue(value)}\n`;
      expect(JSON.parse(JSON.stringify(parse(text)))).toEqual({ [key]: JSON.parse(JSON.stringify(value)) });
    }),
    { seed, numRuns: 500, verbose: true },
  );
});

test('what is printed is a drop-in with the same settings', () => {
  const own = layerOf(
    [
      'nice = 3\numask = "027"\nuser = "www-data"',
      '[restart]\nlimit = "none"\ndelays_ms = [5, 10]',
      '[limits]\nmemory = "64M"',
      '[environment]\nTOKEN = "a\\"b\\\\c\\nd"',
      '[config]\nport = 80\n"a key" = { deep = [1, { x = true }] }\n',
    ].join('\n'),
  );
  const before = effectiveSettings([own]);
  const text = settingsLines(before.origins).join('\n');
  expect(effectiveSettings([layerOf(text)]).settings).toEqual(before.settings);
});

test('built-in settings are a drop-in too, and what is not set is a comment', () => {
  const before = effectiveSettings([]);
  const lines = settingsLines(before.origins);
  expect(effectiveSettings([layerOf(lines.join('\n'))]).settings).toEqual(before.settings);
  expect(lines).toContain('# user is not set  # built-in');
  expect(lines).toContain('memory = "none"  # built-in');
});

test('a program that torud found is not written down, one from the drop-in is', () => {
  const command = { key: 'command', value: ['/plugins/web/run'] };
  expect(settingsLines([{ ...command, source: 'manifest' }])).toEqual([
    '# command = ["/plugins/web/run"]  # manifest',
  ]);
  expect(settingsLines([{ ...command, source: '/etc/web.toml' }])).toEqual([
    'command = ["/plugins/web/run"]  # /etc/web.toml',
  ]);
});

test('the editor gets the drop-in above a mark, and what stands above it comes back', () => {
  const origins = effectiveSettings([]).origins;
  for (const text of [null, '', 'nice = 1\n', '# mine\n\nnice = 1\n\n\n']) {
    const shown = toEditorText('web', '/etc/web.toml', text, origins);
    expect(fromEditorText(shown)).toBe(tidied(text ?? ''));
    expect(fromEditorText(shown.replaceAll('\n', '\r\n'))).toBe(tidied(text ?? ''));
    expect(shown).toContain('# limit = 10  # built-in');
  }
  expect(fromEditorText('nice = 2')).toBe('nice = 2\n');
  expect(fromEditorText('  \n\n')).toBe('');
});

test('VISUAL comes before EDITOR, and nobody opens an editor that was not named without a terminal', () => {
  expect(editorOf({ VISUAL: 'code --wait', EDITOR: 'ed' }, false)).toBe('code --wait');
  expect(editorOf({ VISUAL: ' ', EDITOR: 'ed' }, false)).toBe('ed');
  expect(editorOf({ PATH: '/bin:/usr/bin' }, false)).toBeUndefined();
  expect(editorOf({ PATH: '/nowhere' }, true)).toBeUndefined();
});
