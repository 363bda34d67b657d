/** HTTPS: both versions of HTTP, and a certificate that is renewed while the server runs. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { ADMIN, WebRig } from '../rig/web-rig.ts';

const run = promisify(execFile);

let stage: PluginStage;
let rig: WebRig;
let folder: string;

async function makeCertificate(name: string): Promise<void> {
  const [key, certificate] = [join(folder, 'new.key'), join(folder, 'new.pem')];
  const what = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [...what, '-keyout', key, '-out', certificate, '-days', '2', '-subj', `/CN=${name}`]);
  await rename(key, join(folder, 'tls.key'));
  await rename(certificate, join(folder, 'tls.pem'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toru-tls-'));
  await makeCertificate('first.example');
  stage = await PluginStage.open({ 'echo-socket': '' });
  await stage.act('enable', 'echo-socket');
  const env = {
    TLS_CERTIFICATE: join(folder, 'tls.pem'),
    TLS_KEY: join(folder, 'tls.key'),
    PRODUCTION: 'true',
    CONSOLE_FOLDER: join(CHECKOUT, 'dist/plugins/web/console'),
  };
  rig = await WebRig.open(stage.paths.controlSocket, env);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Name in the certificate that a new connection gets. */
async function nameOfCertificate(): Promise<string> {
  const socket = connectTls({ port: rig.port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

async function overHttp2(headers: Readonly<Record<string, string>>, body = ''): Promise<Answer> {
  const session = connectHttp2(`https://127.0.0.1:${rig.port}`, { rejectUnauthorized: false });
  const stream = session.request(headers);
  if (headers[':method'] === 'POST') stream.end(body);
  const [answered] = await once(stream, 'response');
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) text += piece;
  session.close();
  return { status: answered[':status'], headers: answered, text };
}

test('HTTP/1.1 over TLS is served', async () => {
  const outgoing = request({
    port: rig.port,
    host: '127.0.0.1',
    path: '/api/health',
    rejectUnauthorized: false,
  });
  outgoing.end();
  const [incoming] = await once(outgoing, 'response');
  incoming.resume();
  expect(incoming.statusCode).toBe(200);
});

test('HTTP/2 is served: sign in, a question, a change, a refusal, a plugin', async () => {
  const post = { ':method': 'POST', 'content-type': 'application/json' };
  const signed = await overHttp2({ ...post, ':path': '/api/login' }, JSON.stringify(ADMIN));
  expect(signed.status).toBe(200);
  const [set = ''] = signed.headers['set-cookie'] as readonly string[];
  expect(set).toMatch(/^__Host-toru-session=.*; HttpOnly; SameSite=Lax; .*; Secure$/);
  const cookie = set.split(';')[0] ?? '';
  const csrf = String(JSON.parse(signed.text).csrfToken);
  const listed = await overHttp2({ ':path': '/api/plugins', cookie });
  expect(listed.text).toContain('echo-socket');
  const change = { ...post, ':path': '/api/plugins/echo-socket/restart', cookie };
  expect((await overHttp2(change)).status).toBe(403);
  const origin = `https://127.0.0.1:${rig.port}`;
  expect((await overHttp2({ ...change, 'x-csrf-token': csrf, origin })).status).toBe(200);
  expect((await overHttp2({ ':path': '/api/plugins/../users', cookie })).status).toBe(400);
  const large = await overHttp2({ ...post, ':path': '/api/login' }, 'x'.repeat(100_000));
  expect(large.status).toBe(413);
  const forwarded = await overHttp2({ ':path': '/api/plugins/echo-socket/some/path', cookie });
  expect([forwarded.status, forwarded.text.includes('/some/path')]).toEqual([200, true]);
});

test('the console is served over HTTP/2, compressed, and not sent again to who has it', async () => {
  const wanted = { ':path': '/', accept: 'text/html', 'accept-encoding': 'identity' };
  const page = await overHttp2(wanted);
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<div id="root">') });
  expect(await overHttp2({ ...wanted, 'if-none-match': String(page.headers.etag) })).toMatchObject({
    status: 304,
    text: '',
  });
  const [, script = ''] = /src="([^"]+\.js)"/.exec(page.text) ?? [];
  const served = await overHttp2({ ':path': script, 'accept-encoding': 'br' });
  expect(served).toMatchObject({ status: 200, headers: { 'content-encoding': 'br' } });
  expect(await overHttp2({ ':path': '/nonsense', accept: 'text/html' })).toMatchObject({ status: 404 });
});

test('logs are followed over HTTP/2', async () => {
  const post = { ':method': 'POST', ':path': '/api/login', 'content-type': 'application/json' };
  const signed = await overHttp2(post, JSON.stringify(ADMIN));
  const [set = ''] = signed.headers['set-cookie'] as readonly string[];
  const session = connectHttp2(`https://127.0.0.1:${rig.port}`, { rejectUnauthorized: false });
  const stream = session.request({ ':path': '/api/events?limit=1', cookie: set.split(';')[0] ?? '' });
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) {
    text += piece;
    if (text.includes('data: {')) break;
  }
  session.destroy();
  expect(text).toContain('"plugin":"echo-socket"');
});

test('a renewed certificate is taken, and a broken one is not', async () => {
  expect(await nameOfCertificate()).toBe('first.example');
  await makeCertificate('second.example');
  await expect.poll(nameOfCertificate, { timeout: 10_000 }).toBe('second.example');
  await writeFile(join(folder, 'tls.pem'), 'no certificate');
  await expect.poll(() => rig.log.join(''), { timeout: 10_000 }).toContain('the certificate stays as it was');
  expect(await nameOfCertificate()).toBe('second.example');
});

test('a certificate that is none is refused at start, with the file', async () => {
  const env = { TLS_CERTIFICATE: join(folder, 'none.pem'), TLS_KEY: join(folder, 'tls.key') };
  await expect(WebRig.open(stage.paths.controlSocket, env)).rejects.toThrow('none.pem');
});

test('the log says who broke a connection of HTTP/2', async () => {
  const socket = connectTls({
    port: rig.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: ['h2'],
  });
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nthis is no frame of HTTP/2 at all, whoever reads it');
  await expect
    .poll(() => rig.log.filter((line) => line.includes('broken connection')), { timeout: 20_000 })
    .toEqual([expect.stringContaining('broken connection: 127.0.0.1: ')]);
  socket.destroy();
});
