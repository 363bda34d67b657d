/** Plugins that answer nonsense, half an answer, or without end; clients that want two readings of one request. */

import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ForwardRig, type ForwardRigOptions, watchedPlugin } from '../rig/forward-rig.ts';
import { HostileListener } from '../rig/hostile-listener.ts';
import { RawHttp } from '../rig/raw-http.ts';

const MIB = 1024 * 1024;

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
const opened: AsyncDisposable[] = [];

async function open(
  level: 'socket' | 'httpSocket',
  onText: (text: string, socket: Socket) => void,
  options: ForwardRigOptions = {},
): Promise<ForwardRig> {
  const listener = await HostileListener.open(onText);
  opened.push(listener);
  const http = { route: '/bad', [level]: listener.socketPath };
  const rig = await ForwardRig.open([watchedPlugin('bad', http)], options);
  opened.push(rig);
  return rig;
}

/** Answers each message with lines that the test makes of its request_id. */
function byMessages(answer: (id: string) => string, options: ForwardRigOptions = {}): Promise<ForwardRig> {
  return open(
    'socket',
    (text, socket) => {
      for (const [, id] of text.matchAll(/"request_id":"([^"]+)","payload":\{"method"/g))
        socket.write(answer(id ?? ''));
    },
    options,
  );
}

const message = (id: string, payload: object, type = 'http') =>
  `${JSON.stringify({ type, request_id: id, payload })}\n`;

