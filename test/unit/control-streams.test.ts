/** The streams of plugins and events: no gap, nothing twice, nothing that grows. */

import { expect, test } from 'vitest';
import { EventBus } from '../../src/daemon/base/event-bus.ts';
import type { Caller } from '../../src/daemon/control/access.ts';
import { makeEventHandlers } from '../../src/daemon/control/handlers/events.ts';
import { Reader } from '../../src/daemon/control/handlers/reader.ts';
import { makeWatchHandlers } from '../../src/daemon/control/handlers/watch.ts';
import type { EventType, PluginEvent } from '../../src/protocol/control/events.ts';
import { success } from '../../src/protocol/result.ts';
import { FakeSupervisor } from '../rig/fake-supervisor.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const CALLER: Caller = { role: 'admin', actor: { kind: 'user', uid: 0, gid: 0, pid: 1, name: 'root' } };

const reader = new Reader({ read: (work) => success(work()) });

function watchRig() {
  const supervisor = new FakeSupervisor();
  const bus = new EventBus();
  const clock = new VirtualClock();
  const controller = new AbortController();
  const watch = makeWatchHandlers({ supervisor, bus, clock })['plugin.watch'];
  return { supervisor, bus, clock, controller, watch };
}

test('a watch with usageEveryMs gives figures at once, again at its pace, and only those that changed', async () => {
  const { supervisor, clock, controller, watch } = watchRig();
  let memoryBytes = 100;
  const row = supervisor.compactRow;
  supervisor.compactRow = (id) => {
    const of = row(id);
    return of && ([...of.slice(0, 7), 1.5, id === 'web' ? memoryBytes : 7, id] as unknown as typeof of);
  };
  const items = watch({ names: ['web', 'db'], usageEveryMs: 1000 }, CALLER, controller.signal);
  expect((await items.next()).value).toMatchObject({ kind: 'snapshot' });
  expect((await items.next()).value).toMatchObject({
    kind: 'usage',
    rows: [
      ['db', 1.5, 7],
      ['web', 1.5, 100],
    ],
    host: { load: expect.any(Number), memoryTotalBytes: expect.any(Number) },
  });
  const next = items.next();
  memoryBytes = 200;
  clock.advance(1000);
  expect((await next).value).toMatchObject({ kind: 'usage', rows: [['web', 1.5, 200]] });
  const last = items.next();
  controller.abort();
  expect(await last).toEqual({ done: true, value: success({}) });
  expect(clock.timerCount).toBe(0);
});

test('a watch with usageEveryMs tells of processors and full disks, and asks the disks seldom', async () => {
  const { supervisor, bus, clock, controller } = watchRig();
  let asked = 0;
  const disk = { device: '/dev/vda', type: 'ext4', totalBytes: 100, usedBytes: 95, availableBytes: 5 };
  const host = {
    cpuPercent: () => 12.5,
    readDisks: async () => {
      asked += 1;
      return [{ ...disk, mount: '/srv' }];
    },
  };
  const watch = makeWatchHandlers({ supervisor, bus, clock, host })['plugin.watch'];
  const items = watch({ names: ['web'], usageEveryMs: 1000 }, CALLER, controller.signal);
  await items.next();
  expect((await items.next()).value).toMatchObject({ host: { cpuPercent: 12.5 } });
  for (let second = 1; second <= 10; second += 1) {
    const next = items.next();
    await clock.advanceAsync(1000);
    expect((await next).value).toMatchObject({
      host: { fullDisks: [{ mount: '/srv', usedPercent: 95 }] },
    });
    expect(asked).toBe(second < 10 ? 1 : 2);
  }
  controller.abort();
  await items.next();
  expect(clock.timerCount).toBe(0);
});

test('a watch begins with a snapshot, and a change in between is not lost', async () => {
  const { supervisor, bus, controller, watch } = watchRig();
  const items = watch({ names: ['web', 'db'] }, CALLER, controller.signal);
  expect((await items.next()).value).toMatchObject({
    kind: 'snapshot',
    plugins: [{ id: 'web' }, { id: 'db' }],
  });
  supervisor.states.set('db', 'starting');
  bus.publish('plugin-changed', { id: 'db' });
  bus.publish('plugin-changed', { id: 'api' });
  expect((await items.next()).value).toEqual({
    kind: 'plugin',
    plugin: expect.objectContaining({ id: 'db', state: 'starting' }),
  });
  const next = items.next();
  bus.publish('plugin-changed', { id: 'web' });
  expect((await next).value).toMatchObject({ kind: 'plugin', plugin: { id: 'web' } });
  const last = items.next();
  controller.abort();
  expect(await last).toEqual({ done: true, value: success({}) });
});

test('a slow watcher gets the newest state of each plugin once, and is told that it was cut', async () => {
  const { supervisor, bus, controller, watch } = watchRig();
  const items = watch({}, CALLER, controller.signal);
  await items.next();
  for (const state of ['starting', 'running', 'stopping', 'stopped'] as const) {
    supervisor.states.set('web', state);
    bus.publish('plugin-changed', { id: 'web' });
  }
  bus.publish('plugin-changed', { id: 'api' });
  expect((await items.next()).value).toMatchObject({ plugin: { id: 'web', state: 'stopped' }, isCut: true });
  expect((await items.next()).value).not.toHaveProperty('isCut');
});

