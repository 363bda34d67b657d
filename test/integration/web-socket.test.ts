/** The WebSocket of the HTTP module, in front of a real torud. */

import { appendFile, rm } from 'node:fs/promises';
import { WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_SUBSCRIPTIONS } from '../../plugins/web/api/socket/client.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';
import { type ServerMessage, WebSocketRig } from '../rig/web-socket.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

/** Says what it is told through a pipe in its data folder, and writes any number of lines at once. */
const TALKER = `#!/bin/sh
rm -f orders
mkfifo orders
echo ready
while :; do
  while read -r word count; do
    if [ "$word" = many ]; then seq -f 'line %.0f' "$count"; else echo "$word $count"; fi
  done <orders
done
`;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'echo-socket': '' });
  await writePlugin(stage.paths, { id: 'talker', script: TALKER });
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  await stage.call('plugin.scan');
  await stage.act('start', 'talker');
  await stage.untilLine('talker', 'ready');
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

async function order(text: string): Promise<void> {
  await appendFile(`${stage.paths.dataFolder}/talker/orders`, `${text}\n`);
}

function open(headers: Readonly<Record<string, string>> = {}): Promise<WebSocketRig> {
  return WebSocketRig.open(rig.port, { cookie: admin.headers.cookie ?? '', ...headers });
}

async function tokenFor(plugins: readonly string[], role = 'view'): Promise<Record<string, string>> {
  const { json } = await admin.post('/api/tokens', { name: 't', role, plugins });
  return { authorization: `Bearer ${json.token}`, cookie: '' };
}

function isState(message: ServerMessage, id: string, state: string): boolean {
  const plugin = message.plugin as { id?: string; state?: string } | undefined;
  return message.type === 'plugin' && plugin?.id === id && plugin.state === state;
}

function idsOf(snapshot: ServerMessage | undefined): readonly string[] {
  return ((snapshot?.plugins ?? []) as { id: string }[]).map(({ id }) => id);
}

function has(events: unknown, type: string): boolean {
  return ((events ?? []) as { type: string }[]).some((event) => event.type === type);
}

function messagesOf(message: ServerMessage): readonly string[] {
  const lines = message.type === 'lines' ? (message.lines as { message: string }[]) : [];
  return lines.map((line) => line.message.trim());
}

function numbersOf(seen: readonly ServerMessage[]): readonly number[] {
  return seen
    .flatMap(messagesOf)
    .flatMap((text) => (text.startsWith('line ') ? [Number(text.slice(5))] : []));
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_none, index) => index + 1);
}

const isLive = (message: ServerMessage): boolean => message.type === 'live';
const says = (text: string) => (message: ServerMessage) => messagesOf(message).includes(text);

