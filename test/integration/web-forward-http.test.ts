/** Requests handed over to a plugin's HTTP socket: streams, events, WebSockets, trailers, and what goes wrong. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AnswersPlugin } from '../rig/answers-plugin.ts';
import { RawHttp } from '../rig/raw-http.ts';

const MIB = 1024 * 1024;
const UPGRADE =
  'host: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

let plugin: AnswersPlugin;

beforeAll(async () => {
  plugin = await AnswersPlugin.make();
});
afterEach(() => plugin.end());
afterAll(() => plugin[Symbol.asyncDispose]());

describe('streams', () => {
  it.each([
    ['with its length', { 'content-length': String(20 * MIB + 1) }],
    ['without its length', { 'transfer-encoding': 'chunked' }],
  ])('hands a body over, %s', async (_, headers) => {
    const rig = await plugin.open('http');
    const body = Buffer.alloc(20 * MIB + 1, 'u');
    const request = ask(rig.url('/answers/echo?a=1'), { method: 'PUT', headers });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks = await response.toArray();
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
      method: 'PUT',
      target: '/answers/echo?a=1',
      headers: { ...headers, via: '1.1 toru' },
      body: { length: body.length, sha256: createHash('sha256').update(body).digest('hex') },
    });
    expect(await rig.ended(1)).toEqual([{ status: 200 }]);
  });

  it('hands an answer of 50 MB back with its length', async () => {
    const rig = await plugin.open('http');
    const answer = await fetch(rig.url('/answers/stream?bytes=50000000'));
    expect(answer.headers.get('content-length')).toBe('50000000');
    expect((await answer.arrayBuffer()).byteLength).toBe(50_000_000);
  });

  it('waits for a client that reads nothing, and goes on when it reads', async () => {
    const rig = await plugin.open('http');
    const request = ask(rig.url('/answers/stream?bytes=100000000')).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    // Unread, it may take what the kernel's buffers hold; the rest has to wait in the plugin.
    expect((await fetch(rig.url('/answers/stream?bytes=1000'))).status).toBe(200);
    expect(response.readableFlowing).toBe(null);
    let length = 0;
    for await (const chunk of response) length += (chunk as Buffer).length;
    expect(length).toBe(100_000_000);
  });

  it('hands server-sent events over as they come', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, 'GET /p/answers/events HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.until(/data: first/);
    await plugin.core.outputMatches(/events asked for/);
    plugin.core.process.kill('SIGUSR1');
    await client.until(/data: second/);
    client.socket.destroy();
    await plugin.core.outputMatches(/left/);
  });

  it('hands trailers back, without those that may be none', async () => {
    const rig = await plugin.open('http');
    const request = ask(rig.url('/answers/trailers')).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(String(await response.toArray())).toBe('body');
    expect(response.trailers).toEqual({ 'x-sum': '42' });
  });

  it('leaves out the trailers of a request', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(
      rig.port,
      'POST /p/answers/echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntrailer: x-late\r\n\r\n' +
        '2\r\nhi\r\n0\r\nx-late: 1\r\n\r\n',
    );
    const text = await client.until(/"length":2/);
    expect(text).not.toContain('x-late');
  });
});

describe('Expect: 100-continue', () => {
  const HEAD =
    'POST /p/answers/echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';

  it.each(['http', 'messages'] as const)('says 100 once somebody wants the body: %s', async (level) => {
    const rig = await plugin.open(level);
    using client = await RawHttp.open(rig.port, HEAD);
    await client.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.write('hi');
    const text = await client.until(/\}$/);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(text).not.toContain('"expect"');
  });

  it('refuses without 100, and ends the connection, when there is nobody to take the body', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, HEAD.replace('answers', 'nobody'));
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 404 /);
    expect(client.text).toMatch(/connection: close/i);
  });
});

describe('a WebSocket', () => {
  it('is a way for bytes, both ways, those that came with the request included', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, `GET /p/answers/ws HTTP/1.1\r\n${UPGRADE}early`);
    await client.until(/early$/);
    expect(client.text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(client.text).toMatch(/sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i);
    const big = 'w'.repeat(3 * MIB);
    client.write(`${big}end`);
    expect((await client.until(/end$/)).length).toBeGreaterThan(big.length);
    client.socket.destroy();
    await plugin.core.outputMatches(/socket closed/);
    expect(await rig.ended(1)).toEqual([{ status: 101 }]);
  });

  it("gets the plugin's refusal, whole", async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, `GET /p/answers/denied HTTP/1.1\r\n${UPGRADE}`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*\r\n\r\nno$/);
    expect(await rig.ended(1)).toEqual([{ status: 403 }]);
  });

  it('ends when the plugin dies', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, `GET /p/answers/ws HTTP/1.1\r\n${UPGRADE}`);
    await client.until(/\r\n\r\n/);
    plugin.core.process.kill('SIGKILL');
    await client.closed;
    expect(await rig.ended(1)).toEqual([{ status: 101 }]);
  });

  it('is refused by a plugin that takes messages alone', async () => {
    const rig = await plugin.open('messages');
    using client = await RawHttp.open(rig.port, `GET /p/answers/ws HTTP/1.1\r\n${UPGRADE}`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 501 /);
  });

  it.each(['h2c', 'tls/1.2'])('is the only upgrade: %s is refused', async (protocol) => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(
      rig.port,
      `GET /p/answers/ws HTTP/1.1\r\n${UPGRADE.replace('websocket', protocol)}`,
    );
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('what goes wrong', () => {
  it('answers 504 when the plugin takes too long', async () => {
    const rig = await plugin.open('http', { limits: { answerMs: 200 } });
    const answer = await fetch(rig.url('/answers/never'));
    expect([answer.status, await answer.json()]).toMatchObject([504, { code: 'timeout' }]);
    await plugin.core.outputMatches(/left/);
  });

  it('tells the plugin when the client leaves', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, 'GET /p/answers/never HTTP/1.1\r\nhost: x\r\n\r\n');
    await plugin.core.outputMatches(/asked for ever/);
    client.socket.destroy();
    await plugin.core.outputMatches(/left/);
    expect(await rig.ended(1)).toEqual([{ status: 0, fault: 'the client left' }]);
  });

  it('cuts the connection when the plugin sends half an answer', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(rig.port, 'GET /p/answers/half HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*half$/);
    expect((await rig.ended(1))[0]?.fault).toMatch(/^the answer was cut off: /);
  });

  it('hands back an answer that comes before the body has been read, and 413 in particular', async () => {
    const rig = await plugin.open('http');
    using client = await RawHttp.open(
      rig.port,
      `POST /p/answers/refuse HTTP/1.1\r\nhost: x\r\ncontent-length: ${10 * MIB}\r\n\r\nbegun`,
    );
    expect(await client.until(/too much/)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('answers 503 when nobody listens any more', async () => {
    const rig = await plugin.open('http');
    plugin.core.process.kill('SIGKILL');
    await plugin.core.ended;
    const answer = await fetch(rig.url('/answers/echo'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
});
