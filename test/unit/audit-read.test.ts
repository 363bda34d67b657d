/** The audit: which requests stand in it, the sentence of each, and the stream that reads it. */

import { expect, it, test } from 'vitest';
import { EventBus } from '../../src/daemon/base/event-bus.ts';
import type { Caller } from '../../src/daemon/control/access.ts';
import { auditedResult, isAudited, withoutContent } from '../../src/daemon/control/audit-log.ts';
import { auditEvent, pluginsOf } from '../../src/daemon/control/audit-text.ts';
import { makeAuditHandlers } from '../../src/daemon/control/handlers/audit.ts';
import { Reader } from '../../src/daemon/control/handlers/reader.ts';
import type { AuditEntry } from '../../src/daemon/store/audit-store.ts';
import type { AuditItem, AuditReadParams } from '../../src/protocol/control/audit.ts';
import { METHODS, type MethodName } from '../../src/protocol/control/methods.ts';
import { success } from '../../src/protocol/result.ts';

const CALLER: Caller = { role: 'admin', actor: { kind: 'user', uid: 0, gid: 0, pid: 1, name: 'root' } };
const OPS = { kind: 'user', name: 'ops', uid: 1000, pid: 4242 } as const;
const AT = '2026-11-08T16:20:00.000000Z';
const DENIED = { error: { code: 'denied', message: 'ops may view, and plugin.stop needs operate' } };

function entry(method: string, params: object, result: unknown, id = 1): AuditEntry {
  return { id, at: AT, actor: OPS, method, params, result };
}

test.each([
  ['plugin.stop', { names: ['db'] }, [{ plugin: 'db', changed: true }], 'ran stop db: changed'],
  ['plugin.stop', { names: ['db'] }, [{ plugin: 'db', changed: false }], 'ran stop db: already so'],
  [
    'plugin.stop',
    { names: ['db'] },
    DENIED,
    'was denied stop db: ops may view, and plugin.stop needs operate',
  ],
  ['plugin.start', { names: ['x'] }, [{ plugin: 'x', error: 'not_found' }], 'ran start x: not found'],
  [
    'plugin.tryRestart',
    { names: ['web', 'db*'] },
    [
      { plugin: 'web', changed: true },
      { plugin: 'db1', changed: false },
      { plugin: 'db2', error: 'invalid' },
    ],
    'ran try-restart web db*: 1 changed, 1 already so, db2: invalid',
  ],
  ['plugin.stop', { all: true }, [], 'ran stop --all: no plugin matched'],
  [
    'plugin.kill',
    { names: ['web'], signal: 'SIGHUP' },
    [{ plugin: 'web' }],
    'ran kill -s SIGHUP web: changed',
  ],
  [
    'plugin.enable',
    { names: ['web'], now: false },
    [{ plugin: 'web', changed: true }],
    'ran enable --no-start web: changed',
  ],
  ['plugin.disable', { names: ['web'], now: false }, { ok: true }, 'ran disable --no-stop web: done'],
  [
    'plugin.resetFailed',
    { all: true },
    [
      { plugin: 'a', changed: true },
      { plugin: 'b', changed: true },
    ],
    'ran reset-failed --all: 2 changed',
  ],
  [
    'plugin.install',
    { path: '/srv/web.tgz' },
    { ok: true, plugin: 'web', changed: true },
    'ran install /srv/web.tgz: changed',
  ],
  [
    'plugin.rollback',
    { plugin: 'web' },
    { error: { code: 'not_found', message: 'no version before' } },
    'ran install --rollback web: no version before',
  ],
  [
    'plugin.setDropIn',
    { plugin: 'web', textBytes: 12 },
    { ok: true, changed: true },
    'ran edit web: changed',
  ],
  ['plugin.scan', {}, { ok: true }, 'ran scan: done'],
  [
    'plugin.scan',
    {},
    { ok: true, added: ['a', 'b'], changed: [], removed: ['c'] },
    'ran scan: added a b; removed c',
  ],
  ['daemon.reload', {}, { ok: true, changed: [] }, 'ran daemon reload: nothing changed'],
  [
    'kv.set',
    { plugin: 'web', key: 'greeting', valueBytes: 5 },
    { ok: true, version: 2 },
    'ran kv set web greeting: done',
  ],
  [
    'kv.delete',
    { plugin: 'web', key: 'k' },
    { ok: true, deleted: false },
    'ran kv delete web k: there was no such key',
  ],
  [
    'quickAction.set',
    { mode: 'create', name: 'race', script: 'hello.sh', args: ['-v'], title: 'Race' },
    { ok: true, changed: true },
    'ran actions add race --script hello.sh -- -v: changed',
  ],
  [
    'quickAction.set',
    { mode: 'edit', name: 'race', rename: 'dash' },
    { ok: true, changed: false },
    'ran actions edit race --rename dash: already so',
  ],
  ['quickAction.remove', { name: 'race' }, { ok: true }, 'ran actions remove race: done'],
  ['quickAction.run', { name: 'race' }, { ok: true }, 'ran actions run race: done'],
  ['task.run', { script: 'a.sh', name: 'n', args: ['x'] }, { ok: true }, 'ran run a.sh -- x: done'],
  ['daemon.logLevel', { level: 'debug' }, { ok: true }, 'ran daemon log-level debug: done'],
  ['daemon.stop', { keepPlugins: true }, { ok: true }, 'ran daemon stop --keep-plugins: done'],
  ['audit.read', {}, DENIED, 'was denied events --type audit: ops may view, and plugin.stop needs operate'],
  [
    'plugin.start',
    { names: Array.from({ length: 11 }, (_, index) => `p${index}`) },
    { error: { code: 'timeout' } },
    'ran start p0 p1 p2 p3 p4 p5 p6 p7 (and 3 more): timeout',
  ],
] as const)('%s of %j says what came of it', (method, params, result, expected) => {
  expect(auditEvent(entry(method, params, result)).reason).toBe(`ops (uid 1000, pid 4242) ${expected}`);
});

