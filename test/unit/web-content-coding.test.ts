/** Which form of a file a client gets by its Accept-Encoding. */

import { expect, test } from 'vitest';
import { chooseCoding } from '../../plugins/web/server/content-coding.ts';

const BOTH = new Set(['br', 'gzip'] as const);

test('the smallest form that the client takes is chosen', () => {
  const chosen = (field: string | undefined) => chooseCoding(field, BOTH);
  expect(chosen('gzip, deflate, br, zstd')).toBe('br');
  expect(chosen('gzip')).toBe('gzip');
  expect(chosen('GZIP;q=0.5')).toBe('gzip');
  expect(chosen('*')).toBe('br');
  expect(chosen('br;q=0, *')).toBe('gzip');
  expect(chosen('br;q=0, gzip;q=0.0')).toBe('identity');
  expect(chosen('*;q=0')).toBe('identity');
  expect(chosen('deflate')).toBe('identity');
  expect(chosen('')).toBe('identity');
  expect(chosen(undefined)).toBe('identity');
  expect(chosen('br;q=nonsense')).toBe('identity');
});

test('what is not there in that form is sent as it is', () => {
  expect(chooseCoding('br, gzip', new Set())).toBe('identity');
  expect(chooseCoding('br', new Set(['gzip'] as const))).toBe('identity');
});