test('a watcher hears of plugins that go, and of later ones that its pattern matches', async () => {
  const { supervisor, bus, controller, watch } = watchRig();
  const items = watch({ names: ['web*'] }, CALLER, controller.signal);
  await items.next();
  supervisor.states.set('web-2', 'stopped');
  bus.publish('plugin-changed', { id: 'web-2' });
  expect((await items.next()).value).toMatchObject({ kind: 'plugin', plugin: { id: 'web-2' } });
  supervisor.states.delete('web-2');
  bus.publish('plugin-removed', { id: 'web-2' });
  expect((await items.next()).value).toEqual({ kind: 'removed', id: 'web-2' });
});

test('a watch of a plugin that does not exist is not_found', async () => {
  const { controller, watch } = watchRig();
  expect(await watch({ names: ['x'] }, CALLER, controller.signal).next()).toMatchObject({
    done: true,
    value: { failure: { code: 'not_found', name: 'x' } },
  });
});

function eventRig(count: number) {
  const events: PluginEvent[] = [];
  const bus = new EventBus();
  const append = (plugin: string, type: EventType = 'started'): void => {
    const id = (events.at(-1)?.id ?? 0) + 1;
    const event = {
      id,
      at: '2026-01-01T00:00:00.000000Z',
      plugin,
      type,
      reason: '',
      actor: null,
      details: {},
    };
    events.push(event);
    bus.publish('event-written', event);
  };
  for (let index = 0; index < count; index++) append(index % 2 === 0 ? 'web' : 'db');
  const source = {
    read: ({
      plugins,
      types,
      afterId,
      beforeId = Number.POSITIVE_INFINITY,
      limit = 1000,
    }: {
      plugins?: readonly string[];
      types?: readonly EventType[];
      afterId?: number;
      beforeId?: number;
      limit?: number;
    }) => {
      const found = events.filter(
        (event) =>
          (plugins === undefined || plugins.includes(event.plugin ?? '')) &&
          (types === undefined || types.includes(event.type)) &&
          event.id > (afterId ?? 0) &&
          event.id < beforeId,
      );
      return afterId === undefined ? found.slice(-limit) : found.slice(0, limit);
    },
    lastId: () => events.at(-1)?.id ?? 0,
  };
  const handlers = makeEventHandlers({ events: source, reader, bus, ids: () => ['db', 'web'] });
  const controller = new AbortController();
  return { events, append, controller, read: handlers['event.read'] };
}

async function idsOf(stream: ReturnType<ReturnType<typeof eventRig>['read']>): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const item of stream) ids.push(...item.events.map((event) => event.id));
  return ids;
}

test('events are the newest so many, oldest first, also over many pages', async () => {
  const { controller, read } = eventRig(500);
  expect(await idsOf(read({ limit: 300 }, CALLER, controller.signal))).toEqual(
    Array.from({ length: 300 }, (_, index) => index + 201),
  );
  expect(await idsOf(read({ limit: 3, names: ['web'] }, CALLER, controller.signal))).toEqual([495, 497, 499]);
  expect(await idsOf(read({ limit: 2, afterId: 10 }, CALLER, controller.signal))).toEqual([11, 12]);
  expect(await idsOf(read({ limit: 0 }, CALLER, controller.signal))).toEqual([]);
  expect(await idsOf(read({ beforeId: 11, limit: 2 }, CALLER, controller.signal))).toEqual([9, 10]);
  expect(await idsOf(read({ beforeId: 1 }, CALLER, controller.signal))).toEqual([]);
  expect(await idsOf(read({ types: ['crashed'] }, CALLER, controller.signal))).toEqual([]);
});

test('a follow goes on without a gap or a repetition, also for what came while it was slow', async () => {
  const { append, controller, read } = eventRig(3);
  const stream = read({ follow: true, limit: 2 }, CALLER, controller.signal);
  expect((await stream.next()).value).toMatchObject({ events: [{ id: 2 }, { id: 3 }] });
  append('web');
  append('db');
  expect((await stream.next()).value).toEqual({
    events: [expect.objectContaining({ id: 4 }), expect.objectContaining({ id: 5 })],
  });
  const next = stream.next();
  append('db');
  expect((await next).value).toMatchObject({ events: [{ id: 6 }] });
  const last = stream.next();
  controller.abort();
  expect(await last).toMatchObject({ done: true, value: { ok: true } });
});

test('a follow that is taken up again begins behind the last id, and says so when events are gone', async () => {
  const { events, controller, read } = eventRig(10);
  const stream = read({ follow: true, afterId: 7 }, CALLER, controller.signal);
  expect((await stream.next()).value).toEqual({ events: events.slice(7) });
  const pruned = eventRig(10);
  pruned.events.splice(3, 4);
  const late = pruned.read({ follow: true, afterId: 2 }, CALLER, controller.signal);
  expect((await late.next()).value).toMatchObject({
    events: [{ id: 3 }, { id: 8 }, { id: 9 }, { id: 10 }],
    isCut: true,
  });
});

test('a follow gives only what was asked for', async () => {
  const { append, controller, read } = eventRig(0);
  const stream = read({ follow: true, names: ['web'], types: ['crashed'] }, CALLER, controller.signal);
  const next = stream.next();
  append('web');
  append('db', 'crashed');
  append('web', 'crashed');
  expect((await next).value).toEqual({ events: [expect.objectContaining({ id: 3 })] });
});
