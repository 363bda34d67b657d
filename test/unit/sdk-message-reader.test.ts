import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../plugins/sdk/message.ts';
import { MessageReader } from '../../plugins/sdk/message-reader.ts';

const LIMIT = 64;

/** Cuts `bytes` into pieces whose lengths are taken from `sizes` in turn. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

function readAll(bytes: Buffer, sizes: readonly number[]): { results: unknown[]; mostHeld: number } {
  const reader = new MessageReader(LIMIT);
  const results: unknown[] = [];
  let mostHeld = 0;
  for (const piece of cut(bytes, sizes)) {
    results.push(...reader.push(piece));
    mostHeld = Math.max(mostHeld, reader.heldBytes);
  }
  return { results, mostHeld };
}

const cuts = fc.array(fc.integer({ min: 1, max: 3 * LIMIT }), { minLength: 1, maxLength: 8 });
/** Newlines, quotes and braces more often than chance would have them. */
const wildBytes = fc
  .array(fc.oneof(fc.constantFrom(0x0a, 0x0a, 0x7b, 0x7d, 0x22, 0xff, 0), fc.integer({ min: 0, max: 255 })), {
    maxLength: 600,
  })
  .map((bytes) => Buffer.from(bytes));
const goodLine = fc.constantFrom('{"type":"health","request_id":"1"}', '{"type":"x","request_id":"2"}');

describe('the reader of the SDK', () => {
  it('takes any bytes in any pieces without an exception and holds no more than the limit', () => {
    // A failure prints the seed and the smallest case.
    fc.assert(
      fc.property(wildBytes, cuts, (bytes, sizes) => {
        expect(readAll(bytes, sizes).mostHeld).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 500 },
    );
  });

  it('says the same however the bytes are cut', () => {
    fc.assert(
      fc.property(wildBytes, cuts, (bytes, sizes) => {
        expect(readAll(bytes, sizes).results).toEqual(readAll(bytes, [1_000]).results);
      }),
      { numRuns: 300 },
    );
  });

  it('reports each over-long line once and reads what follows it', () => {
    const lines = fc.array(fc.oneof(goodLine, fc.constant('x'.repeat(LIMIT + 1))), { maxLength: 12 });
    fc.assert(
      fc.property(lines, cuts, (texts, sizes) => {
        const { results } = readAll(Buffer.from(texts.map((text) => `${text}\n`).join('')), sizes);
        const expected = texts.map((text) => (text.startsWith('x') ? 'too_large' : 'message'));
        const seen = results.map((result) => {
          const { ok, failure } = result as { ok: boolean; failure?: { error: { code: string } } };
          return ok ? 'message' : failure?.error.code;
        });
        expect(seen).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('takes a line of exactly the limit', () => {
    const line = `{"type":"health","request_id":"${'a'.repeat(LIMIT)}"}`.slice(0, LIMIT - 2).concat('"}');
    expect(line).toHaveLength(LIMIT);
    expect(readAll(Buffer.from(`${line}\n`), [7]).results).toMatchObject([{ ok: true }]);
  });
});

describe('readMessage', () => {
  it('ignores fields that it does not know', () => {
    const read = readMessage('{"type":"health","request_id":"1","payload":{"new":1},"colour":"red"}');
    expect(read).toEqual({
      ok: true,
      value: { type: 'health', timestamp: '', request_id: '1', payload: { new: 1 } },
    });
  });

  it.each(['null', '5', '[]', '"text"', '', '{', '{"type":}'])('calls %j broken: it is no object', (line) => {
    expect(readMessage(line)).toMatchObject({
      ok: false,
      failure: { error: { code: 'invalid' }, isBroken: true },
    });
  });

  it.each([
    '{"request_id":"7"}',
    '{"type":5,"request_id":"7"}',
    '{"type":"http","request_id":"7","payload":[]}',
    '{"type":"http","request_id":"7","payload":null}',
  ])('names the request of %s, which is an object but no message', (line) => {
    expect(readMessage(line)).toMatchObject({ ok: false, failure: { requestId: '7', isBroken: false } });
  });

  it('wants an id on everything but an error', () => {
    expect(readMessage('{"type":"health"}')).toMatchObject({ ok: false, failure: { isBroken: false } });
    expect(readMessage('{"type":"error","payload":{"error":{}}}')).toMatchObject({ ok: true });
  });
});
