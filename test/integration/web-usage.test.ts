/** Figures of processes over the WebSocket, and whether torud answers. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';
import { type ServerMessage, WebSocketRig } from '../rig/web-socket.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'writes-lines': '' });
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  await stage.act('start', 'sleeper');
});
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

async function follow(headers: Readonly<Record<string, string>> = {}): Promise<WebSocketRig> {
  const socket = await WebSocketRig.open(rig.port, { cookie: admin.headers.cookie ?? '', ...headers });
  socket.send({ type: 'subscribe', id: 'u', topic: 'usage' });
  return socket;
}

type Row = readonly [id: string, cpuPercent: number | null, memoryBytes: number | null];

function rowOf(message: ServerMessage | undefined, id: string): Row | undefined {
  return message?.type === 'usage' ? (message.rows as readonly Row[]).find(([one]) => one === id) : undefined;
}
const isPresence = (isThere: boolean) => (message: ServerMessage) =>
  message.type === 'daemon' && message.isThere === isThere;

test('figures of all plugins and of the machine come at once', async () => {
  await using socket = await follow();
  const seen = await socket.until((message) => rowOf(message, 'sleeper') !== undefined);
  expect(seen[0]).toEqual({ type: 'subscribed', id: 'u' });
  const usage = seen.at(-1);
  expect(rowOf(usage, 'sleeper')?.[2]).toBeGreaterThan(0);
  expect(usage).toMatchObject({ id: 'u', host: { memoryTotalBytes: expect.any(Number) } });
  expect(rowOf(usage, 'writes-lines')?.[2] ?? null).toBeNull();
});

test('the second one who asks gets what is known already', async () => {
  await using first = await follow();
  await first.until((message) => rowOf(message, 'sleeper') !== undefined);
  await using second = await follow();
  const seen = await second.until((message) => rowOf(message, 'sleeper') !== undefined);
  expect(seen.map(({ type }) => type)).toEqual(['subscribed', 'daemon', 'usage']);
});

test('a token for one plugin sees the figures of that one', async () => {
  const { json } = await admin.post('/api/tokens', { name: 't', role: 'view', plugins: ['writes-lines'] });
  await stage.act('start', 'writes-lines');
  await using socket = await follow({ authorization: `Bearer ${json.token}`, cookie: '' });
  const seen = await socket.until((message) => rowOf(message, 'writes-lines') !== undefined);
  expect(JSON.stringify(seen)).not.toContain('sleeper');
});

test('that torud is away is said, and that it is back, to who comes later as well', async () => {
  await using socket = await follow();
  await socket.until(isPresence(true));
  await stage.rig.kill();
  await socket.until(isPresence(false));
  await using later = await follow();
  await later.until(isPresence(false));
  await stage.rig.start();
  await socket.until(isPresence(true));
  await socket.until((message) => rowOf(message, 'sleeper') !== undefined);
  await later.until(isPresence(true));
});