describe('by messages', () => {
  it.each([
    ['no JSON', () => 'nonsense\n'],
    ['null', () => 'null\n'],
    ['an empty payload', (id: string) => message(id, {})],
    ['a status as text', (id: string) => message(id, { status: '200' })],
    ['a list for headers', (id: string) => message(id, { status: 200, headers: [] })],
    ['a number for a body', (id: string) => message(id, { status: 200, body: 5 })],
    ['an object for base64', (id: string) => message(id, { status: 200, body_base64: {} })],
    ['an inline body over 1 MiB', (id: string) => message(id, { status: 200, body: 'x'.repeat(MIB + 1) })],
    ['a status twice the size', (id: string) => message(id, { status: 2 ** 40 })],
    ['an error that is none', (id: string) => message(id, { error: 'no' })],
    ['an error of the wrong code', (id: string) => message(id, { error: { code: '__proto__' } })],
    ['no status beside a body', (id: string) => message(id, { body: 'hello', headers: {} })],
  ])('%s is 502 at once', async (_name, answer) => {
    const rig = await byMessages(answer, { limits: { answerMs: 600_000 } });
    const { status } = await fetch(rig.url('/bad'));
    expect(status).toBe(502);
  });

  it.each([
    ['unknown_type', 404],
    ['not_found', 404],
    ['denied', 403],
    ['too_large', 413],
    ['unavailable', 503],
    ['conflict', 409],
    ['timeout', 504],
    ['invalid', 502],
    ['internal', 502],
  ])('the error %s is %i', async (code, status) => {
    const rig = await byMessages((id) => message(id, { error: { code, message: 'hidden' } }));
    const answer = await fetch(rig.url('/bad'));
    expect([answer.status, (await answer.text()).includes('hidden')]).toEqual([status, false]);
  });

  it('an answer under the type error counts as well, and one under another type does not', async () => {
    const rig = await byMessages(
      (id) => message(id, { status: 200 }, 'kv') + message(id, { error: { code: 'denied' } }, 'error'),
    );
    expect((await fetch(rig.url('/bad'))).status).toBe(403);
  });

  it('a line of 3 GB is cut off at the limit, and memory stays where it was', async () => {
    const chunk = Buffer.alloc(MIB, 'x');
    let sent = 0;
    const rig = await open('socket', (_, socket) => {
      const pump = (): void => {
        while (sent < 3 * 1024 && !socket.destroyed) {
          sent += 1;
          if (!socket.write(chunk)) {
            socket.once('drain', pump);
            return;
          }
        }
      };
      pump();
    });
    const before = process.memoryUsage().arrayBuffers;
    const answer = await fetch(rig.url('/bad'));
    expect(answer.status).toBe(502);
    expect(sent).toBeLessThan(64);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * MIB);
  });

  it('fields named as parts of objects are fields like others', async () => {
    const headers = '{"__proto__":["a","b"],"constructor":"c","toString":"d"}';
    const rig = await byMessages(
      (id) => `{"type":"http","request_id":"${id}","payload":{"status":200,"headers":${headers}}}\n`,
    );
    const answer = await fetch(rig.url('/bad'));
    expect([answer.status, answer.headers.get('__proto__'), answer.headers.get('constructor')]).toEqual([
      200,
      'a, b',
      'c',
    ]);
  });

  it('pieces without credit end the answer', async () => {
    const piece = Buffer.alloc(100).toString('base64');
    const rig = await byMessages((id) => {
      const pieces = Array.from({ length: 50 }, () => message(id, { piece, last: false }));
      return message(id, { status: 200, body: 'stream' }) + pieces.join('');
    });
    using client = await RawHttp.open(rig.port, 'GET /p/bad HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.closed;
    expect((await rig.ended(1))[0]?.fault).toMatch(/without credit/);
  });

  it.each([
    ['too long', 'A'.repeat(90_000)],
    ['a number', 5],
  ])('a piece that is %s ends the answer', async (_, piece) => {
    const rig = await byMessages(
      (id) => message(id, { status: 200, body: 'stream' }) + message(id, { piece, last: true }),
    );
    using client = await RawHttp.open(rig.port, 'GET /p/bad HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.closed;
    expect((await rig.ended(1))[0]?.fault).toMatch(/a piece/);
  });

  it('pieces that stop coming end the answer after their time', async () => {
    const rig = await byMessages((id) => message(id, { status: 200, body: 'stream' }), {
      limits: { pieceMs: 100 },
    });
    using client = await RawHttp.open(rig.port, 'GET /p/bad HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.closed;
    expect((await rig.ended(1))[0]?.fault).toBe('the answer was cut off: no piece within 100 ms');
  });

  it('a second answer, and answers that nobody waits for, are left alone', async () => {
    const rig = await byMessages(
      (id) => message('web-99', { status: 500 }) + message(id, { status: 200, body: 'one' }).repeat(3),
    );
    for (let round = 0; round < 3; round += 1) {
      const answer = await fetch(rig.url('/bad'));
      expect([answer.status, await answer.text()]).toEqual([200, 'one']);
    }
  });

  it('one that breaks the protocol takes down what is on the same connection, and the next request has a new one', async () => {
    let count = 0;
    const rig = await byMessages((id) => {
      count += 1;
      return count === 1 ? 'nonsense\n' : message(id, { status: 200 });
    });
    expect((await fetch(rig.url('/bad'))).status).toBe(502);
    expect((await fetch(rig.url('/bad'))).status).toBe(200);
  });

  it('slow readers of answers give way to others when the budget is used up', async () => {
    const body = 'y'.repeat(MIB);
    const rig = await byMessages((id) => message(id, { status: 200, body }), {
      limits: { maxHeldBytes: 4 * MIB },
    });
    const clients: RawHttp[] = [];
    for (let index = 0; index < 12; index += 1) {
      const client = await RawHttp.open(rig.port);
      client.socket.pause();
      // More than the kernel takes for a client that reads nothing.
      client.write('GET /p/bad HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(8));
      clients.push(client);
    }
    const cut = await rig.ended(1);
    expect(cut[0]?.status).toBe(200);
    expect((await (await fetch(rig.url('/bad'))).text()).length).toBe(MIB);
    for (const client of clients) client[Symbol.dispose]();
  });
});

describe('by plain HTTP', () => {
  const answering = (text: string) => open('httpSocket', (_, socket) => void socket.end(text, 'latin1'));

  it.each([
    ['nonsense', 'nonsense\r\n\r\n'],
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'x-a: 1\r\n'.repeat(20_000)}`],
    ['a status that is none', 'HTTP/1.1 9999 OK\r\ncontent-length: 0\r\n\r\n'],
    [
      'a switch that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nab'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n folded\r\ncontent-length: 0\r\n\r\n'],
    [
      'a length beside a transfer coding',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ],
    ['a bare line feed', 'HTTP/1.1 200 OK\nset-cookie: a=1\r\n\r\n'],
  ])('%s is 502', async (_, text) => {
    const rig = await answering(text);
    const { status } = await fetch(rig.url('/bad'));
    expect(status).toBe(502);
  });

  it.each([
    ['early hints', 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n'],
    ['a word that it works on it', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['both', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('%s before the answer are left out', async (_, before) => {
    const rig = await answering(`${before}HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello`);
    using client = await RawHttp.open(rig.port, 'GET /p/bad HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.until(/hello$/);
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.text).not.toContain('HTTP/1.1 10');
  });

  it('an answer that came before the plugin closed in the middle of an upload is handed on', async () => {
    const rig = await open('httpSocket', (_, socket) => {
      socket.removeAllListeners('data').pause();
      socket.write('HTTP/1.1 413 Too Long\r\ncontent-length: 8\r\nconnection: close\r\n\r\ntoo long', () =>
        socket.destroy(),
      );
    });
    for (let round = 0; round < 40; round += 1) {
      using client = await RawHttp.open(
        rig.port,
        `POST /p/bad HTTP/1.1\r\nhost: x\r\ncontent-length: ${16 * MIB}\r\n\r\n`,
      );
      const piece = Buffer.alloc(MIB, 'u');
      for (let sent = 0; sent < 4; sent += 1) client.socket.write(piece);
      expect(await client.until(/too long|502/), `round ${round}`).toMatch(/^HTTP\/1\.1 413 /);
    }
  });

  it("what follows an answer is nobody else's answer", async () => {
    const evil = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil';
    let count = 0;
    const rig = await open('httpSocket', (_, socket) => {
      count += 1;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nno ${count}${evil}`);
    });
    const texts: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const answer = await fetch(rig.url('/bad'));
      texts.push(answer.status === 200 ? await answer.text() : 'refused');
    }
    expect(texts).not.toContain('evil');
  });
});

