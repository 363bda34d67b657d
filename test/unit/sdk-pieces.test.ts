/** Bodies in pieces: what is sent on which credit, and when either side gives up. */

import { expect, it } from 'vitest';
import { PieceReceiver } from '../../plugins/sdk/piece-receiver.ts';
import { type BodyChunks, PieceSender } from '../../plugins/sdk/piece-sender.ts';
import { MAX_PIECE_BYTES, PIECE_CREDIT, type PiecePayload } from '../../src/protocol/plugin/http.ts';

async function* chunks(...bodies: readonly (string | Uint8Array)[]): BodyChunks {
  yield* bodies;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it.each([
  ['nothing', []],
  ['texts', ['grüße', '', 'x']],
  ['a body of many pieces', [Buffer.alloc(10 * MAX_PIECE_BYTES + 1, 'a')]],
  ['pieces of exactly the limit', [Buffer.alloc(MAX_PIECE_BYTES), Buffer.alloc(MAX_PIECE_BYTES)]],
])('what is sent arrives: %s', async (_, bodies) => {
  const sent: PiecePayload[] = [];
  const receiver = new PieceReceiver((word) => 'credit' in word && sender.addCredit(word.credit));
  const sender: PieceSender = new PieceSender((word) => {
    sent.push(word);
    if ('piece' in word) expect(receiver.push(word.piece, word.last)).toBe(undefined);
  });
  const arrived: Buffer[] = [];
  const sending = sender.send(chunks(...bodies));
  for await (const piece of receiver) arrived.push(piece);
  await sending;
  expect(Buffer.concat(arrived).equals(Buffer.concat(bodies.map((body) => Buffer.from(body))))).toBe(true);
  expect(sent.filter((word) => 'last' in word && word.last)).toHaveLength(1);
});

it('sends four pieces without credit, and no more than it has', async () => {
  const sent: PiecePayload[] = [];
  const sender = new PieceSender((word) => void sent.push(word));
  const sending = sender.send(chunks(Buffer.alloc(20 * MAX_PIECE_BYTES)));
  await turn();
  expect(sent).toHaveLength(PIECE_CREDIT);
  for (const nonsense of [0, -1, 1.5, Number.NaN, '2', null, Number.POSITIVE_INFINITY])
    sender.addCredit(nonsense);
  await turn();
  expect(sent).toHaveLength(PIECE_CREDIT);
  sender.addCredit(2);
  await turn();
  expect(sent).toHaveLength(PIECE_CREDIT + 2);
  sender.addCredit(1_000_000);
  await turn();
  expect(sent).toHaveLength(2 * PIECE_CREDIT + 2);
  sender.stop();
  await sending;
});

it('gives up a body that is silent for ever, and tells it so', async () => {
  let isReturned = false;
  const body: BodyChunks = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => undefined),
      return: () => {
        isReturned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  const sender = new PieceSender(() => undefined);
  const sending = sender.send(body);
  sender.stop();
  await sending;
  expect(isReturned).toBe(true);
});

it('passes on what the body throws', async () => {
  async function* broken(): BodyChunks {
    yield 'a';
    throw new Error('no more');
  }
  await expect(new PieceSender(() => undefined).send(broken())).rejects.toThrow('no more');
});

it('gives credit for what was used, not for what has come', async () => {
  const credits: PiecePayload[] = [];
  const receiver = new PieceReceiver((word) => void credits.push(word));
  receiver.push('QQ==', false);
  receiver.push('Qg==', false);
  const pieces = receiver[Symbol.asyncIterator]();
  expect(String((await pieces.next()).value)).toBe('A');
  expect(credits).toEqual([]);
  expect(String((await pieces.next()).value)).toBe('B');
  expect(credits).toEqual([{ credit: 1 }]);
  receiver.fail('gone');
  await expect(pieces.next()).rejects.toThrow('gone');
});

it('holds no more than four pieces, whatever is sent', async () => {
  const receiver = new PieceReceiver(() => undefined);
  const faults = Array.from({ length: 6 }, () => receiver.push('QQ==', false));
  expect(faults.map((fault) => fault !== undefined)).toEqual([false, false, false, false, true, false]);
  expect(receiver.isOver).toBe(true);
});
