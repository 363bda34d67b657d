/** The plugin of the forwarding figures: the same answers by `http` messages and on its HTTP socket. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { definePlugin } from '../plugins/sdk/index.ts';

const KIB = 'x'.repeat(1024);
const CHUNK = Buffer.alloc(64 * 1024, 'z');
const HEADERS = { 'content-type': 'text/plain; charset=utf-8' };

definePlugin({
  metadata: { id: 'bench', name: 'Bench', version: '1.0.0', route: '/bench', http_socket: true },
  http: () => ({ headers: HEADERS, body: KIB }),
  httpServer: () => createServer((request, response) => void serve(request, response)),
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '';
  if (request.method === 'POST') {
    let length = 0;
    for await (const chunk of request) length += (chunk as Buffer).length;
    response.end(String(length));
  } else if (url.includes('/download/')) {
    const length = Number(url.slice(url.lastIndexOf('/') + 1));
    response.writeHead(200, { 'content-length': length });
    for (let left = length; left > 0; left -= CHUNK.length)
      if (!response.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)))) await drained(response);
    response.end();
  } else {
    response.writeHead(200, { ...HEADERS, 'content-length': KIB.length });
    response.end(KIB);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