it('is about one plugin when it names one, and about none in particular when it was for all', () => {
  expect(auditEvent(entry('plugin.stop', { names: ['db'] }, { ok: true })).plugin).toBe('db');
  expect(auditEvent(entry('plugin.install', { path: '/x' }, { ok: true, plugin: 'web' })).plugin).toBe('web');
  expect(auditEvent(entry('plugin.stop', { names: ['a', 'b'] }, { ok: true })).plugin).toBeNull();
  expect(auditEvent(entry('plugin.stop', { all: true }, [{ plugin: 'a' }])).plugin).toBeNull();
  expect(pluginsOf(entry('x', { names: ['@web'] }, [{ plugin: 'a' }, { plugin: 'b' }]))).toEqual([
    '@web',
    'a',
    'b',
  ]);
});

it('says of a signal that nobody knows who sent it', () => {
  const sent = {
    ...entry('daemon.reload', { signal: 'SIGHUP' }, { ok: true }),
    actor: { kind: 'daemon' } as const,
  };
  expect(auditEvent(sent)).toMatchObject({
    plugin: null,
    reason: 'somebody sent SIGHUP to torud: daemon reload',
  });
});

it('survives entries of any shape', () => {
  for (const odd of [null, 'text', 7, [null], [[]], { names: 'x' }, { names: [1, null] }, { error: 'x' }]) {
    expect(auditEvent(entry('plugin.odd', odd as object, odd)).reason).toMatch(/^ops .* ran odd/);
  }
});

test('every method that changes something is audited, and no other; asking what would be is no change', () => {
  for (const method of Object.keys(METHODS) as MethodName[]) {
    const { isChange } = METHODS[method];
    expect(isAudited(method, { level: 'debug' }), method).toBe(isChange);
    expect(isAudited(method, { level: 'debug', dryRun: true }), method).toBe(false);
  }
  expect(isAudited('daemon.logLevel', {})).toBe(false);
  expect(isAudited('plugin.scan', undefined)).toBe(true);
});

test('values and texts are kept as their size alone, results as what they say of the change', () => {
  expect(withoutContent({ plugin: 'a', text: 'password="x"', value: 'é' })).toEqual({
    plugin: 'a',
    textBytes: 12,
    valueBytes: 2,
  });
  expect(auditedResult({ plugin: 'web', changed: true, digest: 'd', files: 3 })).toEqual({
    ok: true,
    plugin: 'web',
    changed: true,
  });
  expect(auditedResult({ changed: ['web'] })).toEqual({ ok: true, changed: ['web'] });
  expect(auditedResult(undefined)).toEqual({ ok: true });
});

