/** Requests for an upgrade that are refused: why, and the answer on a connection that Node has let go of. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from '../../../src/protocol/errors.ts';
import { problemAnswer, type RouteError } from '../api/problem.ts';
import type { Identity } from '../login/identity.ts';
import { originFault } from './csrf.ts';
import type { Outgoing } from './http-types.ts';
import type { Remote } from './remote.ts';
import { setSafeHeaders } from './safe-headers.ts';

/**
 * Why it may be another site's; undefined when it is none. A page of any site may open a WebSocket, and the cookie goes
 * along: the browser's word on the origin is all there is (RFC 6455 §10.2).
 */
export function upgradeFault(
  request: IncomingMessage,
  remote: Remote,
  identity: Identity,
): RouteError | undefined {
  if (identity.session === undefined) return undefined;
  const isOpen = request.headers.origin === undefined;
  const foreign = isOpen ? 'the field Origin is missing' : originFault(request, remote);
  return foreign === undefined ? undefined : { error: errorBody('denied', `refused: ${foreign}`) };
}

/** The connection ends with it. */
export function endWith(socket: Duplex, refusal: RouteError): void {
  const { status, title, headers, text } = problemAnswer(refusal);
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

/** The same on a response of either version of HTTP; cuts one that has begun. */
export function answerWith(response: Outgoing, refusal: RouteError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, text } = problemAnswer(refusal);
  setSafeHeaders(response);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) {
    // HTTP/2 knows no such field (RFC 9113 §8.2.2).
    if (name !== 'connection' || !('stream' in response)) response.setHeader(name, value);
  }
  response.end(text);
}
