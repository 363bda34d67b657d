/** The opening handshake of a WebSocket, server side (RFC 6455 §4.2). Extensions and subprotocols are not agreed to. */

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import type { RouteError } from '../problem.ts';

/** §1.3. */
const MAGIC = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** 16 bytes in base64 (§4.2.1). */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/;
/** §4.4: the only one. */
const VERSION = '13';

/** The answer that agrees, or why there is none. */
export function agree(request: IncomingMessage): Result<string, RouteError> {
  const { headers, method } = request;
  if (method !== 'GET' || headers.upgrade?.trim().toLowerCase() !== 'websocket')
    return failure(UPGRADE_NEEDED);
  if (headers['sec-websocket-version'] !== VERSION) return failure(UPGRADE_NEEDED);
  const key = headers['sec-websocket-key'];
  if (key === undefined || !KEY.test(key)) {
    return failure({ error: errorBody('usage', 'Sec-WebSocket-Key: must be 16 bytes in base64') });
  }
  const accept = createHash('sha1').update(`${key}${MAGIC}`).digest('base64');
  return success(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
}

/** RFC 9110 §15.5.22, and RFC 6455 §4.4 for the version. */
export const UPGRADE_NEEDED: RouteError = {
  error: errorBody('usage', `this takes a WebSocket of version ${VERSION}`),
  status: 426,
  headers: { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-version': VERSION },
};
