/** Plugins behind the whole web plugin: who may ask them, and what they get to know. */

import { chmod, copyFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundlePlugin } from '../rig/plugin-bundle.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { RawHttp } from '../rig/raw-http.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

beforeAll(async () => {
  stage = await PluginStage.make();
  const hello = join(stage.paths.pluginFolder, 'hello');
  await cp(join(CHECKOUT, 'plugins/hello/plugin.json'), join(hello, 'plugin.json'));
  await bundlePlugin('plugins/hello/hello.ts', join(hello, 'hello.cjs'));
  await addAnswers(join(stage.paths.pluginFolder, 'answers'));
  await stage.rig.start();
  await stage.act('enable', 'hello');
  await stage.act('enable', 'answers');
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  for (const path of ['/p/hello/visits', '/p/answers/user'])
    while ((await admin.get(path)).status !== 200) await stage.untilState('hello', 'running');
});

/** The plugin of test/fixtures/web, with its HTTP socket. */
async function addAnswers(folder: string): Promise<void> {
  await bundlePlugin('plugins/sdk/index.ts', join(folder, 'sdk.cjs'));
  await copyFile(join(CHECKOUT, 'test/fixtures/web/answers.cjs'), join(folder, 'answers.cjs'));
  await chmod(join(folder, 'answers.cjs'), 0o755);
  const more = { command: ['answers.cjs'], route: '/answers', http_socket: true };
  const manifest = { id: 'answers', name: 'Answers', version: '1.0.0', ...more };
  await writeFile(join(folder, 'plugin.json'), JSON.stringify(manifest));
}

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

test('a plugin is reached by its route and by its id, and greets who is signed in', async () => {
  expect((await admin.get('/p/hello')).text).toMatch(/^Hello, admin\. You are visitor \d+\.\n$/);
  const [route, id] = await Promise.all([
    admin.get('/api/plugins/route/hello/visits'),
    admin.get('/api/plugins/hello/visits'),
  ]);
  expect([route.status, id.text]).toEqual([200, route.text]);
});

test('no plugin gets its service worker into the browser, by route, id, or file', async () => {
  for (const path of [
    '/p/hello',
    '/api/plugins/route/hello/visits',
    '/api/plugins/hello/visits',
    '/api/plugins/hello/bundle.js',
  ]) {
    const answer = await admin.get(path, { 'service-worker': 'script' });
    expect([path, answer.status, answer.json.code]).toEqual([path, 403, 'denied']);
  }
});

test('nobody reaches it who is not signed in, nor without the role, nor by a forged post', async () => {
  for (const path of ['/p/hello', '/api/plugins/route/hello', '/api/plugins/hello/visits'])
    expect((await rig.call('GET', path)).status).toBe(401);
  const viewer = await rig.signInAs(admin, 'view');
  expect((await viewer.get('/p/hello')).text).toMatch(/^Hello, a-view\. /);
  expect((await viewer.post('/p/hello/visits')).status).toBe(403);
  const { cookie = '' } = admin.headers;
  expect((await rig.call('POST', '/p/hello/visits', { headers: { cookie } })).status).toBe(403);
  expect((await admin.post('/p/hello/visits')).status).toBe(200);
});

test('what was signed out reaches it no more, from one request to the next', async () => {
  const leaving = await rig.signIn();
  expect((await leaving.get('/p/hello/visits')).status).toBe(200);
  expect((await leaving.post('/api/logout')).status).toBeLessThan(300);
  expect((await leaving.get('/p/hello/visits')).status).toBe(401);
});

