/** Which plugins a request is about. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Glob, isGlob } from '../../src/daemon/base/glob.ts';
import { type Groups, MAX_PATTERNS, select, selects } from '../../src/daemon/control/selection.ts';
import type { Selection } from '../../src/protocol/control/plugins.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

const KNOWN = ['api', 'db', 'web-1', 'web-2', 'worker'];

function ids(selection: Selection, purpose: 'list' | 'action' = 'action'): readonly string[] {
  const selected = select(selection, KNOWN, purpose);
  if (!selected.ok) throw new Error(selected.failure.message);
  return selected.value.ids;
}

test.each([
  ['*', 'anything', true],
  ['web-*', 'web-1', true],
  ['web-*', 'web', false],
  ['*-1', 'web-1', true],
  ['w*b*1', 'web-1', true],
  ['w?b-1', 'web-1', true],
  ['?', '', false],
  ['web-[12]', 'web-2', true],
  ['web-[0-9]', 'web-7', true],
  ['web-[!0-9]', 'web-7', false],
  ['web-[^0-9]', 'web-x', true],
  ['[]a]', ']', true],
  ['[a-]', '-', true],
  ['[ab', '[ab', true],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
  ['**a**', 'bab', true],
  ['web-1', 'web-10', false],
])('the pattern %s and the id %s: %s', (pattern, id, matches) => {
  expect(new Glob(pattern).matches(id)).toBe(matches);
});

test('patterns of stars and questions agree with a regular expression', () => {
  const letter = fc.constantFrom('a', 'b', '*', '?');
  fc.assert(
    fc.property(
      fc.string({ unit: letter, maxLength: 12 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }),
      (pattern, id) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(id);
        expect(new Glob(pattern).matches(id)).toBe(expected);
      },
    ),
    { seed: SEED, numRuns: 2000 },
  );
});

test('the work for a pattern is at most its length times that of the id', () => {
  const pattern = `${'*a'.repeat(20)}*b`;
  const id = 'a'.repeat(64);
  let looks = 0;
  const counted = {
    length: id.length,
    charAt: (at: number) => {
      looks++;
      return id.charAt(at);
    },
  };
  expect(new Glob(pattern).matches(counted)).toBe(false);
  expect(looks).toBeGreaterThan(0);
  expect(looks).toBeLessThanOrEqual(pattern.length * id.length);
});

test('only words with * ? or [ are patterns', () => {
  expect(['a*', '?', '[x'].every(isGlob)).toBe(true);
  expect(['a', 'a.b-c_d', '@group', '{a,b}'].some(isGlob)).toBe(false);
});

test('names keep the order asked for, matches that of the list, and each comes once', () => {
  expect(ids({ names: ['worker', 'web-*', 'api', 'web-2', 'worker'] })).toEqual([
    'worker',
    'web-1',
    'web-2',
    'api',
  ]);
});

test('a name that does not exist is not_found with its name, in its place, and the others go on', () => {
  const selected = select({ names: ['db', 'nope', 'api'] }, KNOWN, 'list');
  expect(selected).toMatchObject({
    ok: true,
    value: {
      ids: ['db', 'api'],
      missing: [{ code: 'not_found', name: 'nope' }],
      targets: [{ name: 'db' }, { name: 'nope', error: { code: 'not_found' } }, { name: 'api' }],
    },
  });
});

test('a pattern that matches nothing is no error for lists, and one for actions unless it is allowed', () => {
  const nothing = { names: ['zzz*'] };
  expect(select(nothing, KNOWN, 'list')).toMatchObject({ value: { ids: [], missing: [] } });
  expect(select(nothing, KNOWN, 'action')).toMatchObject({
    value: { missing: [{ code: 'not_found', name: 'zzz*' }] },
  });
  expect(select({ ...nothing, allowNone: true }, KNOWN, 'action')).toMatchObject({ value: { missing: [] } });
});

test('no names mean all for lists, and nothing at all for actions', () => {
  expect(ids({}, 'list')).toEqual(KNOWN);
  expect(ids({ names: [] }, 'list')).toEqual(KNOWN);
  expect(ids({ all: true })).toEqual(KNOWN);
  expect(select({}, KNOWN, 'action')).toMatchObject({ ok: false, failure: { code: 'usage' } });
});

test.each([
  [{ names: ['db'], all: true }, 'not both'],
  [{ names: Array.from({ length: MAX_PATTERNS + 1 }, (_, index) => `*${index}`) }, 'patterns'],
])('a selection that makes no sense is a usage error: %j', (selection, message) => {
  expect(select(selection, KNOWN, 'action')).toMatchObject({
    ok: false,
    failure: { code: 'usage', message: expect.stringContaining(message) },
  });
});

test('plugins that come later are selected as if they had been there', () => {
  const isSelected = selects({ names: ['web-*', 'db'] });
  expect(['web-9', 'db', 'api'].map(isSelected)).toEqual([true, true, false]);
  expect(selects({})('anything')).toBe(true);
});

const GROUPS: Groups = {
  names: () => ['empty', 'web'],
  has: (group, id) => group === 'web' && id.startsWith('web'),
};

test('a group stands for its members, in the order of the ids, each once', () => {
  const selected = select({ names: ['web-2', '@web', 'db'] }, ['db', 'web-1', 'web-2'], 'action', GROUPS);
  expect(selected).toMatchObject({ ok: true, value: { ids: ['web-2', 'web-1', 'db'], missing: [] } });
});

test('a group that does not exist is an error in lists too, and the nearest is named', () => {
  for (const purpose of ['list', 'action'] as const) {
    const selected = select({ names: ['@wep', 'db'], allowNone: true }, ['db'], purpose, GROUPS);
    expect(selected).toMatchObject({
      value: {
        ids: ['db'],
        missing: [{ code: 'not_found', name: '@wep', hint: 'did you mean "@web"?' }],
      },
    });
  }
});

test('a group without members is as a pattern that matches nothing', () => {
  const names = ['@empty'];
  expect(select({ names }, ['db'], 'list', GROUPS)).toMatchObject({ value: { ids: [], missing: [] } });
  expect(select({ names }, ['db'], 'action', GROUPS)).toMatchObject({
    value: { missing: [{ name: '@empty' }] },
  });
  expect(select({ names, allowNone: true }, ['db'], 'action', GROUPS)).toMatchObject({
    value: { ids: [], missing: [] },
  });
});

test('a stream asks for the members of a group each time anew', () => {
  const members = new Set(['a']);
  const isSelected = selects({ names: ['@g'] }, { names: () => ['g'], has: (_, id) => members.has(id) });
  expect([isSelected('a'), isSelected('b')]).toEqual([true, false]);
  members.add('b');
  expect(isSelected('b')).toBe(true);
});
