/** Which plugin a path belongs to. */

import { describe, expect, it } from 'vitest';
import { isFitPath, pathOf } from '../../plugins/web/forward/request-path.ts';
import { RouteTable } from '../../plugins/web/forward/route-table.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { watchedPlugin } from '../rig/forward-rig.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');

function tableOf(...plugins: readonly PluginStatus[]): RouteTable {
  const table = new RouteTable(() => NOW);
  table.apply({ kind: 'snapshot', plugins });
  return table;
}

const weather = (more: Partial<PluginStatus> = {}) =>
  watchedPlugin('weather', { route: '/weather', socket: '/run/weather.sock' }, more);

describe('by route', () => {
  it.each([
    ['/weather', '/weather'],
    ['/weather/', '/weather/'],
    ['/weather/today?in=Rome', '/weather/today?in=Rome'],
    ['/weather?a', '/weather?a'],
  ])('%s belongs to /weather, and the plugin gets %s', (rest, path) => {
    expect(tableOf(weather()).matchRoute('/p', rest)).toEqual({
      kind: 'target',
      target: {
        id: 'weather',
        runId: 1,
        socket: '/run/weather.sock',
        httpSocket: null,
        path,
        prefix: '/p/weather',
      },
    });
  });

  it.each(['', '/', '/weathervane', '/other/weather', '//weather'])('%j belongs to nobody', (rest) => {
    expect(tableOf(weather()).matchRoute('/p', rest)).toEqual({ kind: 'none' });
  });

  it('the longest route wins, whole segments alone', () => {
    const table = tableOf(
      watchedPlugin('a', { route: '/a', socket: '/a' }),
      watchedPlugin('b', { route: '/a/b/', socket: '/b' }),
    );
    const idOf = (rest: string) => {
      const match = table.matchRoute('/p', rest);
      return match.kind === 'target' ? match.target.id : match.kind;
    };
    expect(['/a', '/a/bc', '/a/b', '/a/b/c', '/a/x/b'].map(idOf)).toEqual(['a', 'a', 'b', 'b', 'a']);
  });

  it('of two with one route the enabled one has it, then the first by id', () => {
    const table = tableOf(
      watchedPlugin('one', { route: '/x', socket: '/1' }, { enabled: false }),
      watchedPlugin('two', { route: '/x', socket: '/2' }),
      watchedPlugin('three', { route: '/x', socket: '/3' }),
    );
    expect(table.matchRoute('/p', '/x')).toMatchObject({ target: { id: 'three' } });
  });

  it('routes come and go with the plugins', () => {
    const table = tableOf();
    expect(table.matchRoute('/p', '/weather').kind).toBe('none');
    table.apply({ kind: 'plugin', plugin: weather() });
    expect(table.matchRoute('/p', '/weather').kind).toBe('target');
    table.apply({
      kind: 'plugin',
      plugin: watchedPlugin('weather', { route: '/climate', socket: '/run/weather.sock' }),
    });
    expect(table.matchRoute('/p', '/weather').kind).toBe('none');
    expect(table.matchRoute('/p', '/climate').kind).toBe('target');
    table.apply({ kind: 'removed', id: 'weather' });
    expect(table.matchRoute('/p', '/climate').kind).toBe('none');
  });
});

describe('by id', () => {
  it('the plugin gets its route in the place of what the server has', () => {
    expect(tableOf(weather()).matchId('weather', '/today?x=1')).toMatchObject({
      target: { path: '/weather/today?x=1', prefix: '/api/plugins/weather' },
    });
    const bare = tableOf(watchedPlugin('bare', { socket: '/s' }));
    expect(bare.matchId('bare', '?x')).toMatchObject({ target: { path: '/?x' } });
  });

  it('nobody has what there is not, and what takes no HTTP', () => {
    const { http: _, ...silent } = watchedPlugin('silent', {});
    const table = tableOf(silent);
    expect([table.matchId('silent', ''), table.matchId('other', '')]).toEqual([
      { kind: 'none' },
      { kind: 'none' },
    ]);
  });
});

describe('a plugin that does not run', () => {
  it('is as good as none when it is disabled, whatever it does', () => {
    expect(tableOf(weather({ enabled: false })).matchId('weather', '').kind).toBe('none');
  });

  it.each([
    ['starting', null, 1],
    ['stopping', null, 2],
    ['backoff', '2026-01-01T00:00:07.500000Z', 8],
    ['backoff', '2025-12-31T00:00:00.000000Z', 1],
    ['backoff', '2026-01-02T00:00:00.000000Z', 300],
    ['waiting', null, 5],
    ['stopped', null, 30],
    ['failed', null, 30],
  ] as const)('%s (next start %s) is asked again after %i s', (state, nextRestartAt, retryAfterSeconds) => {
    const table = tableOf(weather({ state, nextRestartAt, runId: null }));
    expect(table.matchRoute('/p', '/weather')).toEqual({ kind: 'away', id: 'weather', retryAfterSeconds });
  });
});

describe('a path', () => {
  it.each([
    '/weather/..',
    '/weather/../admin',
    '/weather/./x',
    '/weather/%2e%2e/admin',
    '/weather/%2E./admin',
    '/weather/.%2e',
    '/weather%2f..%2fadmin',
    '/weather%5c..%5cadmin',
    '/weather\\..\\admin',
    '/weather/%252e%252e/admin',
    '/weather/%25252e%25252e/admin',
    '/weather/%00',
    '/weather/%2500',
    '/weather/a%0d%0ab',
    '/weather/%',
    '/weather/%zz',
    '/weather/a b',
    '/weather/a#b',
    '/weather/\u0000',
    '/weather?a b',
    '/weather?a#b',
    'weather',
  ])('%j is refused', (rest) => {
    expect(tableOf(weather()).matchRoute('/p', rest)).toEqual({ kind: 'bad-path' });
    expect(tableOf(weather()).matchId('weather', rest)).toEqual({ kind: 'bad-path' });
  });

  it.each(['/a.b/..c/d../...', '/%C3%BC', '/a%2Fb', '/100%25', '/~x/$&+,;=:@', '/a//b', '/%FF', '/x%20y'])(
    '%s goes through as it stands',
    (path) => {
      expect(isFitPath(path)).toBe(true);
    },
  );

  it('is looked at in a time that grows with its length, whatever it is made of', () => {
    const from = performance.now();
    for (const unit of ['/.a', '/..', '%2e', '%25', '\\', 'a.']) isFitPath(`/${unit.repeat(20_000)}`);
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  it('is found in each form of a request target that names one', () => {
    expect(['/a?b', 'http://x/a?b', 'HTTPS://x', 'http://x?b', '*', 'x:80'].map(pathOf)).toEqual([
      '/a?b',
      '/a?b',
      '/',
      '/?b',
      undefined,
      undefined,
    ]);
  });
});