describe('what a client subscribes to', () => {
  test('states of plugins come whole first, then as they change', async () => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    const [first, snapshot] = await socket.until(({ type }) => type === 'snapshot');
    expect(first).toEqual({ type: 'subscribed', id: 'p' });
    expect(idsOf(snapshot).toSorted()).toEqual(['echo-socket', 'sleeper', 'talker']);
    expect(JSON.stringify(snapshot)).not.toContain('.sock');
    await admin.post('/api/plugins/sleeper/start', {});
    const seen = await socket.until((message) => isState(message, 'sleeper', 'running'));
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(['p']));
    await admin.post('/api/plugins/sleeper/stop', {});
    await socket.until((message) => isState(message, 'sleeper', 'stopped'));
  });

  test('a removed plugin is told of', async () => {
    await writePlugin(stage.paths, { id: 'brief', script: TALKER });
    await stage.call('plugin.scan');
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    await socket.until(({ type }) => type === 'snapshot');
    await rm(`${stage.paths.pluginFolder}/brief`, { recursive: true });
    await stage.call('plugin.scan');
    const seen = await socket.until(({ type }) => type === 'removed');
    expect(seen.at(-1)).toEqual({ type: 'removed', id: 'p', plugin: 'brief' });
  });

  test('a log comes as it was, then as it grows, once each', async () => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker' });
    const before = await socket.until(isLive);
    expect(before.flatMap(messagesOf)).toEqual(['ready']);
    await order('hello there');
    const seen = await socket.until(says('hello there'));
    expect(seen.flatMap(messagesOf)).toEqual(['hello there']);
  });

  test.each([
    [{ plugin: 'talker' }, 'news'],
    [{ plugins: ['talker', 'sleeper'] }, 'weather'],
  ])('of the log of %j only lines of a level come, where one is asked for', async (named, news) => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'l', topic: 'logs', ...named, level: 'warning', lines: 0 });
    await socket.until(isLive);
    await order('small talk');
    await order(`<3>bad ${news}`);
    expect((await socket.until(says(`bad ${news}`))).flatMap(messagesOf)).toEqual([`bad ${news}`]);
    socket.send({ type: 'subscribe', id: 'again', topic: 'logs', ...named, level: 'warning', lines: 1 });
    expect((await socket.until(isLive)).flatMap(messagesOf)).toEqual([`bad ${news}`]);
  });

  test('who comes back with the last cursor misses no line', async () => {
    const first = await open();
    first.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', lines: 0 });
    await first.until(isLive);
    await order('before it');
    const seen = await first.until(says('before it'));
    await first[Symbol.asyncDispose]();
    await order('while away');
    await stage.untilLine('talker', 'while away');
    await using again = await open();
    const cursor = seen.at(-1)?.cursor;
    again.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', cursor });
    expect((await again.until(isLive)).flatMap(messagesOf)).toEqual(['while away']);
  });

  test('events come as they were, then as they happen, and go on from a cursor', async () => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'e', topic: 'events', plugin: 'sleeper', limit: 1 });
    await socket.until(isLive);
    const hasType = (type: string) => (message: ServerMessage) =>
      message.type === 'events' &&
      (message.events as { type: string }[]).some((event) => event.type === type);
    await admin.post('/api/plugins/sleeper/start', {});
    const begun = await socket.until(hasType('ready'));
    await admin.post('/api/plugins/sleeper/stop', {});
    await socket.until(hasType('stopped'));
    const cursor = begun.at(-1)?.cursor;
    socket.send({ type: 'subscribe', id: 'again', topic: 'events', plugin: 'sleeper', cursor });
    const seen = await socket.until((message) => isLive(message) && message.id === 'again');
    expect(seen.filter(({ id }) => id === 'again').some(hasType('stopped'))).toBe(true);
    expect(seen.some(hasType('ready'))).toBe(false);
  });

  test('after unsubscribe nothing more comes, and the id is free again', async () => {
    await using socket = await open();
    const wanted = { type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', lines: 0 };
    socket.send(wanted);
    await socket.until(isLive);
    socket.send(wanted);
    const [twice] = await socket.until(({ type }) => type === 'error');
    expect(twice).toMatchObject({ id: 'l', code: 'conflict' });
    socket.send({ type: 'unsubscribe', id: 'l' });
    expect(await socket.until(() => true)).toEqual([{ type: 'unsubscribed', id: 'l' }]);
    await order('not for anybody');
    await stage.untilLine('talker', 'not for anybody');
    socket.send({ ...wanted, id: 'm' });
    const seen = await socket.until(isLive);
    expect(seen.flatMap(messagesOf)).toEqual([]);
    socket.send({ type: 'unsubscribe', id: 'l' });
    expect((await socket.until(() => true))[0]).toMatchObject({ type: 'error', id: 'l', code: 'not_found' });
  });

  test('it goes on over the death of torud', async () => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', lines: 0 });
    await socket.until(isLive);
    socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    await socket.until(({ type }) => type === 'snapshot');
    await stage.rig.killAndRestart();
    await socket.until(({ type }) => type === 'snapshot');
    await order('after the death');
    await socket.until(says('after the death'));
  });
});

