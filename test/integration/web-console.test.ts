/** How the console's files are served: to everybody, compressed, to be kept, and nothing else. Needs what `npm run build` made. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { CHECKOUT } from '../rig/programs.ts';
import { WebRig } from '../rig/web-rig.ts';

const FOLDER = join(CHECKOUT, 'dist/plugins/web/console');
const MAX_FIRST_BYTES = 150_000;
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let stage: PluginStage;
let rig: WebRig;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '' });
  rig = await WebRig.open(stage.paths.controlSocket, { CONSOLE_FOLDER: FOLDER });
});
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

const url = (path: string): string => `http://127.0.0.1:${rig.port}${path}`;
const get = (path: string, headers: Readonly<Record<string, string>> = HTML): Promise<Response> =>
  fetch(url(path), { headers, redirect: 'manual' });

/** Names of what the first page loads before anybody has clicked. */
function firstScripts(): readonly string[] {
  const html = readFileSync(join(FOLDER, 'index.html'), 'utf8');
  const found = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? '');
  // The list of plugins is the first page; it comes as a chunk of its own, with what that needs.
  const all = readdirSync(join(FOLDER, 'assets')).filter((name) => name.endsWith('.js'));
  const queue = [
    ...found,
    ...all.filter((name) => name.startsWith('plugins-page')).map((name) => `assets/${name}`),
  ];
  const seen = new Set<string>();
  for (const name of queue) {
    if (seen.has(name)) continue;
    seen.add(name);
    const text = readFileSync(join(FOLDER, name), 'utf8');
    for (const [, other] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g))
      queue.push(`assets/${other}`);
  }
  return [...seen];
}

describe('what was built', () => {
  test('all script that the first page loads is at most 150 kB compressed', () => {
    const scripts = firstScripts();
    expect(scripts.length).toBeGreaterThan(1);
    const sizes = scripts.map((name) => gzipSync(readFileSync(join(FOLDER, name)), { level: 9 }).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MAX_FIRST_BYTES);
  });

  test('no file makes a browser ask another host', () => {
    // Names of XML, addresses in React's messages, and the example of a manual page are no requests.
    const harmless = /^https?:\/\/(www\.w3\.org|react\.dev|127\.0\.0\.1|localhost)\b/;
    const faults = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(js|css|html|svg)$/.test(name))
      .flatMap((name) =>
        [...readFileSync(join(FOLDER, name), 'utf8').matchAll(/https?:\/\/[a-z0-9.-]+\.[a-z]{2,}/gi)]
          .map(([found]) => found)
          .filter((found) => !harmless.test(found))
          .map((found) => `${name}: ${found}`),
      );
    expect(faults).toEqual([]);
  });

  test('no page holds a script or style of its own, as the policy forbids', () => {
    for (const name of ['index.html', 'not-found.html']) {
      const html = readFileSync(join(FOLDER, name), 'utf8');
      expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
    }
  });
});

