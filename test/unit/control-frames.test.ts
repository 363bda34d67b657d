/** src/protocol/frames.ts and the control server's line input: limits, and work that is linear in the bytes. */

import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { countJsonParts, LineInput } from '../../src/daemon/control/line-input.ts';
import { encodeFrame, LineSplitter, parseFrame } from '../../src/protocol/frames.ts';

/** Printed, and part of every failure of fast-check; set FC_SEED to run the same again. */
const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

afterEach(() => {
  vi.restoreAllMocks();
});

function texts(lines: readonly Buffer[]): readonly string[] {
  return lines.map((line) => line.toString('latin1'));
}

/** Counts the bytes that are copied while `work` runs. */
function countCopied(work: () => void): number {
  let copied = 0;
  const copy = Buffer.prototype.copy;
  vi.spyOn(Buffer.prototype, 'copy').mockImplementation(function (this: Buffer, ...rest) {
    const done = copy.apply(this, rest);
    copied += done;
    return done;
  });
  const concat = Buffer.concat;
  vi.spyOn(Buffer, 'concat').mockImplementation((list, length) => {
    const joined = concat.call(Buffer, list, length);
    copied += joined.length;
    return joined;
  });
  work();
  vi.restoreAllMocks();
  return copied;
}

test.each([1, 64, 4096])(
  'a line of 1 MB in pieces of %i bytes is copied four times at most',
  (pieceBytes) => {
    const total = 1024 * 1024;
    const splitter = new LineSplitter(total);
    const piece = Buffer.alloc(pieceBytes, 'a');
    const lines: Buffer[] = [];
    const copied = countCopied(() => {
      for (let sent = 0; sent < total; sent += pieceBytes) lines.push(...splitter.push(piece).lines);
      lines.push(...splitter.push(Buffer.from('\n')).lines);
    });
    expect(lines.map((line) => line.length)).toEqual([total]);
    expect(copied).toBeGreaterThanOrEqual(total);
    expect(copied).toBeLessThanOrEqual(4 * total);
  },
);

test('the limit is exact: as many bytes are taken, one more is refused, and nothing after that', () => {
  for (const cut of [0, 1, 5, 9, 10]) {
    const fits = new LineSplitter(10);
    const line = Buffer.from('0123456789\n');
    expect(fits.push(line.subarray(0, cut)).isOverLimit).toBe(false);
    expect(texts(fits.push(line.subarray(cut)).lines)).toEqual(['0123456789']);
    const tooLong = new LineSplitter(10);
    const longer = Buffer.from('0123456789x\n');
    tooLong.push(longer.subarray(0, cut));
    expect(tooLong.push(longer.subarray(cut))).toEqual({ lines: [], isOverLimit: true });
    expect(tooLong.push(Buffer.from('ok\n'))).toEqual({ lines: [], isOverLimit: true });
    expect(tooLong.heldBytes).toBe(0);
  }
});

test('lines before the one that is too long are given', () => {
  const { lines, isOverLimit } = new LineSplitter(3).push(Buffer.from('a\nbc\nlong line\nd\n'));
  expect(texts(lines)).toEqual(['a', 'bc']);
  expect(isOverLimit).toBe(true);
});

test('what is held of a read is a copy of its own', () => {
  const splitter = new LineSplitter(100);
  const chunk = Buffer.from('ab');
  splitter.push(chunk);
  chunk.fill('x');
  expect(texts(splitter.push(Buffer.from('c\n')).lines)).toEqual(['abc']);
});

test('however bytes are cut, the lines are the same, and never more is held than the limit', () => {
  const limit = 24;
  fc.assert(
    fc.property(fc.array(fc.array(fc.constantFrom(10, 65, 66, 0, 255), { maxLength: 40 })), (pieces) => {
      const splitter = new LineSplitter(limit);
      const input = new LineInput(limit);
      const whole = Buffer.from(pieces.flat());
      const got: Buffer[] = [];
      let isOverLimit = false;
      for (const piece of pieces) {
        const batch = splitter.push(Buffer.from(piece));
        got.push(...batch.lines.map((line) => Buffer.from(line)));
        isOverLimit ||= batch.isOverLimit;
        expect(splitter.heldBytes).toBeLessThanOrEqual(limit);
        input.add(Buffer.from(piece));
      }
      const expected = whole.toString('latin1').split('\n');
      const rest = expected.pop() ?? '';
      const firstLong = expected.findIndex((line) => line.length > limit);
      const fitting = firstLong === -1 ? expected : expected.slice(0, firstLong);
      expect(texts(got)).toEqual(fitting);
      expect(isOverLimit).toBe(firstLong !== -1 || rest.length > limit);
      const lazily: string[] = [];
      let next = input.next();
      for (; next !== undefined && next !== 'over-limit'; next = input.next())
        lazily.push(next.toString('latin1'));
      expect(lazily).toEqual(fitting);
      expect(next === 'over-limit').toBe(isOverLimit);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test('line input gives lines one by one and keeps what was not asked for as it came', () => {
  const input = new LineInput(100);
  input.add(Buffer.from('one\ntwo\nthr'));
  expect(input.heldBytes).toBe(11);
  expect(String(input.next())).toBe('one');
  expect(input.heldBytes).toBe(7);
  expect(String(input.next())).toBe('two');
  expect(input.next()).toBeUndefined();
  expect(input.heldBytes).toBe(3);
  input.add(Buffer.from('ee\n'));
  expect(String(input.next())).toBe('three');
  input.add(Buffer.from('rest'));
  input.clear();
  expect(input.heldBytes).toBe(0);
});

test('only objects are frames', () => {
  expect(parseFrame(Buffer.from('{"a":1}'))).toEqual({ a: 1 });
  for (const text of ['null', '5', '[]', '"x"', 'true', '', '{', '{"a":1}{']) {
    expect(parseFrame(Buffer.from(text))).toBeUndefined();
  }
});

test('any object survives its frame, and a frame is one line', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), (object) => {
      const line = encodeFrame(object);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parseFrame(Buffer.from(line.slice(0, -1)))).toEqual(JSON.parse(JSON.stringify(object)));
    }),
    { seed: SEED },
  );
});

test('members are counted outside of strings only', () => {
  expect(countJsonParts(Buffer.from('{"a":[1,2,{"b":"[{,\\",["}]}'))).toBe(5);
  expect(countJsonParts(Buffer.from('"\\\\",'))).toBe(1);
});