describe('clients that are slow', () => {
  test('who stalls gets the rest of a log later, without a gap', async () => {
    await using slow = await open();
    await using quick = await open();
    for (const socket of [slow, quick]) {
      socket.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', lines: 0 });
      await socket.until(isLive);
    }
    slow.stall();
    await order('many 60000');
    expect(numbersOf(await quick.until(says('line 60000')))).toEqual(upTo(60_000));
    slow.resume();
    expect(numbersOf(await slow.until(says('line 60000')))).toEqual(upTo(60_000));
  });

  test('who stalls gets the newest state of a plugin', async () => {
    await using slow = await open();
    slow.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    await slow.until(({ type }) => type === 'snapshot');
    // What fills its connection is a log.
    slow.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', lines: 0 });
    await slow.until(isLive);
    await using quick = await open();
    quick.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'talker', lines: 0 });
    await quick.until(isLive);
    slow.stall();
    await order('many 60001');
    await quick.until(says('line 60001'));
    for (const verb of ['start', 'stop', 'start', 'stop', 'start']) {
      expect((await admin.post(`/api/plugins/sleeper/${verb}`, {})).status).toBe(200);
    }
    slow.resume();
    const seen = await slow.until((message) => isState(message, 'sleeper', 'running'));
    expect(seen.at(-1)).toMatchObject({ isCut: true, plugin: { state: 'running' } });
    expect(seen.filter(({ type }) => type === 'plugin')).toHaveLength(1);
    await admin.post('/api/plugins/sleeper/stop', {});
  });

  test('who asks and never reads is not read from, and others are served', async () => {
    await using hog = await open();
    hog.stall();
    const snapshot = { type: 'subscribe', topic: 'logs', plugin: 'talker', lines: 10_000 };
    for (let index = 0; index < 400; index += 1) {
      hog.send({ ...snapshot, id: `s${index % 40}` });
      hog.send({ type: 'unsubscribe', id: `s${index % 40}` });
    }
    await using other = await open();
    other.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    await other.until(({ type }) => type === 'snapshot');
  });
});

describe('who may come in', () => {
  const refusal = (headers: Readonly<Record<string, string>>) =>
    open(headers).then(
      async (socket) => {
        await socket[Symbol.asyncDispose]();
        return 'opened';
      },
      (thrown: Error) => thrown.message,
    );

  test('nobody without a login, and no page of another origin', async () => {
    expect(await refusal({ cookie: '' })).toBe('refused with 401');
    expect(await refusal({ authorization: 'Bearer toru_nonsense' })).toBe('refused with 401');
    expect(await refusal({ origin: 'http://evil.example' })).toBe('refused with 403');
    expect(await refusal({ 'sec-fetch-site': 'cross-site' })).toBe('refused with 403');
    expect(rig.log.some((line) => line.includes('admin from 127.0.0.1: /api/ws'))).toBe(true);
  });

  test('no other version, and no broken key', async () => {
    expect(await refusal({ 'sec-websocket-version': '8' })).toBe('refused with 426');
    expect(await refusal({ 'sec-websocket-key': 'short' })).toBe('refused with 400');
    const plain = await admin.get('/api/ws');
    expect([plain.status, plain.headers.upgrade]).toEqual([426, 'websocket']);
  });

  test('a token for one plugin sees that one alone', async () => {
    await using socket = await open(await tokenFor(['talker']));
    socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    const seen = await socket.until(({ type }) => type === 'snapshot');
    expect(idsOf(seen.at(-1))).toEqual(['talker']);
    for (const [id, more] of [
      ['l', { topic: 'logs', plugin: 'sleeper' }],
      ['e', { topic: 'events', plugin: 'sleeper' }],
    ] as const) {
      socket.send({ type: 'subscribe', id, ...more });
      expect((await socket.until(() => true))[0]).toMatchObject({ type: 'error', id, code: 'denied' });
    }
  });

  test('a token for one plugin hears of changes of that one alone', async () => {
    await using socket = await open(await tokenFor(['talker']));
    socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    socket.send({ type: 'subscribe', id: 'e', topic: 'events' });
    await socket.until(isLive);
    await admin.post('/api/plugins/sleeper/start', {});
    await admin.post('/api/plugins/sleeper/stop', {});
    await admin.post('/api/plugins/talker/restart', {});
    const seen = await socket.until(({ type, events }) => type === 'events' && has(events, 'ready'));
    expect(seen.some(({ type }) => type === 'plugin')).toBe(true);
    expect(JSON.stringify(seen)).not.toContain('sleeper');
  });

  test('who has signed out is sent away at once', async () => {
    const leaver = await rig.signIn();
    await using socket = await open({ cookie: leaver.headers.cookie ?? '' });
    expect((await leaver.post('/api/logout', {})).status).toBe(204);
    expect(await socket.closed()).toEqual({ code: 3000, reason: 'signed out' });
  });

  test('one user has so many of them, and takes no place of another one', async () => {
    const admin = await rig.signIn();
    const viewer = await rig.signInAs(admin, 'view');
    const { cookie = '' } = viewer.headers;
    await using all = new AsyncDisposableStack();
    for (let count = 0; count < 32; count += 1) all.use(await open({ cookie }));
    await expect(open({ cookie })).rejects.toThrow('refused with 429');
    await using _other = await open({ cookie: admin.headers.cookie ?? '' });
  });

  test('any WebSocket client can speak to it', async () => {
    const { promise, resolve, reject } = Promise.withResolvers<ServerMessage>();
    const socket = new WebSocket(`ws://127.0.0.1:${rig.port}/api/ws`, { headers: await tokenFor(['*']) });
    const closed = new Promise<number>((settle) => {
      socket.addEventListener('close', ({ code }) => settle(code));
    });
    socket.addEventListener('error', ({ message }) => reject(new Error(message)));
    socket.addEventListener('open', () => socket.send('{"type":"subscribe","id":"p","topic":"plugins"}'));
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'snapshot') resolve(message);
    });
    expect((await promise).id).toBe('p');
    socket.close(1000, 'enough');
    expect(await closed).toBe(1000);
  });
});

