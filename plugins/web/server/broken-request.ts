/** Answers to what is hardly HTTP, on a connection of which nothing more can be read. */

import type { Socket } from 'node:net';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { PROBLEM_TYPE, problemDocument } from '../api/problem.ts';
import { notePassed } from '../forward/passing-buffers.ts';
import { HEAD_LIMIT_MS, LINGER_MS, MAX_HEAD_BYTES } from './limits.ts';

export interface Broken {
  readonly status: number;
  readonly phrase: string;
  readonly error: ErrorBody;
}

/** By Node's codes. */
const BROKEN_REQUESTS: Readonly<Record<string, Broken>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    error: errorBody('too_large', `the head of the request is longer than ${MAX_HEAD_BYTES} bytes`),
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    phrase: 'Request Timeout',
    error: errorBody('timeout', `the head of the request did not come within ${HEAD_LIMIT_MS / 1000} s`),
  },
};
const NO_HTTP: Broken = {
  status: 400,
  phrase: 'Bad Request',
  error: errorBody('usage', 'this is no request as HTTP/1.1 has it'),
};

/** @param code Node's, of what its parser found */
export function brokenBy(code: string | undefined): Broken {
  return BROKEN_REQUESTS[code ?? ''] ?? NO_HTTP;
}

/** The connection ends with it. */
export function endBroken(socket: Socket, broken: Broken): void {
  socket.end(answerTo(broken));
  throwAway(socket);
}

function answerTo({ status, phrase, error }: Broken): string {
  const body = JSON.stringify(problemDocument(error, status));
  return [
    `HTTP/1.1 ${status} ${phrase}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** What still comes is read and forgotten for a moment: a close over unread bytes would cost the client our answer (RFC 9112 §9.6). */
function throwAway(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => notePassed(chunk.length));
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}
