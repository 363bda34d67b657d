/** The file of users held by another process: who reads is served, who changes something is told so, nobody waits long. */

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { ADMIN, WebRig } from '../rig/web-rig.ts';
import { WebSocketRig } from '../rig/web-socket.ts';

let stage: PluginStage;
let rig: WebRig;

beforeAll(async () => {
  stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('enable', 'echo-socket');
  rig = await WebRig.open(stage.paths.controlSocket);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** Holds the file as `BEGIN IMMEDIATE` does, with all sessions last used a while ago: their use is due to be noted. */
function hold(): Disposable & { readonly database: DatabaseSync } {
  const database = new DatabaseSync(rig.databaseFile);
  database.exec('UPDATE sessions SET last_seen_at = last_seen_at - 120000');
  database.exec('BEGIN IMMEDIATE');
  return { database, [Symbol.dispose]: () => database.close() };
}

test('who reads is served while the file is locked, by the API, by a plugin, and over a WebSocket', async () => {
  const [admin, other] = [await rig.signIn(), await rig.signIn()];
  while ((await admin.get('/p/echo-socket/x')).status !== 200)
    await stage.untilState('echo-socket', 'running');
  using _lock = hold();
  expect((await admin.get('/api/plugins')).status).toBe(200);
  expect((await other.get('/p/echo-socket/x')).status).toBe(200);
  const { cookie = '' } = other.headers;
  await using socket = await WebSocketRig.open(rig.port, { cookie });
  socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
  await socket.until(({ type }) => type === 'snapshot');
  expect((await rig.call('GET', '/api/health')).status).toBe(200);
  expect(rig.log.filter((line) => line.includes('is not noted'))).toHaveLength(1);
});

test('a change is refused with 503 while the file is locked, and done when it is free again', async () => {
  const admin = await rig.signIn();
  const user = { name: 'ann', password: 'a password of ann', role: 'view' };
  {
    using _lock = hold();
    for (const answer of [
      await rig.call('POST', '/api/login', { body: ADMIN }),
      await admin.post('/api/users', user),
    ]) {
      expect([answer.status, answer.json.code, answer.headers['retry-after']]).toEqual([
        503,
        'unavailable',
        '2',
      ]);
      expect(answer.json.detail).toContain('another process holds it');
    }
  }
  expect((await admin.post('/api/users', user)).status).toBe(201);
});

test('what was changed elsewhere than in the file is done, and its entry for the audit is in the log', async () => {
  const admin = await rig.signIn();
  using _lock = hold();
  expect((await admin.post('/api/plugins/echo-socket/stop')).status).toBe(200);
  expect(rig.log.some((line) => line.includes('not in the audit: admin from 127.0.0.1: plugin.stop'))).toBe(
    true,
  );
});

test('a session that was ended while the file was locked has ended, and is gone when the file is free', async () => {
  const admin = await rig.signIn();
  expect((await admin.get('/api/session')).status).toBe(200);
  const count = (database: DatabaseSync) =>
    database.prepare('SELECT count(*) AS count FROM sessions').get()?.count;
  let before: unknown;
  {
    using lock = hold();
    before = count(lock.database);
    const answer = await admin.post('/api/logout');
    expect([answer.status, answer.json.code]).toEqual([503, 'unavailable']);
    expect(String(answer.headers['set-cookie'])).toContain('Max-Age=0');
    expect((await admin.get('/api/session')).status).toBe(401);
    expect(count(lock.database)).toBe(before);
  }
  expect((await admin.get('/api/session')).status).toBe(401);
  await rig.signIn();
  using lock = hold();
  expect(count(lock.database)).toBe(before);
});

test('an error that nobody thought of ends its own request or WebSocket, and not the process', async () => {
  const admin = await rig.signIn();
  await stage.act('start', 'echo-socket');
  while ((await admin.get('/p/echo-socket/x')).status !== 200)
    await stage.untilState('echo-socket', 'running');
  const { cookie = '' } = admin.headers;
  await using socket = await WebSocketRig.open(rig.port, { cookie });
  using database = new DatabaseSync(rig.databaseFile);
  database.exec('ALTER TABLE sessions RENAME TO away');
  // What another process has changed is noticed a moment later.
  await expect.poll(async () => (await admin.get('/api/plugins')).status, { timeout: 20_000 }).toBe(500);
  expect((await admin.get('/p/echo-socket/x')).status).toBe(500);
  for (const path of ['/api/ws', '/p/echo-socket/ws'])
    await expect(WebSocketRig.open(rig.port, { cookie }, path)).rejects.toThrow('refused with 500');
  socket.send({ type: 'subscribe', id: 'p', topic: 'plugins' });
  expect((await socket.closed()).code).toBe(3000);
  database.exec('ALTER TABLE away RENAME TO sessions');
  await expect.poll(async () => (await admin.get('/api/plugins')).status, { timeout: 20_000 }).toBe(200);
});