describe('messages that are answered with an error', () => {
  test.each([
    [{ type: 'subscribe', id: 'x', topic: 'weather' }, 'topic'],
    [{ type: 'subscribe', id: 'x', topic: 'logs' }, 'plugin'],
    [{ type: 'subscribe', id: 'x', topic: 'logs', plugin: '../x' }, 'plugin'],
    [{ type: 'subscribe', id: 'x', topic: 'logs', plugin: 'talker', lines: 1e9 }, 'lines'],
    [{ type: 'subscribe', id: 'x', topic: 'events', cursor: 'x' }, 'cursor'],
    [{ type: 'subscribe', topic: 'plugins' }, 'id'],
    [{ type: 'unsubscribe', id: 7 }, 'id'],
    [{ type: 'subscribe', id: 'x', topic: 'logs', plugin: 'talker', plugins: [] }, 'plugin'],
    [{ type: 'subscribe', id: 'x', topic: 'output', task_id: '../x' }, 'task_id'],
    [{ type: 'run' }, 'script'],
    [{ type: 'run', script: 'x', args: [1] }, 'args'],
    [{ type: 'cancel' }, 'task_id'],
  ] as const)('%j is answered with an error, and the connection stays', async (message, named) => {
    await using socket = await open();
    socket.send(message);
    const [answer] = await socket.until(() => true);
    expect(answer).toMatchObject({ type: 'error', code: 'usage', message: expect.stringContaining(named) });
    socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
    await socket.until(({ type }) => type === 'snapshot');
  });

  test('a plugin that does not exist is named', async () => {
    await using socket = await open();
    socket.send({ type: 'subscribe', id: 'l', topic: 'logs', plugin: 'nope' });
    const [answer] = await socket.until(() => true);
    expect(answer).toMatchObject({ type: 'error', id: 'l', code: 'not_found', name: 'nope' });
  });

  test('more subscriptions than a connection may have are refused', async () => {
    await using socket = await open();
    for (let index = 0; index <= MAX_SUBSCRIPTIONS; index += 1) {
      socket.send({ type: 'subscribe', id: `p${index}`, topic: 'plugins' });
    }
    const seen = await socket.until(({ type }) => type === 'error');
    expect(seen.at(-1)).toMatchObject({ id: `p${MAX_SUBSCRIPTIONS}`, code: 'busy' });
  });
});
