/** Small parts of the HTTP module: settings, proxies, cookies, addresses, idle connections. */

import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLog } from '../../plugins/sdk/log.ts';
import { Pattern } from '../../plugins/web/api/follow/pattern.ts';
import { AddressList } from '../../plugins/web/server/address-list.ts';
import { readSessionCookie, sessionCookie } from '../../plugins/web/server/cookie.ts';
import { IdleConnections } from '../../plugins/web/server/idle-connections.ts';
import { pathFault } from '../../plugins/web/server/path-fault.ts';
import { remoteOf } from '../../plugins/web/server/remote.ts';
import { WebLog } from '../../plugins/web/server/web-log.ts';
import { readSettings } from '../../plugins/web/settings.ts';

const GIVEN = { TORU_SOCKET: '/run/toru/plugins/web.sock' };

test('without settings it listens on loopback, and finds the control socket', () => {
  const read = readSettings(GIVEN);
  expect(read.ok && read.value).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    isProduction: false,
    adminName: 'admin',
    controlSocket: '/run/toru/control.sock',
  });
});

test.each([
  ['STEERING_PORT', '65536'],
  ['STEERING_PORT', 'http'],
  ['STEERING_HOST', 'no host'],
  ['PRODUCTION', 'maybe'],
  ['TLS_CERTIFICATE', '/etc/tls.pem'],
  ['TRUSTED_PROXIES', '10.0.0.0/33'],
  ['TRUSTED_PROXIES', 'proxy.example'],
])('%s=%s is refused, and named', (name, value) => {
  const read = readSettings({ ...GIVEN, [name]: value });
  expect(read.ok ? '' : read.failure).toContain(name);
});

function requestFrom(peer: string, headers: Readonly<Record<string, string>>): IncomingMessage {
  return {
    socket: { remoteAddress: peer },
    headers: { host: 'own.example', ...headers },
  } as unknown as IncomingMessage;
}

test('the client is the first address before the trusted proxies, seen from the end', () => {
  const list = AddressList.parse('10.0.0.0/8, 2001:db8::/32 127.0.0.1');
  if (!list.ok) throw new Error(list.failure);
  const addressOf = (peer: string, said: string) =>
    remoteOf(requestFrom(peer, { 'x-forwarded-for': said }), list.value).address;
  expect(addressOf('203.0.113.1', '198.51.100.1')).toBe('203.0.113.1');
  expect(addressOf('10.1.1.1', '198.51.100.1')).toBe('198.51.100.1');
  expect(addressOf('::ffff:10.1.1.1', '1.2.3.4, 198.51.100.1, 10.2.2.2')).toBe('198.51.100.1');
  expect(addressOf('10.1.1.1', 'nonsense, 10.2.2.2')).toBe('10.2.2.2');
  expect(addressOf('10.1.1.1', '')).toBe('10.1.1.1');
  expect(addressOf('2001:db8::1', '[2001:db9::7]:443')).toBe('2001:db9::7');
  const said = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'front.example' };
  expect(remoteOf(requestFrom('10.1.1.1', said), list.value)).toMatchObject({
    protocol: 'https',
    host: 'front.example',
  });
  expect(remoteOf(requestFrom('1.1.1.1', said), list.value)).toMatchObject({
    protocol: 'http',
    host: 'own.example',
  });
});

test('the cookie is kept from scripts and other sites, in production from plain HTTP', () => {
  const secret = 'a'.repeat(43);
  expect(sessionCookie(secret, false, 60)).toBe(
    `toru-session=${secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age=60`,
  );
  expect(sessionCookie(secret, true, 60)).toMatch(/^__Host-toru-session=.*; Secure$/);
  expect(readSessionCookie(`a=1; toru-session=${secret}`, false)).toBe(secret);
  expect(readSessionCookie(`toru-session=${secret}`, true)).toBeUndefined();
  expect(readSessionCookie(`toru-session=${secret}; toru-session=${secret}`, false)).toBeUndefined();
});

test('a path with a dot segment in any encoding is refused, others are not', () => {
  const dots = fc.constantFrom('.', '..', '%2e', '.%2e', '%2E%2e', '%252e.');
  const slash = fc.constantFrom('/', '%2f', '%5C', '%252F');
  fc.assert(
    fc.property(dots, slash, slash, (dot, before, after) => {
      expect(pathFault(`/api/plugins/x${before}${dot}${after}y`)).toBeDefined();
      expect(pathFault(`/api/plugins/x${before}${dot}`)).toBeDefined();
    }),
  );
  for (const path of ['/', '/api/x?a=../b', '/api/plugins/hello/a.b/..c/%20', '/p/x/a%2Fb']) {
    expect([path, pathFault(path)]).toEqual([path, undefined]);
  }
  for (const path of ['http://x/', '*', '/a\\b', '/%zz', '/%', '/a%00', '/ü'])
    expect(pathFault(path)).toBeDefined();
});

test('one idle connection too many ends the one that is idle for longest', () => {
  const idle = new IdleConnections(2);
  const [first, second, third] = [new Socket(), new Socket(), new Socket()];
  for (const socket of [first, second]) idle.add(socket);
  // The first has been asked something meanwhile, and is idle again.
  idle.remove(first);
  idle.add(first);
  idle.add(third);
  expect([first, second, third].map(({ destroyed }) => destroyed)).toEqual([false, true, false]);
  idle.closeAll();
  expect([first.destroyed, third.destroyed, idle.size]).toEqual([true, true, 0]);
});

test('a pattern that takes too long stops matching, others go on', () => {
  const slow = Pattern.parse('^(a+)+$');
  const quick = Pattern.parse('b');
  if (!slow.ok || !quick.ok) throw new Error('no patterns');
  const texts = [`${'a'.repeat(50)}b`];
  expect(slow.value.filter(texts, (text) => text)).toEqual([]);
  expect(slow.value.isTooSlow).toBe(true);
  expect(quick.value.filter(texts, (text) => text)).toEqual(texts);
  expect(Pattern.parse('(').ok).toBe(false);
});

test('a flood in the log is cut, and the cut is said', () => {
  const lines: string[] = [];
  let now = 0;
  const log = new WebLog(
    createLog((line) => void lines.push(line)),
    () => now,
  );
  for (let count = 0; count < 100; count += 1) log.often('refused', `somebody\n${count}`);
  expect(lines).toHaveLength(20);
  expect(lines[0]).toBe('<4>refused: somebody?0\n');
  now += 10_000;
  log.often('refused', 'again');
  expect(lines.slice(20)).toEqual(['<4>refused: 80 more were not logged\n', '<4>refused: again\n']);
});