function rig(count: number) {
  const entries: AuditEntry[] = [];
  const bus = new EventBus();
  const append = (params: object, result: unknown = { ok: true }): void => {
    entries.push(entry('plugin.stop', params, result, (entries.at(-1)?.id ?? 0) + 1));
    bus.publish('audit-written', { method: 'plugin.stop' });
  };
  for (let index = 0; index < count; index++) append({ names: [index % 100 === 0 ? 'web' : 'db'] });
  const audit = {
    read: ({ afterId, beforeId, limit = 1000 }: { afterId?: number; beforeId?: number; limit?: number }) => {
      const found = entries.filter(({ id }) => id > (afterId ?? 0) && id < (beforeId ?? Number.MAX_VALUE));
      return afterId === undefined ? found.slice(-limit) : found.slice(0, limit);
    },
    lastId: () => entries.at(-1)?.id ?? 0,
  };
  const reader = new Reader({ read: (work) => success(work()) });
  const groups = { names: () => ['front'], has: (_group: string, id: string) => id === 'web' };
  const handlers = makeAuditHandlers({ audit, reader, bus, groups, ids: () => ['db', 'db2', 'web'] });
  const controller = new AbortController();
  const open = (params: AuditReadParams) => handlers['audit.read'](params, CALLER, controller.signal);
  return { append, open, controller, entries };
}

async function idsOf(stream: AsyncGenerator<AuditItem, unknown>): Promise<number[]> {
  const ids: number[] = [];
  for await (const item of stream) ids.push(...item.entries.map((one) => one.id));
  return ids;
}

test('the newest come, oldest first, however few of many are wanted', async () => {
  const { open } = rig(1_000);
  expect(await idsOf(open({ limit: 3 }))).toEqual([998, 999, 1000]);
  expect(await idsOf(open({ names: ['web'], limit: 3 }))).toEqual([701, 801, 901]);
  expect(await idsOf(open({ names: ['web'], afterId: 250, limit: 2 }))).toEqual([301, 401]);
  expect(await idsOf(open({ limit: 0 }))).toEqual([]);
  expect(await idsOf(open({ beforeId: 998, limit: 2 }))).toEqual([996, 997]);
  expect(await idsOf(open({ names: ['web'], beforeId: 701, limit: 2 }))).toEqual([501, 601]);
  expect(await idsOf(open({ beforeId: 1 }))).toEqual([]);
  expect(await idsOf(open({ names: ['web'], since: '2026-11-08T16:20:00.000001Z' }))).toEqual([]);
});

test('a plugin is named by its id, by a pattern, as one of all, in a group, or in the result', async () => {
  const { open, append } = rig(0);
  append({ names: ['web'] });
  append({ names: ['w*'] });
  append({ all: true });
  append({ names: ['@front'] }, [{ plugin: 'web', changed: true }]);
  append({ plugin: 'web' });
  append({ path: '/x' }, { ok: true, plugin: 'web' });
  append({}, { ok: true, changed: [], added: ['web'] });
  append({ names: ['db'] });
  append({});
  expect(await idsOf(open({ names: ['web'] }))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(await idsOf(open({ names: ['@front'] }))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(await idsOf(open({ names: ['db2'] }))).toEqual([3]);
  expect(await idsOf(open({}))).toHaveLength(9);
  expect(await open({ names: ['nosuch'] }).next()).toMatchObject({
    value: { failure: { code: 'not_found', name: 'nosuch' } },
  });
});

test('a follow goes on with what is written, without gap or repetition, and ends when it is cancelled', async () => {
  const { open, append, controller } = rig(5);
  const stream = open({ names: ['web'], limit: 1, follow: true });
  expect((await stream.next()).value).toMatchObject({ entries: [{ id: 1 }] });
  const next = stream.next();
  append({ names: ['db'] });
  append({ names: ['web'] });
  expect((await next).value).toMatchObject({ entries: [{ id: 7 }] });
  const resumed = open({ names: ['web'], afterId: 1, follow: true });
  expect((await resumed.next()).value).toMatchObject({ entries: [{ id: 7 }] });
  const last = Promise.all([stream.next(), resumed.next()]);
  controller.abort();
  expect(await last).toMatchObject([{ done: true }, { done: true }]);
});

test('a follow that missed entries which are no longer kept says so', async () => {
  const { open, entries, append, controller } = rig(3);
  const stream = open({ limit: 1, follow: true });
  await stream.next();
  append({ names: ['web'] });
  entries.splice(0);
  entries.push(entry('plugin.stop', { names: ['db'] }, {}, 9));
  expect((await stream.next()).value).toMatchObject({ entries: [{ id: 9 }], isCut: true });
  controller.abort();
});
