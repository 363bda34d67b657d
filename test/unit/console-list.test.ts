/** The console's list of plugins: what is kept of messages, and what the filter shows. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LiveStore } from '../../plugins/web/console/live/live-store.ts';
import type { ServerMessage } from '../../plugins/web/console/live/messages.ts';
import { shownPlugins } from '../../plugins/web/console/pages/plugins/plugin-filter.ts';

type Plugin = NonNullable<ServerMessage['plugins']>[number];

function plugin(id: string, more: Partial<Plugin> = {}): Plugin {
  return {
    id,
    name: id.toUpperCase(),
    version: '1.0.0',
    description: '',
    runtime: 'process',
    state: 'running',
    enabled: true,
    wanted: 'up',
    health: 'healthy',
    pid: 7,
    runId: 1,
    since: '2026-01-01T00:00:00Z',
    uptimeMs: 1000,
    restarts: 0,
    nextRestartAt: null,
    reason: '',
    actor: null,
    memoryBytes: null,
    cpuPercent: null,
    linesLost: 0,
    lastCrash: null,
    lastExit: null,
    problems: [],
    dependencies: [],
    neededBy: [],
    groups: [],
    ...more,
  };
}

describe('what comes over the live connection', () => {
  let store: LiveStore;
  /** What components see after all that was told. */
  const seen = () => {
    vi.runAllTimers();
    return store.current();
  };

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    store = new LiveStore();
    store.setLink('open');
    store.apply({ type: 'snapshot', plugins: [plugin('b'), plugin('a')] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is sorted by id, and live', () => {
    expect(seen().plugins?.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(seen()).toMatchObject({ state: 'live', missing: undefined });
  });

  test('is shown once for many changes that come together', () => {
    seen();
    let count = 0;
    store.watch(() => {
      count += 1;
    });
    for (let index = 0; index < 100; index += 1) store.apply({ type: 'plugin', plugin: plugin('a') });
    seen();
    expect(count).toBe(1);
  });

  test('replaces, adds and takes away plugins', () => {
    store.apply({ type: 'plugin', plugin: plugin('a', { state: 'failed' }) });
    store.apply({ type: 'plugin', plugin: plugin('c') });
    store.apply({ type: 'removed', plugin: 'b' });
    expect(seen().plugins?.map(({ id, state }) => `${id} ${state}`)).toEqual(['a failed', 'c running']);
  });

  test('leaves the rows alone that nothing came for', () => {
    const [before] = seen().plugins ?? [];
    store.apply({ type: 'plugin', plugin: plugin('b', { restarts: 3 }) });
    expect(seen().plugins?.[0]).toBe(before);
  });

  test('brings figures of plugins that are known, and of no others', () => {
    store.apply({
      type: 'usage',
      rows: [
        ['a', 1.5, 2048],
        ['ghost', 1, 1],
      ],
    });
    expect(seen().plugins).toMatchObject([{ id: 'a', cpuPercent: 1.5, memoryBytes: 2048 }, { id: 'b' }]);
  });

  test('keeps the begin of a run, whenever its uptime was read', () => {
    vi.setSystemTime(1_005_000);
    store.apply({ type: 'plugin', plugin: plugin('a', { uptimeMs: 5_900 }) });
    expect(seen().plugins?.[0]?.startedAtMs).toBe(999_000);
    store.apply({ type: 'plugin', plugin: plugin('a', { runId: 2, uptimeMs: 0 }) });
    expect(seen().plugins?.[0]?.startedAtMs).toBe(1_005_040);
    store.apply({ type: 'plugin', plugin: plugin('a', { runId: null, uptimeMs: null }) });
    expect(seen().plugins?.[0]?.startedAtMs).toBeNull();
  });

  test('says who is away, and keeps what was known', () => {
    store.apply({ type: 'daemon', isThere: false });
    expect(seen()).toMatchObject({ state: 'away', missing: 'torud', plugins: [{ id: 'a' }, { id: 'b' }] });
    store.apply({ type: 'daemon', isThere: true });
    expect(seen()).toMatchObject({ state: 'live', missing: undefined });
    store.setLink('lost');
    expect(seen()).toMatchObject({ state: 'away', missing: 'web', plugins: [{ id: 'a' }, { id: 'b' }] });
  });
});

describe('the filter', () => {
  const plugins = [
    { ...plugin('crm', { description: 'Customers', groups: ['shop'] }), startedAtMs: 0 },
    { ...plugin('backup', { state: 'stopped', enabled: false }), startedAtMs: null },
    { ...plugin('gateway', { state: 'failed' }), startedAtMs: null },
  ];
  const shown = (words: string, state?: 'failed' | 'running') =>
    shownPlugins(plugins, { words, state }).map(({ id }) => id);

  test('finds words in id, name, description, state, group and whether it is enabled', () => {
    expect(shown('crm')).toEqual(['crm']);
    expect(shown('GATE')).toEqual(['gateway']);
    expect(shown('customers')).toEqual(['crm']);
    expect(shown('@shop')).toEqual(['crm']);
    expect(shown('disabled')).toEqual(['backup']);
    expect(shown('failed')).toEqual(['gateway']);
  });

  test('wants all words, in any order', () => {
    expect(shown('  shop   CRM ')).toEqual(['crm']);
    expect(shown('crm failed')).toEqual([]);
  });

  test('shows one state alone, and everything when nothing is asked for', () => {
    expect(shown('', 'failed')).toEqual(['gateway']);
    expect(shown('crm', 'failed')).toEqual([]);
    expect(shownPlugins(plugins, { words: ' ', state: undefined })).toBe(plugins);
  });
});
