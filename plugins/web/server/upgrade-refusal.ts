/** Requests for an upgrade that are refused: why, and the answer on a connection that Node has let go of. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from '../../../src/protocol/errors.ts';
import { PROBLEM_TYPE, problemDocument, type RouteError, STATUS_OF } from '../api/problem.ts';
import type { Identity } from '../login/identity.ts';
import { originFault } from './csrf.ts';
import type { Remote } from './remote.ts';

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
export function endWith(
  socket: Duplex,
  { error, status = STATUS_OF[error.code], headers }: RouteError,
): void {
  const document = problemDocument(error, status);
  const body = JSON.stringify(document);
  const head = [
    `HTTP/1.1 ${status} ${document.title}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