test.each(['/p/hello/../web', '/p/hello/%2e%2e/web', '/p/hello%2f..%2fweb', '/p/hello/%00', '/p/hello/%'])(
  '%s is refused before any plugin hears of it',
  async (path) => {
    using client = await RawHttp.open(
      rig.port,
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${rig.port}\r\ncookie: ${admin.headers.cookie}\r\n\r\n`,
    );
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 /);
  },
);

test('a plugin with an HTTP socket learns who is signed in, and none of the proofs of it', async () => {
  expect((await admin.get('/p/answers/user')).text).toBe('{"name":"admin","role":"admin"}');
  const sent = {
    raw: 'x'.repeat(5_000_000),
    headers: { 'content-type': 'text/plain', 'x-toru-user': 'root' },
  };
  const { text } = await admin.call('POST', '/api/plugins/answers/echo', sent);
  const json = JSON.parse(text) as { headers: Record<string, string> };
  expect(json).toMatchObject({ target: '/answers/echo', body: { length: 5_000_000 } });
  const seen = JSON.stringify(json.headers);
  expect(seen).toContain('"x-toru-user":"admin"');
  expect(json.headers).not.toHaveProperty('cookie');
  expect(json.headers).not.toHaveProperty('x-csrf-token');
});

const upgrade = (origin: string, who = admin, path = '/p/answers/ws') =>
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${rig.port}\r\ncookie: ${who.headers.cookie}\r\norigin: ${origin}\r\n` +
  'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

test('a WebSocket goes through for a page of ours', async () => {
  using client = await RawHttp.open(rig.port, upgrade(`http://127.0.0.1:${rig.port}`));
  await client.until(/101 Switching Protocols[\s\S]*\r\n\r\n/);
  client.write('bytes');
  await client.until(/bytes$/);
});

test('a WebSocket of a foreign page is refused', async () => {
  using client = await RawHttp.open(rig.port, upgrade('http://evil.example'));
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 403 /);
});

test('a WebSocket to a plugin takes the role operate', async () => {
  const viewer = await rig.signIn({ username: 'a-view', password: 'the password of view' });
  using client = await RawHttp.open(rig.port, upgrade(`http://127.0.0.1:${rig.port}`, viewer));
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 403 [\s\S]*takes the role operate/);
});

test('what lasts ends when its session does, a WebSocket as well as a stream', async () => {
  const leaving = await rig.signIn();
  using socket = await RawHttp.open(rig.port, upgrade(`http://127.0.0.1:${rig.port}`, leaving));
  await socket.until(/101 Switching Protocols[\s\S]*\r\n\r\n/);
  using stream = await RawHttp.open(
    rig.port,
    `GET /p/answers/events HTTP/1.1\r\nhost: x\r\ncookie: ${leaving.headers.cookie}\r\n\r\n`,
  );
  await stream.until(/HTTP\/1\.1 200 /);
  using staying = await RawHttp.open(rig.port, upgrade(`http://127.0.0.1:${rig.port}`));
  await staying.until(/101 Switching Protocols[\s\S]*\r\n\r\n/);
  expect((await leaving.post('/api/logout')).status).toBe(204);
  await Promise.all([socket.closed, stream.closed]);
  staying.write('bytes');
  await staying.until(/bytes$/);
});

test('an upgrade to a plugin that is stopped says when to come back', async () => {
  await stage.act('stop', 'answers');
  const path = '/p/answers/ws';
  let text = '';
  while (!text.startsWith('HTTP/1.1 503')) {
    using client = await RawHttp.open(rig.port, upgrade(`http://127.0.0.1:${rig.port}`, admin, path));
    await client.until(/^HTTP\/1\.1 \d/);
    if (!client.text.startsWith('HTTP/1.1 101')) await client.closed;
    text = client.text;
  }
  expect(text).toMatch(/\r\nretry-after: \d+\r\n/i);
});

test('while torud has not said which plugins there are, none is missing', async () => {
  await using early = await WebRig.open(join(stage.paths.pluginFolder, 'no-socket'));
  const user = await early.signIn();
  const answer = await user.get('/p/hello/visits');
  expect([answer.status, answer.json.code, answer.headers['retry-after']]).toEqual([503, 'unavailable', '2']);
});

test('a plugin that is disabled is not there, and one that is stopped is away', async () => {
  await stage.act('stop', 'hello');
  let answer = await admin.get('/p/hello/visits');
  while (answer.status === 200) answer = await admin.get('/p/hello/visits');
  expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([503, true]);
  await stage.act('disable', 'hello');
  while (answer.status === 503) answer = await admin.get('/p/hello/visits');
  expect(answer.status).toBe(404);
});
