/** Forwarding for clients of HTTP/2: no fields that it forbids, bodies both ways, streams that are given up. */

import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deferContinue } from '../../plugins/web/forward/continue.ts';
import { AnswersPlugin } from '../rig/answers-plugin.ts';
import { ForwardRig, watchedPlugin } from '../rig/forward-rig.ts';
import { HostileListener } from '../rig/hostile-listener.ts';

const MIB = 1024 * 1024;

let plugin: AnswersPlugin;
let server: Http2Server | undefined;
let session: ClientHttp2Session | undefined;

beforeAll(async () => {
  plugin = await AnswersPlugin.make();
});
afterEach(async () => {
  session?.destroy();
  server?.close();
  await plugin.end();
});
afterAll(() => plugin[Symbol.asyncDispose]());

/** The same forwarding behind HTTP/2 without TLS. */
async function open(level: 'messages' | 'http'): Promise<{ rig: ForwardRig; client: ClientHttp2Session }> {
  const rig = await plugin.open(level);
  return { rig, client: await openBefore(rig) };
}

async function openBefore(rig: ForwardRig): Promise<ClientHttp2Session> {
  server = createServer((request, response) => {
    const match = rig.forwarding.matchRoute('/p', request.url.slice(2));
    const host = request.headers[':authority'] ?? '';
    const remote = { address: '127.0.0.1', chain: [], protocol: 'http', host } as const;
    const context = { user: undefined, remote, hidesAuthorization: false };
    if (match.kind !== 'target') rig.forwarding.refuse(match, response);
    else
      void rig.forwarding
        .forwardTo(match.target, request, response, context)
        .then((outcome) => rig.outcomes.push(outcome));
  });
  deferContinue(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return session;
}

async function ask(
  client: ClientHttp2Session,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<{ headers: Record<string, unknown>; body: Buffer }> {
  const stream = client.request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { headers: answer, body: Buffer.concat(await stream.toArray()) };
}

describe.each(['messages', 'http'] as const)('by %s', (level) => {
  it('hands requests and answers over, with a body and without', async () => {
    const { client } = await open(level);
    const get = await ask(client, { ':path': '/p/answers/echo?a=1' });
    const seen = JSON.parse(get.body.toString()) as { headers: Record<string, string> };
    expect(get.headers[':status']).toBe(200);
    expect(get.headers).not.toHaveProperty('connection');
    expect(get.headers).not.toHaveProperty('transfer-encoding');
    expect(seen).toMatchObject({ method: 'GET', target: '/answers/echo?a=1' });
    expect(seen.headers).toMatchObject({ via: '2.0 toru', host: expect.stringContaining('127.0.0.1') });
    expect(Object.keys(seen.headers).filter((name) => name.startsWith(':'))).toEqual([]);
    const body = Buffer.alloc(2 * MIB, 'h');
    const post = await ask(client, { ':path': '/p/answers/echo', ':method': 'POST' }, body);
    expect(JSON.parse(post.body.toString())).toMatchObject({ body: { length: body.length } });
  });

  it('hands a large answer over, and refusals', async () => {
    const { client } = await open(level);
    expect((await ask(client, { ':path': '/p/answers/stream?bytes=5000000' })).body.length).toBe(5_000_000);
    expect((await ask(client, { ':path': '/p/nobody' })).headers[':status']).toBe(404);
  });

  it('tells the plugin when the client gives a stream up', async () => {
    const { client } = await open(level);
    const stream = client.request({ ':path': '/p/answers/never' });
    stream.on('error', () => undefined);
    if (level === 'http') await plugin.core.outputMatches(/asked for ever/);
    else await ask(client, { ':path': '/p/answers/text?bytes=1' });
    stream.close();
    await plugin.core.outputMatches(/left/);
  });
});

it('survives fields that HTTP/2 cannot send', async () => {
  const { client } = await open('messages');
  expect((await ask(client, { ':path': '/p/answers/lists' })).headers[':status']).toBe(502);
  expect((await ask(client, { ':path': '/p/answers/text?bytes=1' })).headers[':status']).toBe(200);
});

it('leaves early hints of a plugin out', async () => {
  await using listener = await HostileListener.open(
    (_, socket) =>
      void socket.write(
        'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
      ),
  );
  await using rig = await ForwardRig.open([
    watchedPlugin('hints', { route: '/hints', httpSocket: listener.socketPath }),
  ]);
  const answer = await ask(await openBefore(rig), { ':path': '/p/hints' });
  expect([answer.headers[':status'], String(answer.body)]).toEqual([200, 'hello']);
});