describe('a request with two readings', () => {
  it.each([
    ['a length and a transfer coding', 'content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'content-length: 4\r\ncontent-length: 5\r\n\r\nabcde'],
    ['a length as a list', 'content-length: 4, 4\r\n\r\nabcd'],
    ['a length with a sign', 'content-length: +4\r\n\r\nabcd'],
    ['a coding that is not chunked', 'transfer-encoding: gzip\r\n\r\n0\r\n\r\n'],
    ['chunked before another coding', 'transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
    ['a coding with a tab', 'transfer-encoding:\tchunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'transfer-encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a folded field', 'x-a: 1\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a chunk of a length that is none', 'transfer-encoding: chunked\r\n\r\n-1\r\n\r\n'],
    ['a head of 10 MB', `x-a: ${'a'.repeat(100_000)}\r\n\r\n`],
  ])('with %s never reaches a plugin whole', async (_, rest) => {
    const seen: string[] = [];
    const rig = await open('httpSocket', (text) => void seen.push(text));
    using client = await RawHttp.open(rig.port, `POST /p/bad HTTP/1.1\r\nhost: x\r\n${rest}`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(seen.join('')).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it.each(['CONNECT', 'TRACE'])('%s is not handed on', async (method) => {
    const seen: string[] = [];
    const rig = await open('httpSocket', (text) => void seen.push(text));
    using client = await RawHttp.open(rig.port, `${method} /p/bad HTTP/1.1\r\nhost: x\r\n\r\n`);
    if (method === 'TRACE') await client.until(/^HTTP\/1\.1 405 /);
    else await client.closed;
    expect(seen).toEqual([]);
  });
});
