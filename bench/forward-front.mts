/** A front of its own process: `forward` hands over as the web plugin does, `plain` is what node:http makes in ten lines. */

import { createHash } from 'node:crypto';
import { Agent, request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deferContinue } from '../plugins/web/forward/continue.ts';
import { PluginForwarding } from '../plugins/web/forward/forwarding.ts';
import type { PluginStatus } from '../src/protocol/control/plugins.ts';

const [kind = '', socket = '', httpSocket = ''] = process.argv.slice(2);
const server = kind === 'plain' ? plainProxy() : forwarding(kind === 'http');
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (word) => {
  if (word === 'gc') globalThis.gc?.();
  process.send?.({ rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit(0));

function plainProxy() {
  const agent = new Agent({ keepAlive: true });
  return createServer((request, response) => {
    const { method, url, headers } = request;
    const upstream = ask({ socketPath: httpSocket, agent, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
}

function forwarding(isHttp: boolean) {
  const key = createHash('sha256').update('bench').digest();
  const forward = new PluginForwarding({ hiddenCookies: ['session'], keyOf: () => Promise.resolve(key) });
  const http = { route: '/bench', socket, httpSocket: isHttp ? httpSocket : null };
  const plugin = { id: 'bench', enabled: true, state: 'running', runId: 1, nextRestartAt: null, http };
  forward.apply({ kind: 'snapshot', plugins: [plugin as unknown as PluginStatus] });
  const user = { name: 'admin', role: 'admin' } as const;
  const front = createServer((request, response) => {
    const match = forward.matchRoute('/p', (request.url ?? '').slice(2));
    if (match.kind !== 'target') {
      forward.refuse(match, response);
      return;
    }
    const address = request.socket.remoteAddress ?? '';
    const remote = { address, chain: [], protocol: 'http', host: request.headers.host ?? '' } as const;
    void forward.forwardTo(match.target, request, response, { user, remote, hidesAuthorization: false });
  });
  deferContinue(front);
  return front;
}