describe('pages', () => {
  const PAGES = [
    '/',
    '/plugins',
    '/plugins/sleeper',
    '/plugins/sleeper/logs',
    '/plugins/sleeper/crashes/12',
    '/plugins/sleeper/view',
    '/plugins/no-such',
    '/logs',
    '/crashes',
    '/crashes/12',
    '/tasks',
    '/tasks/0197',
    '/system',
    '/users',
    '/sign-in?next=%2Flogs',
  ];

  test.each(PAGES)('%s is the console, for whoever asks for a page', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(await answer.text()).toContain('<div id="root">');
  });

  test('a page is the same for a plugin that is there and for one that is not', async () => {
    const [one, other] = await Promise.all([get('/plugins/sleeper'), get('/plugins/no-such')]);
    expect(await one.text()).toBe(await other.text());
    expect(one.headers.get('etag')).toBe(other.headers.get('etag'));
  });

  test.each([
    '/nonsense',
    '/plugins/a/b/c/d',
    '/assets/none.js',
    '/index.html',
    '/not-found.html',
    '/assets/',
  ])('%s is a page that says that there is nothing', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('There is nothing here');
  });

  test('is shown to whoever takes anything, as curl does', async () => {
    for (const headers of [{ accept: '*/*' }, {}]) {
      const answer = await get('/plugins', headers);
      expect(answer.status).toBe(200);
      expect((await answer.text()).toLowerCase()).toContain('<!doctype html>');
    }
  });

  test('whoever asks for no page gets what he got without a console', async () => {
    for (const path of ['/', '/plugins', '/nonsense']) {
      const answer = await get(path, { accept: 'application/json' });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
  });

  test('the API stays the API, whatever is asked for', async () => {
    for (const path of ['/api', '/api/', '/api/plugins', '/api/nonsense', '/p/none/x']) {
      expect([path, (await get(path)).status]).toEqual([path, 401]);
    }
    const posted = await fetch(url('/plugins'), { method: 'POST', headers: HTML });
    expect(posted.status).toBe(401);
  });

  test('the policy lets nothing in but files of this server', async () => {
    const { headers } = await get('/');
    const policy = headers.get('content-security-policy') ?? '';
    const rules = policy.split('; ');
    expect(rules).toContain("default-src 'none'");
    expect(rules).toContain("script-src 'self'");
    expect(rules).toContain("style-src 'self'");
    expect(rules).toContain("frame-ancestors 'none'");
    expect(rules).toContain("base-uri 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('*');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });
});

describe('files', () => {
  const script = (): string => `/${firstScripts()[0] ?? ''}`;
  const plain = (): Buffer => readFileSync(join(FOLDER, script()));

  test('a file with its content in its name is kept for ever', async () => {
    const answer = await get(script(), { 'accept-encoding': 'identity' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(Buffer.from(await answer.arrayBuffer()).equals(plain())).toBe(true);
  });

  test('it comes in the form that the client takes', async () => {
    const raw = async (coding: string) => {
      const answer = await rig.call('GET', script(), { headers: { 'accept-encoding': coding } });
      return answer.headers;
    };
    expect(await raw('gzip')).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
    expect(await raw('gzip, br')).toMatchObject({ 'content-encoding': 'br' });
    expect((await raw('identity'))['content-encoding']).toBeUndefined();
    const { br, gz } = {
      br: readFileSync(join(FOLDER, `${script()}.br`)),
      gz: readFileSync(join(FOLDER, `${script()}.gz`)),
    };
    expect(brotliDecompressSync(br).equals(plain())).toBe(true);
    expect(gunzipSync(gz).equals(plain())).toBe(true);
  });

  test('each form has a tag of its own, and whoever has it gets nothing but 304', async () => {
    const [one, other] = await Promise.all([
      get('/', { ...HTML, 'accept-encoding': 'gzip' }),
      get('/', { ...HTML, 'accept-encoding': 'identity' }),
    ]);
    const etag = one.headers.get('etag') ?? '';
    expect(etag).not.toBe(other.headers.get('etag'));
    const again = await get('/', { ...HTML, 'accept-encoding': 'gzip', 'if-none-match': `W/${etag}, "x"` });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(etag);
    expect(again.headers.get('cache-control')).toBe('no-cache');
    const wrong = await get('/', { ...HTML, 'accept-encoding': 'identity', 'if-none-match': etag });
    expect(wrong.status).toBe(200);
  });

  test('HEAD is answered as GET is, without the body', async () => {
    const headers = { ...HTML, 'accept-encoding': 'gzip' };
    const head = await fetch(url('/'), { method: 'HEAD', headers });
    const whole = await fetch(url('/'), { headers });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(head.headers.get('etag')).toBe(whole.headers.get('etag'));
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  });

  test('a compressed form has no address of its own', async () => {
    expect((await get(`${script()}.gz`)).status).toBe(404);
    expect((await get(`${script()}.br`, { accept: '*/*' })).status).toBe(401);
  });

  test.each([
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/assets/..%2findex.html',
    '/assets/%252e%252e/web.cjs',
    '/assets/..%5cweb.cjs',
    '/../web.cjs',
    '/%2e%2e%2fweb.cjs',
    '/assets//../../web.cjs',
    '/.%2e/plugin.json',
    '/assets/%00',
  ])('%s leads nowhere', async (path) => {
    const { status, text } = await rig.call('GET', path, { headers: HTML });
    expect(status).toBe(400);
    expect(text).not.toContain('root');
  });

  test.each([
    '/web.cjs',
    '/plugin.json',
    '/assets/..',
    '/console',
    '/assets/%2fetc%2fpasswd',
    '//etc/passwd',
  ])('%s is no file of the console', async (path) => {
    const { status } = await rig.call('GET', path, { headers: HTML });
    expect([400, 404]).toContain(status);
  });
});

test('without the files there is no console, and the API works', async () => {
  await using bare = await WebRig.open(stage.paths.controlSocket, { CONSOLE_FOLDER: '/nonexistent' });
  expect((await fetch(`http://127.0.0.1:${bare.port}/`, { headers: HTML })).status).toBe(401);
  expect((await fetch(`http://127.0.0.1:${bare.port}/api/health`)).status).toBe(200);
});
