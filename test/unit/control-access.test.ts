/** Roles, and parameters of every method. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accounts } from '../../src/daemon/base/accounts.ts';
import { Access, allows, socketMode } from '../../src/daemon/control/access.ts';
import { withoutContent } from '../../src/daemon/control/audit-log.ts';
import { readParams } from '../../src/daemon/control/params.ts';
import { METHODS, type MethodName } from '../../src/protocol/control/methods.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

let folder: string;
let accounts: Accounts;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-access-'));
  writeFileSync(
    join(folder, 'passwd'),
    'root:x:0:0::/root:/bin/sh\nann:x:1001:1001::/:/bin/sh\nbob:x:1002:1002::/:/bin/sh\n',
  );
  writeFileSync(join(folder, 'group'), 'toru:x:900:ann\n');
  accounts = new Accounts(join(folder, 'passwd'), join(folder, 'group'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function peer(uid: number, gid = uid, groups: readonly number[] = []): Parameters<Access['callerOf']>[0] {
  return { pid: 77, uid, gid, groups };
}

test("root and the daemon's own user are admin, members of toru operate, all others view", () => {
  const access = new Access(500, accounts);
  expect(access.callerOf(peer(0)).role).toBe('admin');
  expect(access.callerOf(peer(500)).role).toBe('admin');
  expect(access.callerOf(peer(1001)).role).toBe('operate');
  expect(access.callerOf(peer(1002, 900)).role).toBe('operate');
  expect(access.callerOf(peer(1002, 1002, [5, 900])).role).toBe('operate');
  expect(access.callerOf(peer(1002)).role).toBe('view');
  expect(access.callerOf(peer(4242)).role).toBe('view');
});

test('without a group toru nobody but root and the own user operates', () => {
  writeFileSync(join(folder, 'group'), 'users:x:900:ann\n');
  const access = new Access(500, accounts);
  expect(access.callerOf(peer(1001, 900, [900])).role).toBe('view');
  expect(access.callerOf(peer(0)).role).toBe('admin');
});

test('the actor is what the kernel said, with a name where there is one', () => {
  const access = new Access(500, accounts);
  expect(access.callerOf(peer(1001)).actor).toEqual({
    kind: 'user',
    uid: 1001,
    gid: 1001,
    pid: 77,
    name: 'ann',
  });
  expect(access.callerOf(peer(4242)).actor).toEqual({ kind: 'user', uid: 4242, gid: 4242, pid: 77 });
});

test('a role includes those below it', () => {
  expect(allows('admin', 'view') && allows('operate', 'operate') && allows('operate', 'view')).toBe(true);
  expect(allows('view', 'operate') || allows('operate', 'admin')).toBe(false);
});

test('where callers cannot be told apart only the owner may connect', () => {
  expect(socketMode(true)).toBe(0o660);
  expect(socketMode(false)).toBe(0o600);
  expect(socketMode(false, true)).toBe(0o600);
});

test('of a stored value only its size is kept, of long lists and texts the beginning', () => {
  expect(withoutContent({ plugin: 'a', key: 'k', value: 'secrét' })).toEqual({
    plugin: 'a',
    key: 'k',
    valueBytes: 7,
  });
  const long = withoutContent({ names: Array.from({ length: 5000 }, () => 'x') }) as {
    readonly names: string[];
  };
  expect(long.names).toHaveLength(256);
});

const VALID: { readonly [Name in MethodName]?: object } = {
  'plugin.show': { plugin: 'a' },
  'plugin.why': { plugin: 'a' },
  'plugin.kill': { names: ['a'], signal: 'SIGHUP' },
  'plugin.install': { path: '/srv/web.tar.gz', dryRun: true },
  'plugin.rollback': { plugin: 'a' },
  'plugin.dependencies': { plugin: 'a', reverse: true },
  'plugin.dropIn': { plugin: 'a' },
  'plugin.setDropIn': { plugin: 'a', text: '' },
  'daemon.metrics': { format: 'json' },
  'daemon.logLevel': { level: 'debug', dryRun: true },
  'crash.show': { id: -1 },
  'run.list': { plugin: 'a', limit: 5 },
  'kv.get': { plugin: 'a', key: 'k' },
  'kv.set': { plugin: 'a', key: 'k', value: '', ttlMs: 1, ifVersion: 0 },
  'kv.delete': { plugin: 'a', key: 'k' },
  'kv.list': { plugin: 'a', prefix: 'x' },
  'log.read': {
    names: ['a'],
    lines: 5,
    level: 'err',
    run: -1,
    since: '2026-01-01T00:00:00.123456Z',
    follow: true,
  },
  'event.read': { types: ['gave-up'], since: '2026-01-01T00:00:00+02:00', afterId: 0 },
  'task.run': {
    script: 'a.sh',
    args: [''],
    env: { A: '' },
    timeoutMs: 1,
    lock: 'l',
    noQueue: true,
    name: 'n',
  },
  'task.list': {
    states: ['lost'],
    script: 'a.sh',
    since: '2026-01-01T00:00:00Z',
    beforeId: '019a',
    limit: 5,
  },
  'task.show': { id: '019a' },
  'task.cancel': { id: '019a', force: true, dryRun: true },
  'task.wait': { id: '019a', timeoutMs: 1 },
  'task.output': { id: '019a', from: 0, tailBytes: 5, follow: true },
  'task.watch': { limit: 0 },
  'schedule.list': { count: 5 },
  'quickAction.set': {
    name: 'a',
    mode: 'edit',
    rename: 'b',
    title: null,
    args: [],
    position: 1,
    timeoutMs: null,
  },
  'quickAction.remove': { name: 'a', dryRun: true },
  'quickAction.run': { name: 'a', noQueue: true },
  'system.read': { historyMs: 60_000, points: 5, processes: true },
};

test('every method takes its parameters, ignores keys that it does not know, and refuses what is no object', () => {
  for (const method of Object.keys(METHODS) as MethodName[]) {
    const params = VALID[method] ?? {};
    expect(readParams(method, params)).toEqual({ ok: true, value: params });
    expect(readParams(method, { ...params, later: { x: 1 } })).toEqual({ ok: true, value: params });
    for (const wrong of [null, 5, 'x', []])
      expect(readParams(method, wrong)).toMatchObject({ failure: { code: 'usage' } });
  }
});

test.each([
  ['plugin.show', {}, 'parameters of plugin.show: plugin must be a string'],
  ['plugin.start', { names: 'web' }, 'parameters of plugin.start: names must be an array'],
  ['plugin.start', { names: [''] }, 'parameters of plugin.start: names[0] must be at least 1 characters'],
  ['plugin.start', { timeoutMs: '30s' }, 'parameters of plugin.start: timeoutMs must be a number'],
  ['plugin.kill', { signal: 'HUP' }, 'parameters of plugin.kill: signal must be a signal, SIGHUP for one'],
  ['event.read', { since: 'yesterday' }, 'parameters of event.read: since must be an RFC 3339 time'],
  [
    'event.read',
    { since: '2026-13-45T00:00:00Z' },
    'parameters of event.read: since must be an RFC 3339 time',
  ],
  ['event.read', { limit: 1.5 }, 'parameters of event.read: limit must be a whole number'],
  ['log.read', { stream: 'shim' }, 'parameters of log.read: stream must be one of stdout, stderr'],
  ['crash.show', { id: 0.5 }, 'parameters of crash.show: id must be a whole number'],
] as const)('%s with %j is refused in one line that names the key', (method, params, message) => {
  expect(readParams(method, params)).toMatchObject({ ok: false, failure: { code: 'usage', message } });
});

test('whatever parameters a client sends, the answer is a value or one line', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...(Object.keys(METHODS) as MethodName[])),
      fc.jsonValue(),
      (method, params) => {
        const read = readParams(method, params);
        if (!read.ok) expect(read.failure.message).toMatch(/^[^\n]{1,400}$/);
      },
    ),
    { seed: SEED, numRuns: 1000 },
  );
});
