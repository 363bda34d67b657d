/**
 * `Expect: 100-continue` (RFC 9110 §10.1.1): the client is told to go on when somebody begins to read the body, and not
 * before; so a request that is refused costs no upload.
 */

import type { Server } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { ForwardRequest, ForwardResponse } from './contract.ts';

const waiting = new WeakSet<ForwardRequest>();

/** From now on the server leaves the 100 to whoever reads a body, and calls its `request` listeners as for any request. */
export function deferContinue(server: Server | Http2Server | Http2SecureServer): void {
  server.on('checkContinue', (request: ForwardRequest, response: ForwardResponse) => {
    waiting.add(request);
    server.emit('request', request, response);
  });
}

/** To be called before a body is read. Says 100 if the client waits for it, once. */
export function sayContinue(request: ForwardRequest, response: ForwardResponse): void {
  if (waiting.delete(request)) response.writeContinue();
}

/**
 * True while the client waits to hear whether it shall send its body. An answer then ends the connection: nobody could
 * tell whether what comes next is that body or another request.
 */
export function awaitsContinue(request: ForwardRequest): boolean {
  return waiting.has(request);
}
