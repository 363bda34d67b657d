/** Requests handed over to a plugin by `http` messages. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as ask, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AnswersPlugin } from '../rig/answers-plugin.ts';
import type { ForwardRig } from '../rig/forward-rig.ts';
import { RawHttp } from '../rig/raw-http.ts';

const MIB = 1024 * 1024;

let plugin: AnswersPlugin;

beforeAll(async () => {
  plugin = await AnswersPlugin.make();
});
afterEach(() => plugin.end());
afterAll(() => plugin[Symbol.asyncDispose]());

const post = (rig: ForwardRig, path: string, body: Buffer | string) =>
  fetch(rig.url(path), { method: 'POST', body });
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('an exchange', () => {
  it('hands the request over and the answer back', async () => {
    const rig = await plugin.open('messages');
    const answer = await fetch(rig.url('/answers/echo?a=1&b=%2F'), { headers: { 'x-mine': 'yes' } });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      method: 'GET',
      target: '/answers/echo?a=1&b=%2F',
      headers: { 'x-mine': 'yes', 'x-forwarded-prefix': '/p/answers' },
      body: '',
    });
    expect(await rig.ended(1)).toEqual([{ status: 200 }]);
  });

  it.each([
    ['text', Buffer.from('grüße')],
    ['bytes that are no text', Buffer.from([0xff, 0, 0xfe])],
    ['the word that means a stream', Buffer.from('stream')],
    ['exactly 1 MiB', Buffer.alloc(MIB, 'm')],
  ])('hands a body over inline: %s', async (_, body) => {
    const rig = await plugin.open('messages');
    const answer = (await (await post(rig, '/answers/echo', body)).json()) as { body: string };
    expect(Buffer.from(answer.body, 'base64').equals(body)).toBe(true);
  });

  it.each([
    ['with its length', { 'content-length': String(5 * MIB + 1) }],
    ['without its length', { 'transfer-encoding': 'chunked' }],
  ])('hands a larger body over in pieces, %s', async (_, headers) => {
    const rig = await plugin.open('messages');
    const body = Buffer.alloc(5 * MIB + 1, 'p');
    const request = ask(rig.url('/answers/echo'), { method: 'POST', headers });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks = await response.toArray();
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
      body: { length: body.length, sha256: sha256(body) },
    });
  });

  it('sends pieces both ways at once', async () => {
    const rig = await plugin.open('messages');
    const body = Buffer.alloc(3 * MIB, 'b');
    const answer = await post(rig, '/answers/mirror', body);
    expect(sha256(Buffer.from(await answer.arrayBuffer()))).toBe(sha256(body));
  });

  it.each(['text', 'bytes', 'stream'])('takes an answer of 10 MB: %s', async (path) => {
    const rig = await plugin.open('messages');
    const answer = await fetch(rig.url(`/answers/${path}?bytes=10000000`));
    expect((await answer.arrayBuffer()).byteLength).toBe(10_000_000);
    expect(await rig.ended(1)).toEqual([{ status: 200 }]);
  });

  it('answers HEAD without a body, and 204 without one as well', async () => {
    const rig = await plugin.open('messages');
    const head = await fetch(rig.url('/answers/bytes?bytes=500'), { method: 'HEAD' });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['500', '']);
    const streamed = await fetch(rig.url('/answers/stream?bytes=500'), { method: 'HEAD' });
    expect([streamed.headers.get('content-length'), await streamed.text()]).toEqual(['500', '']);
    const none = await fetch(rig.url('/answers/status?is=204'));
    expect([none.status, none.headers.get('content-length'), await none.text()]).toEqual([204, null, '']);
  });

  it('goes on beside an upload that is slow', async () => {
    const rig = await plugin.open('messages');
    const slow = ask(rig.url('/answers/echo'), { method: 'POST', headers: { 'content-length': 2 * MIB } });
    slow.write('begun');
    expect((await fetch(rig.url('/answers/text?bytes=1'))).status).toBe(200);
    slow.end(Buffer.alloc(2 * MIB - 5));
    const [response] = (await once(slow, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    await once(response, 'end');
  });

  it('answers hundreds at once, each with its own', async () => {
    const rig = await plugin.open('messages');
    const targets = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const answer = await fetch(rig.url(`/answers/echo?is=${index}`));
        return ((await answer.json()) as { target: string }).target;
      }),
    );
    expect(targets).toEqual(targets.map((_, index) => `/answers/echo?is=${index}`));
  });
});

describe('what goes wrong', () => {
  it('answers 504 when the plugin takes too long, and tells it so', async () => {
    const rig = await plugin.open('messages', { limits: { answerMs: 100 } });
    const answer = await fetch(rig.url('/answers/never'));
    expect(answer.status).toBe(504);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status: 504, code: 'timeout' });
    await plugin.core.outputMatches(/left: no answer within 100 ms/);
  });

  it('tells the plugin when the client leaves before the answer', async () => {
    const rig = await plugin.open('messages');
    using client = await RawHttp.open(rig.port, 'GET /p/answers/never HTTP/1.1\r\nhost: x\r\n\r\n');
    client.socket.end();
    client.socket.destroy();
    await plugin.core.outputMatches(/left: the client left/);
    expect(await rig.ended(1)).toEqual([{ status: 0, fault: 'the client left' }]);
  });

  it('tells the plugin when the client leaves in the middle of the answer', async () => {
    const rig = await plugin.open('messages');
    using client = await RawHttp.open(rig.port, 'GET /p/answers/endless HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.until(/zzzz/);
    client.socket.destroy();
    await plugin.core.outputMatches(/left: the client left/);
  });

  it('tells the plugin when the client leaves in the middle of its body', async () => {
    const rig = await plugin.open('messages');
    const length = 3 * MIB;
    using client = await RawHttp.open(
      rig.port,
      `POST /p/answers/echo HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${'x'.repeat(2 * MIB)}`,
    );
    client.socket.end();
    await client.closed;
    expect(await rig.ended(1)).toEqual([{ status: 0, fault: 'the client left' }]);
    await plugin.core.outputMatches(/http: /);
  });

  it('answers 502 when the handler throws, and keeps its words to itself', async () => {
    const rig = await plugin.open('messages');
    const answer = await fetch(rig.url('/answers/throw'));
    expect(answer.status).toBe(502);
    expect(await answer.text()).not.toContain('secret');
    expect((await rig.ended(1))[0]?.fault).toContain('secret of the handler');
  });

  it('answers 502 when the plugin dies before its answer, and 503 when nobody listens any more', async () => {
    const rig = await plugin.open('messages');
    expect((await fetch(rig.url('/answers/die'))).status).toBe(502);
    await plugin.core.ended;
    const later = await fetch(rig.url('/answers/echo'));
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it.each(['broken?bytes=2000000', 'short?bytes=2000000', 'long?bytes=2000000'])(
    'cuts the connection when the body is not what it should be: %s',
    async (path) => {
      const rig = await plugin.open('messages');
      using client = await RawHttp.open(rig.port, `GET /p/answers/${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await client.closed;
      expect(client.text).toMatch(/^HTTP\/1\.1 200 /);
      expect(client.text).not.toMatch(/\r\n0\r\n\r\n$/);
      expect((await rig.ended(1))[0]?.fault).toMatch(/^the answer was cut off: /);
      expect((await fetch(rig.url('/answers/text?bytes=1'))).status).toBe(200);
    },
  );

  it.each([
    ['a status that is none', 'status?is=99'],
    ['a switch of protocols', 'status?is=101'],
    ['a status over 599', 'status?is=600'],
    ['a name that is no token', 'header?name=bad%20name&value=1'],
    ['a line break in a value', 'header?name=x-one&value=1%0d%0aset-cookie:%20a=1'],
  ])('answers 502 to %s', async (_, path) => {
    const rig = await plugin.open('messages');
    const answer = await fetch(rig.url(`/answers/${path}`));
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([502, null]);
  });

  it('answers 503 when a plugin has as many requests before it as it may', async () => {
    const rig = await plugin.open('messages', { limits: { maxRequests: 1 } });
    using client = await RawHttp.open(rig.port, 'GET /p/answers/never HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(rig.server, 'request');
    const answer = await fetch(rig.url('/answers/text?bytes=1'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    client.socket.destroy();
  });
});

it('sends no field that belongs to another framing than its own', async () => {
  const rig = await plugin.open('messages');
  const answer = await fetch(rig.url('/answers/lists'));
  expect([answer.status, answer.headers.get('trailer'), answer.headers.get('http2-settings')]).toEqual([
    200,
    null,
    null,
  ]);
});

it('never hands cookies of toru over, nor takes any from a plugin', async () => {
  const rig = await plugin.open('messages');
  const answer = await fetch(rig.url('/answers/echo'), {
    headers: { cookie: 'theme=dark; toru_session=secret; a=b' },
  });
  expect(await answer.json()).toMatchObject({ headers: { cookie: 'theme=dark; a=b' } });
  const set = await fetch(rig.url('/answers/cookies'));
  expect(set.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});
