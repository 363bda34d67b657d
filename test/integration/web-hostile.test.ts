/** What strangers may try on the HTTP module: a clear status, and everybody else is served. */

import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { ADMIN, type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;

beforeAll(async () => {
  stage = await PluginStage.open({ 'echo-socket': '' });
  const folder = await writePlugin(stage.paths, {
    id: 'page',
    script: '#!/bin/sh\nexec sleep infinity\n',
    metadata: { bundle: 'front/app.js', icon: 'icon.svg' },
  });
  await stage.call('plugin.scan');
  await writePage(folder);
  await stage.act('enable', 'echo-socket');
  await stage.act('enable', 'page');
  rig = await WebRig.open(stage.paths.controlSocket, { TRUSTED_PROXIES: '127.0.0.9' });
  admin = await rig.signIn();
});

async function writePage(folder: string): Promise<void> {
  await mkdir(join(folder, 'front'));
  await writeFile(join(folder, 'front/app.js'), 'export function mount() {}\n');
  await writeFile(join(folder, 'front/.hidden'), 'secret');
  await writeFile(join(folder, 'icon.svg'), '<svg/>');
  await symlink('/etc/passwd', join(folder, 'front/outside.txt'));
}

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** Sends bytes, and answers with all that comes back until the end. */
async function exchange(bytes: string): Promise<string> {
  const socket = await open();
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

async function open(): Promise<Socket> {
  const socket = connect(rig.port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test.each([
  ['a head of 10 MB', `GET /api/health HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(10_000_000)}\r\n\r\n`, 431],
  ['a request without a host', 'GET /api/health HTTP/1.1\r\n\r\n', 400],
  ['no HTTP at all', '\u0016\u0003\u0001 hello\r\n\r\n', 400],
  [
    'two lengths',
    'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
  ],
  [
    'a length and chunks',
    'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    400,
  ],
  [
    'a dot segment',
    'GET /api/plugins/page/../../users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    400,
  ],
])('%s is refused', async (_what, bytes, status) => {
  const answer = await exchange(bytes);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect((await rig.call('GET', '/api/health')).status).toBe(200);
});

test.each(['%2e%2e/', '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e%252f', '.%2e/', '..%00/'])(
  'nothing outside of a frontend is served by %s',
  async (up) => {
    for (const depth of [1, 2, 4]) {
      for (const file of ['plugin.json', 'run', 'etc/passwd']) {
        const answer = await admin.get(`/api/plugins/page/${up.repeat(depth)}${file}`);
        expect([answer.status, answer.json.code]).toEqual([400, 'usage']);
      }
    }
  },
);

test('a frontend is served with an ETag; hidden files, links and the plugin itself are not', async () => {
  const bundle = await admin.get('/api/plugins/page/bundle.js');
  expect(bundle.text).toContain('mount');
  expect(bundle.headers['content-type']).toMatch(/^text\/javascript/);
  const etag = String(bundle.headers.etag);
  expect((await admin.get('/api/plugins/page/bundle.js', { 'if-none-match': etag })).status).toBe(304);
  expect((await admin.get('/api/plugins/page/app.js')).status).toBe(200);
  expect((await admin.get('/api/plugins/page/icon.svg')).text).toBe('<svg/>');
  for (const name of ['.hidden', 'outside.txt', 'plugin.json', 'run', 'front/app.js', 'none.js']) {
    expect([name, (await admin.get(`/api/plugins/page/${name}`)).status]).toEqual([name, 404]);
  }
  expect((await rig.call('GET', '/api/plugins/page/bundle.js')).status).toBe(401);
  await stage.act('disable', 'page');
  await expect.poll(async () => (await admin.get('/api/plugins/page/bundle.js')).status).toBe(404);
});

test('forged, expired and doubled cookies are nobody', async () => {
  const { cookie = '' } = admin.headers;
  const forged = `${cookie.slice(0, -2)}xx`;
  for (const one of [forged, 'toru-session=', `${cookie}; ${forged}`, `${cookie}'--`]) {
    expect([one, (await rig.call('GET', '/api/session', { headers: { cookie: one } })).status]).toEqual([
      one,
      401,
    ]);
  }
  const headers = { cookie, authorization: 'Bearer toru_wrong' };
  expect((await rig.call('GET', '/api/session', { headers })).status).toBe(401);
});

test('a change from another site is refused, whatever it says', async () => {
  const path = '/api/plugins/echo-socket/restart';
  const foreign: readonly Readonly<Record<string, string>>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: `http://127.0.0.1:${rig.port + 1}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'x-csrf-token': 'a'.repeat(43) },
  ];
  for (const headers of foreign) {
    const answer = await admin.call('POST', path, { headers });
    expect([headers, answer.status]).toEqual([headers, 403]);
  }
  const own = { origin: `http://127.0.0.1:${rig.port}`, 'sec-fetch-site': 'same-origin' };
  expect((await admin.call('POST', path, { headers: own })).status).toBe(200);
  const body = { ...ADMIN };
  const login = await rig.call('POST', '/api/login', { body, headers: { origin: 'http://evil.example' } });
  expect(login.status).toBe(403);
});

test('a WebSocket is opened neither without a login, nor for a page of another origin', async () => {
  const ask = (fields: readonly string[], path = '/api/plugins/echo-socket/ws') =>
    exchange(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${rig.port}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        ...fields,
        '\r\n',
      ].join('\r\n'),
    );
  const cookie = `Cookie: ${admin.headers.cookie}`;
  const own = `Origin: http://127.0.0.1:${rig.port}`;
  expect(await ask([own])).toMatch(/^HTTP\/1\.1 401 /);
  expect(await ask([cookie])).toMatch(/^HTTP\/1\.1 403 /);
  expect(await ask([cookie, 'Origin: http://evil.example'])).toMatch(/^HTTP\/1\.1 403 /);
  expect(await ask([cookie, own], '/api/plugins/nope/ws')).toMatch(/^HTTP\/1\.1 404 /);
  expect(await ask([cookie, own], '/api/plugins/page/../echo-socket/ws')).toMatch(/^HTTP\/1\.1 400 /);
});

test('an upgrade behind a request that is not answered yet ends the connection, and nothing else', async () => {
  const fields = `Host: 127.0.0.1:${rig.port}\r\nCookie: ${admin.headers.cookie}\r\n`;
  const upgrade = `Origin: http://127.0.0.1:${rig.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
  await exchange(
    `GET /api/events HTTP/1.1\r\n${fields}\r\nGET /api/plugins/echo-socket/ws HTTP/1.1\r\n${fields}${upgrade}\r\n`,
  );
  expect((await rig.call('GET', '/api/health')).status).toBe(200);
});

test('fields of a proxy that is not trusted are not believed', async () => {
  const wrong = { username: 'nobody-here', password: 'x' };
  const headers = { 'x-forwarded-for': '198.51.100.7' };
  await rig.call('POST', '/api/login', { body: wrong, headers });
  expect((await admin.get('/api/audit')).text).not.toContain('198.51.100.7');
});

test('who is not signed in cannot tell which plugins there are', async () => {
  const paths = [
    '/api/plugins/echo-socket',
    '/api/plugins/nope',
    '/api/nope',
    '/p/echo',
    '/p/nope',
    '/api/plugins/nope/x',
  ];
  const answers = await Promise.all(paths.map((path) => rig.call('GET', path)));
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
});

test('thousands of idle connections take nobody their place', async () => {
  const sockets: Socket[] = [];
  for (let round = 0; round < 20; round += 1) {
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open()))));
  }
  for (const socket of sockets) socket.on('error', () => undefined);
  expect((await rig.call('GET', '/api/health')).status).toBe(200);
  expect((await admin.get('/api/plugins')).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

test('a body that is cut off harms nobody', async () => {
  const socket = await open();
  socket.write(
    'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"us',
  );
  socket.destroy();
  const large = `{"username":"${'a'.repeat(100_000)}"}`;
  const answer = await rig.call('POST', '/api/login', { raw: large });
  expect([answer.status, answer.json.code]).toEqual([413, 'too_large']);
});

test('guessing a password is slowed down, and the log says who', async () => {
  const body = { username: 'a-guessed', password: 'wrong' };
  const statuses: number[] = [];
  for (let tries = 0; tries < 7; tries += 1) {
    statuses.push((await rig.call('POST', '/api/login', { body })).status);
  }
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  const limited = await rig.call('POST', '/api/login', { body });
  expect(Number(limited.headers['retry-after'])).toBeGreaterThan(800);
  expect(rig.log.join('')).toContain('"a-guessed" from 127.0.0.1');
  expect((await rig.signIn()).headers.cookie).toContain('toru-session=');
});
