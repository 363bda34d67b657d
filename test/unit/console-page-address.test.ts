/** Where the page of a plugin may send requests, and where it may lead its reader. */

import { expect, test } from 'vitest';
import { consolePath, ownAddress } from '../../plugins/web/console/pages/view/page-address.ts';

const ORIGIN = 'https://console.example:8443';
const ROUTED = { id: 'crm', route: '/crm/' };
const PLAIN = { id: 'crm', route: null };

test.each([
  ['visits', '/p/crm/visits', '/api/plugins/crm/visits'],
  ['/visits?of=today#x', '/p/crm/visits?of=today#x', '/api/plugins/crm/visits?of=today#x'],
  ['', '/p/crm/', '/api/plugins/crm/'],
  ['?name=a', '/p/crm/?name=a', '/api/plugins/crm/?name=a'],
  ['a/../b', '/p/crm/b', '/api/plugins/crm/b'],
  ['a:b', undefined, undefined],
  ['./a:b', '/p/crm/a:b', '/api/plugins/crm/a:b'],
  ['/api/plugins/crm/page.json', '/api/plugins/crm/page.json', '/api/plugins/crm/page.json'],
  [`${ORIGIN}/api/plugins/crm/x`, '/api/plugins/crm/x', '/api/plugins/crm/x'],
  ['/p/crm/x', '/p/crm/x', '/api/plugins/crm/p/crm/x'],
  ['/p/crm', '/p/crm/p/crm', '/api/plugins/crm/p/crm'],
  ['/p/crmx/y', '/p/crm/p/crmx/y', '/api/plugins/crm/p/crmx/y'],
])('a request for %s goes to %s, without a route to %s', (path, routed, plain) => {
  const expectAt = (plugin: typeof ROUTED | typeof PLAIN, expected: string | undefined): void => {
    if (expected === undefined) expect(() => ownAddress(plugin, path, ORIGIN)).toThrow(TypeError);
    else expect(ownAddress(plugin, path, ORIGIN)).toBe(ORIGIN + expected);
  };
  expectAt(ROUTED, routed);
  expectAt(PLAIN, plain);
});

test.each([
  'https://other.example/p/crm/x',
  'http://console.example:8443/p/crm/x',
  '//other.example/p/crm/x',
  '\\\\other.example/p/crm/x',
  '/\\other.example/p/crm/x',
  `${ORIGIN}@other.example/p/crm/x`,
  `${ORIGIN}/api/users`,
  '../../api/users',
  '..',
  '%2e%2e/%2E./api/users',
  '/p/crm/../other/x',
  '/p/crm/..\\other',
  'data:text/plain,x',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'https://',
])('a request for %s is refused', (path) => {
  expect(() => ownAddress(ROUTED, path, ORIGIN)).toThrow(TypeError);
  // Without a route that is a path of the plugin, below its id.
  if (!path.startsWith('/p/')) expect(() => ownAddress(PLAIN, path, ORIGIN)).toThrow(TypeError);
});

test('a plugin whose route is all paths is asked by its id', () => {
  expect(ownAddress({ id: 'crm', route: '/' }, 'x', ORIGIN)).toBe(`${ORIGIN}/api/plugins/crm/x`);
});

test.each(['/', '/plugins/crm', '/plugins/crm/view?tab=2#top', '/p', '/apiary'])(
  '%s is a path of the console or none',
  (path) => {
    if (path === '/p') expect(() => consolePath(path, ORIGIN)).toThrow(TypeError);
    else expect(consolePath(path, ORIGIN)).toBe(path);
  },
);

test.each([
  '',
  'plugins',
  'https://other.example/',
  '//other.example',
  '/\\other.example',
  '/api/logout',
  '/a/../api/x',
  '/p/crm/',
])('a page leads nobody to %s', (path) => {
  expect(() => consolePath(path, ORIGIN)).toThrow(TypeError);
});
