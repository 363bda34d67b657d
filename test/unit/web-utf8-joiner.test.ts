/** Text of a stream whose characters are cut anywhere. */

import { expect, test } from 'vitest';
import { Utf8Joiner } from '../../plugins/web/api/follow/utf8-joiner.ts';

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Valid ones of each length, and bytes that are none, overlong, surrogates and too high. */
const PARTS = [
  Buffer.from('plain'),
  Buffer.from('ü'),
  Buffer.from('€'),
  Buffer.from('😀'),
  Buffer.from('\ufeff'),
  ...[
    [0xff],
    [0xc0, 0xaf],
    [0xed, 0xa0, 0x80],
    [0xe0, 0x80],
    [0xf0, 0x8f, 0xbf],
    [0xf4, 0x90, 0x80],
    [0x80],
  ].map((bytes) => Buffer.from(bytes)),
  ...['€', '😀'].map((text) => Buffer.from(text).subarray(0, 2)),
  Buffer.from('😀').subarray(0, 3),
];

function joined(bytes: Buffer, cuts: readonly number[]): string {
  const joiner = new Utf8Joiner();
  let text = '';
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    text += joiner.push(bytes.subarray(from, cut));
    expect(joiner.keptBytes).toBeLessThanOrEqual(3);
    from = cut;
  }
  return text + joiner.end();
}

test('however the bytes are cut, the text is the one that a decoder makes of all of them', () => {
  const seed = Date.now() % 2 ** 31;
  const random = randomOf(seed);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let round = 0; round < 3_000; round += 1) {
    const parts = Array.from({ length: 1 + random(6) }, () => PARTS[random(PARTS.length)] ?? Buffer.alloc(0));
    const bytes = Buffer.concat(parts);
    const cuts = Array.from({ length: random(8) }, () => random(bytes.length + 1)).sort((a, b) => a - b);
    const hint = `seed ${seed}, ${bytes.toString('hex')} cut at ${cuts.join(' ')}`;
    expect(joined(bytes, cuts), hint).toBe(decoder.decode(bytes));
  }
});

test('what is whole is given at once, and only an open character is kept', () => {
  const joiner = new Utf8Joiner();
  expect(joiner.push(Buffer.from('a€'))).toBe('a€');
  expect(joiner.keptBytes).toBe(0);
  expect(joiner.push(Buffer.from([0x62, 0xf0, 0x9f]))).toBe('b');
  expect(joiner.keptBytes).toBe(2);
  expect(joiner.push(Buffer.from([0x98, 0x80]))).toBe('😀');
  expect(joiner.end()).toBe('');
});
