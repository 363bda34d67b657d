/** Writes an answer that came by messages to the client: with the framing that its body has, whatever the plugin said of it. */

import { once } from 'node:events';
import { messageOf } from '../../../src/protocol/result.ts';
import type { AnswerFields } from './answer-headers.ts';
import type { ForwardResponse } from './contract.ts';
import { type ForwardJob, isGone } from './forward-job.ts';
import { hasNoBody, type MessageAnswer } from './message-answer.ts';
import { notePassed } from './passing-buffers.ts';

/** It is read in two buffers, put together in one of twice its size, and decoded. */
const BUFFERS_A_PIECE = 4;

/**
 * Answers with a whole body. What a slow client has not read yet is counted, and given up when others need the room.
 * A text says why the head cannot be written; then nothing was.
 */
export function endAnswer(
  { response, method, budget }: ForwardJob,
  answer: MessageAnswer,
  body: string | Buffer,
): string | undefined {
  const { status, fields } = answer;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (hasNoBody(status)) delete fields['content-length'];
  else if (method !== 'HEAD' || body.length > 0 || declaredLength(answer) === undefined)
    fields['content-length'] = String(length);
  const fault = writeHead(response, status, fields);
  if (fault !== undefined) return fault;
  if (method === 'HEAD' || hasNoBody(status)) {
    response.end();
    return undefined;
  }
  // A text of ASCII alone is the same in both encodings, and goes out without being encoded.
  if (typeof body === 'string') response.end(body, length === body.length ? 'latin1' : 'utf8');
  else response.end(body);
  const unread = unreadBytes(response);
  if (unread === 0) return undefined;
  const share = budget.share(() => response.destroy());
  if (share.add(unread)) response.once('close', () => share.release());
  else response.destroy();
  return undefined;
}

/** Node throws for some fields that are fine one by one: a list where HTTP/2 has one value, for example. */
function writeHead(response: ForwardResponse, status: number, fields: AnswerFields): string | undefined {
  // A message has no trailer that it could announce.
  delete fields.trailer;
  try {
    response.writeHead(status, fields);
    return undefined;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/**
 * Writes pieces as the client reads them. Settles with undefined when all were written, or with what went wrong; then the
 * response is not at its end. Never rejects.
 */
export async function writeStream(
  { response, method }: ForwardJob,
  answer: MessageAnswer,
  pieces: AsyncIterable<Buffer>,
): Promise<string | undefined> {
  const { status, fields } = answer;
  const length = declaredLength(answer);
  if (length === undefined || hasNoBody(status)) delete fields['content-length'];
  const fault = writeHead(response, status, fields);
  if (fault !== undefined) return fault;
  if (method === 'HEAD' || hasNoBody(status)) {
    response.end();
    return undefined;
  }
  // The head goes out at once: the first piece may be long in coming.
  response.flushHeaders?.();
  let written = 0;
  try {
    for await (const piece of pieces) {
      written += piece.length;
      notePassed(BUFFERS_A_PIECE * piece.length);
      if (length !== undefined && written > length) return `more than its ${length} bytes came`;
      if (!response.write(piece)) await drained(response);
      if (isGone(response)) return 'the client left';
    }
  } catch (thrown) {
    return messageOf(thrown);
  }
  if (length !== undefined && written < length) return `only ${written} of its ${length} bytes came`;
  response.end();
  return undefined;
}

/** The content-length that the plugin gave, if it is one (RFC 9110 §8.6). */
function declaredLength({ fields }: MessageAnswer): number | undefined {
  const declared = fields['content-length'];
  return typeof declared === 'string' && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
}

/** Settles when the client has taken enough, or is gone. */
export async function drained(response: ForwardResponse): Promise<void> {
  if (isGone(response)) return;
  const ended = new AbortController();
  const { signal } = ended;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    ended.abort();
  }
}

function unreadBytes(response: ForwardResponse): number {
  return response.stream?.writableLength ?? response.socket?.writableLength ?? 0;
}
