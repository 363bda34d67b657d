/** Clients of the WebSocket that break its rules, and how the connection ends. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONNECTION_LIMITS, SocketConnection } from '../../plugins/web/api/socket/connection.ts';
import { agree } from '../../plugins/web/api/socket/handshake.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';
import { clientFrame, WebSocketRig } from '../rig/web-socket.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

function open(headers: Readonly<Record<string, string>> = {}): Promise<WebSocketRig> {
  return WebSocketRig.open(rig.port, { cookie: admin.headers.cookie ?? '', ...headers });
}

describe('what cannot be understood', () => {
  const wrong: readonly (readonly [string, number, Buffer])[] = [
    ['no JSON', 1007, clientFrame(0x81, '{"type":')],
    ['no object', 1007, clientFrame(0x81, '[1]')],
    ['no UTF-8', 1007, clientFrame(0x81, Buffer.from([0x7b, 0xff, 0x7d]))],
    ['an unknown type', 1008, clientFrame(0x81, '{"type":"dance"}')],
    ['a type that every object has', 1008, clientFrame(0x81, '{"type":"constructor"}')],
    ['no type', 1008, clientFrame(0x81, '{}')],
    ['a binary message', 1003, clientFrame(0x82, '{}')],
    ['a message that is too long', 1009, clientFrame(0x81, 'x'.repeat(16 * 1024 + 1))],
    ['pieces that are too long together', 1009, piecesOf(3, 8 * 1024)],
    ['a frame that says it is endless', 1009, Buffer.from('81ff7fffffffffffffff00000000', 'hex')],
    ['a frame without a mask', 1002, Buffer.from('81027b7d', 'hex')],
    ['a reserved bit', 1002, clientFrame(0xc1, '{}')],
    ['an unknown opcode', 1002, clientFrame(0x83, '{}')],
    ['a ping in pieces', 1002, clientFrame(0x09, 'x')],
    ['a ping that is too long', 1002, clientFrame(0x89, 'x'.repeat(126))],
    ['a piece of nothing', 1002, clientFrame(0x80, 'x')],
    ['a message within another one', 1002, Buffer.concat([clientFrame(0x01, '{'), clientFrame(0x81, '{}')])],
    ['a length in more bytes than it needs', 1002, Buffer.from('81fe0002000000007b7d', 'hex')],
    ['a close code that nobody may send', 1002, clientFrame(0x88, Buffer.from([0x03, 0xed]))],
    ['half a close code', 1002, clientFrame(0x88, Buffer.from([0x03]))],
  ];

  test.each(wrong)('%s closes with %i', async (_title, code, bytes) => {
    await using socket = await open();
    socket.raw(bytes);
    const closing = await socket.closed();
    expect(closing.code).toBe(code);
    expect(closing.reason).not.toBe('');
  });
});

describe('the connection', () => {
  test('a message may come in pieces, byte by byte, with a ping in between', async () => {
    await using socket = await open();
    const text = JSON.stringify({ type: 'subscribe', id: 'ö', topic: 'plugins' });
    const bytes = Buffer.concat([
      clientFrame(0x01, text.slice(0, 5)),
      clientFrame(0x89, 'are you there?'),
      clientFrame(0x00, ''),
      clientFrame(0x80, text.slice(5)),
    ]);
    for (const byte of bytes) socket.raw(Buffer.from([byte]));
    expect(await socket.pong()).toBe('are you there?');
    expect((await socket.until(({ type }) => type === 'snapshot')).at(-1)?.id).toBe('ö');
  });

  test('a close is answered with the same code', async () => {
    await using socket = await open();
    socket.raw(clientFrame(0x88, Buffer.from([0x0f, 0xa0])));
    expect((await socket.closed()).code).toBe(4000);
  });

  test('it ends when the server closes', async () => {
    await using other = await WebRig.open(stage.paths.controlSocket);
    const { headers } = await other.signIn();
    await using socket = await WebSocketRig.open(other.port, { cookie: headers.cookie ?? '' });
    await other[Symbol.asyncDispose]();
    expect((await socket.closed()).code).toBe(1001);
  });
});

describe('limits of time', () => {
  let server: Server;
  let mayGoOn = true;

  beforeAll(async () => {
    const limits = { ...CONNECTION_LIMITS, pingEveryMs: 20, silentMs: 60, closeMs: 100 };
    server = createServer();
    server.on('upgrade', (request, socket, head) => {
      const agreed = agree(request);
      if (agreed.ok) socket.write(agreed.value);
      const handlers = { onText: () => undefined, onFault: () => undefined, mayGoOn: () => mayGoOn };
      new SocketConnection(socket, handlers, limits).begin(head);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const openHere = () => WebSocketRig.open((server.address() as AddressInfo).port, {});

  test('a client that answers no ping is gone', async () => {
    await using socket = await openHere();
    socket.answersPings = false;
    expect((await socket.closed()).code).toBe(3008);
  });

  test('a client that answers stays, until it is signed out', async () => {
    await using socket = await openHere();
    await socket.pinged();
    mayGoOn = false;
    expect(await socket.closed()).toEqual({ code: 3000, reason: 'signed out' });
  });
});

function piecesOf(count: number, bytes: number): Buffer {
  const pieces = Array.from({ length: count }, (_none, index) =>
    clientFrame(index === 0 ? 0x01 : 0x00, ' '.repeat(bytes)),
  );
  return Buffer.concat(pieces);
}
