/** The rules of [[access]]: whom they are about, what they give, and what a request may still do. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Accounts } from '../../src/daemon/base/accounts.ts';
import type { AccessRule } from '../../src/daemon/base/config.ts';
import { Access, allows, type Caller, roleOn } from '../../src/daemon/control/access.ts';
import { admitByPlugin, type KnownPlugins, withRefused } from '../../src/daemon/control/admission.ts';
import { Dispatcher } from '../../src/daemon/control/dispatcher.ts';
import { select } from '../../src/daemon/control/selection.ts';
import type { Role } from '../../src/protocol/control/envelope.ts';
import { METHODS, type MethodName } from '../../src/protocol/control/methods.ts';
import { success } from '../../src/protocol/result.ts';
import { partialHandlers } from '../rig/control-server.ts';

const SEED = Number(process.env.FC_SEED ?? Date.now() & 0x7fffffff);
console.info(`fast-check seed ${SEED}`);

const IDS = ['db', 'web-api', 'web-shop'];
const PLUGINS: KnownPlugins = {
  select: (selection) => select(selection, IDS, 'action'),
  stateOf: (id) => (IDS.includes(id) ? 'stopped' : null),
};

let folder: string;
let accounts: Accounts;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'toru-rules-'));
  writeFileSync(
    join(folder, 'passwd'),
    'root:x:0:0::/:/bin/sh\nann:x:1001:1001::/:/bin/sh\nbob:x:1002:1002::/:/bin/sh\n',
  );
  writeFileSync(join(folder, 'group'), 'toru:x:900:ann\nweb:x:901:bob\n');
  accounts = new Accounts(join(folder, 'passwd'), join(folder, 'group'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function callerUnder(rules: readonly AccessRule[], uid: number, gid = uid, groups: readonly number[] = []) {
  return new Access(500, accounts, () => rules).callerOf({ pid: 77, uid, gid, groups });
}

function rule(subject: Partial<AccessRule>, role: Role, plugins = '*'): AccessRule {
  return { ...subject, role, plugins };
}

test.each([
  ['uid', { uid: 1002 }],
  ['user', { user: 'bob' }],
  ['user by number', { user: '1002' }],
  ['gid of the process', { gid: 1002 }],
  ['supplementary gid', { gid: 77 }],
  ['group by membership', { group: 'web' }],
] as const)('a rule by %s gives its role', (_how, subject) => {
  expect(callerUnder([rule(subject, 'operate')], 1002, 1002, [77]).role).toBe('operate');
  expect(callerUnder([rule(subject, 'operate')], 1003, 1003, [78]).role).toBe('view');
});

test('for a plugin the highest of the matching rules counts, and what no rule matches is only viewed', () => {
  const bob = callerUnder(
    [
      rule({ user: 'bob' }, 'view', 'web-*'),
      rule({ group: 'web' }, 'operate', 'web-*'),
      rule({ uid: 1002 }, 'admin', 'web-shop'),
    ],
    1002,
  );
  expect([bob.role, roleOn(bob, 'web-api'), roleOn(bob, 'web-shop'), roleOn(bob, 'db')]).toEqual([
    'view',
    'operate',
    'admin',
    'view',
  ]);
});

test('a rule stands in the place of what membership of toru gives', () => {
  const ann = callerUnder([rule({ user: 'ann' }, 'operate', 'web-*')], 1001, 1001, [900]);
  expect([ann.role, roleOn(ann, 'db'), roleOn(ann, 'web-api')]).toEqual(['view', 'view', 'operate']);
  const other = callerUnder([rule({ user: 'bob' }, 'operate', 'web-*')], 1001, 1001, [900]);
  expect(other.role).toBe('operate');
});

test("nobody can lock out root or the daemon's own user", () => {
  const rules = [rule({ uid: 0 }, 'view'), rule({ uid: 500 }, 'view'), rule({ gid: 0 }, 'view')];
  for (const uid of [0, 500]) {
    const caller = callerUnder(rules, uid);
    expect([caller.role, roleOn(caller, 'db')]).toEqual(['admin', 'admin']);
  }
});

test('other rules hold for a caller that is connected already, and names that come later are found', () => {
  let rules: readonly AccessRule[] = [];
  const access = new Access(500, accounts, () => rules);
  const caller = access.callerOf({ pid: 1, uid: 1003, gid: 1003, groups: [] });
  expect(caller.role).toBe('view');
  rules = [rule({ uid: 1003 }, 'operate'), rule({ user: 'carl' }, 'admin')];
  expect(caller.role).toBe('operate');
  expect(access.problems()).toEqual([
    '[[access]] in torud.toml: there is no user carl, so that its role "admin" is given to nobody',
  ]);
  writeFileSync(join(folder, 'passwd'), 'carl:x:1003:1003::/:/bin/sh\n');
  expect(access.problems()).toEqual([]);
  const grouped = new Access(500, accounts, () => [rule({ uid: 1 }, 'operate', '@web')]);
  expect(grouped.problems()).toMatchObject([expect.stringContaining('"@web"')]);
  expect(access.callerOf({ pid: 1, uid: 1003, gid: 1003, groups: [] }).role).toBe('admin');
});

test('the socket is opened only for rules that name somebody outside its group, and then only to those', () => {
  const opens = (rules: readonly AccessRule[]): boolean =>
    new Access(0, accounts, () => rules).namesOutsiders(900);
  expect(opens([])).toBe(false);
  expect(
    opens([rule({ user: 'ann' }, 'view'), rule({ group: 'toru' }, 'admin'), rule({ uid: 0 }, 'view')]),
  ).toBe(false);
  expect(opens([rule({ user: 'nosuch' }, 'view'), rule({ group: 'nosuch' }, 'view')])).toBe(false);
  expect(opens([rule({ user: 'bob' }, 'view')])).toBe(true);
  expect(opens([rule({ uid: 4242 }, 'view')])).toBe(true);
  expect(opens([rule({ group: 'web' }, 'view')])).toBe(true);
  const access = new Access(0, accounts, () => [rule({ user: 'bob' }, 'view', 'nothing')]);
  const knows = (uid: number, groups: readonly number[] = []): boolean =>
    access.isKnown({ pid: 1, uid, gid: uid, groups }, 900);
  expect([knows(0), knows(1001), knows(1002), knows(4242), knows(4242, [900])]).toEqual([
    true,
    true,
    true,
    false,
    true,
  ]);
});

const ROLES = fc.constantFrom<Role>('view', 'operate', 'admin');
const GLOBS = fc.constantFrom('*', 'web-*', 'db', '?b', '[dw]*', 'nothing');
const SUBJECTS = fc.constantFrom<Partial<AccessRule>>(
  { uid: 1001 },
  { uid: 1002 },
  { gid: 901 },
  { user: 'ann' },
  { group: 'toru' },
  { group: 'web' },
);
const RULES = fc.array(
  fc
    .record({ subject: SUBJECTS, role: ROLES, plugins: GLOBS })
    .map(({ subject, ...others }) => ({ ...subject, ...others })),
  { maxLength: 6 },
);

test('one more rule takes nothing away from a caller whom rules name already', () => {
  fc.assert(
    fc.property(RULES, RULES, fc.constantFrom(1001, 1002), (rules, more, uid) => {
      const before = callerUnder(rules, uid);
      fc.pre((before.grants ?? []).length > 0);
      const after = callerUnder([...rules, ...more], uid);
      expect(allows(after.role, before.role)).toBe(true);
      for (const id of IDS) expect(allows(roleOn(after, id), roleOn(before, id))).toBe(true);
    }),
    { seed: SEED },
  );
});

test('whatever the rules are, an action is given exactly the plugins that the caller may act on', () => {
  const names = fc.uniqueArray(fc.constantFrom(...IDS, 'nosuch', 'web-*', '*', 'x*'), { minLength: 1 });
  fc.assert(
    fc.property(RULES, names, fc.constantFrom(1001, 1002), (rules, asked, uid) => {
      const caller = callerUnder(rules, uid);
      // Whoever may act on all is not looked at plugin by plugin.
      fc.pre(!allows(caller.role, 'operate'));
      const admitted = admitByPlugin('plugin.stop', { names: asked }, caller, PLUGINS);
      const given = admitted.ok ? (admitted.value.params as { readonly names: readonly string[] }).names : [];
      for (const name of given) expect(allows(roleOn(caller, name), 'operate')).toBe(true);
      const wanted = select({ names: asked }, IDS, 'action');
      const ids = wanted.ok ? wanted.value.ids : [];
      for (const id of ids) if (allows(roleOn(caller, id), 'operate')) expect(given).toContain(id);
      if (!admitted.ok) return;
      const outcomes = given.map((plugin) => ({ plugin, changed: true, state: 'stopped' }));
      const answer = withRefused({ outcomes }, admitted.value) as {
        readonly outcomes: readonly { plugin: string }[];
      };
      if (admitted.value.refused.length > 0)
        expect(answer.outcomes.map(({ plugin }) => plugin)).toEqual(admitted.value.order);
    }),
    { seed: SEED },
  );
});

function dispatcherFor(seen: unknown[], audit: unknown[] = []): Dispatcher {
  const note = async (params: unknown) => {
    seen.push(params);
    const { names = [] } = params as { readonly names?: readonly string[] };
    return success({
      outcomes: names.map((plugin) => ({ plugin, changed: true, state: 'stopped' as const })),
    });
  };
  return new Dispatcher(
    partialHandlers({
      'plugin.stop': note,
      'kv.get': async (params) => {
        seen.push(params);
        return success({ value: null, version: 0 });
      },
    }),
    { record: (_actor, method, params, result) => audit.push({ method, params, result }) },
    { write: () => undefined },
    { plugins: PLUGINS },
  );
}

const signal = new AbortController().signal;

test('of several plugins those that are permitted are acted on, and each of the others is reported in its place', async () => {
  const [seen, audit]: [unknown[], unknown[]] = [[], []];
  const caller = callerUnder([rule({ uid: 1002 }, 'operate', 'web-*')], 1002);
  const dispatcher = dispatcherFor(seen, audit);
  for (const selection of [{ all: true }, { names: ['*'] }, { names: ['db', 'web-api', 'web-shop'] }]) {
    const answer = await dispatcher.call('plugin.stop', selection, caller, signal);
    expect(answer).toMatchObject({
      value: {
        outcomes: [
          {
            plugin: 'db',
            changed: false,
            state: 'stopped',
            error: {
              code: 'denied',
              name: 'db',
              message: 'bob (uid 1002) may view, and plugin.stop needs operate',
            },
          },
          { plugin: 'web-api', changed: true },
          { plugin: 'web-shop', changed: true },
        ],
      },
    });
  }
  expect(seen).toEqual(Array.from({ length: 3 }, () => ({ names: ['web-api', 'web-shop'] })));
  const denials = audit.filter((entry) => JSON.stringify(entry).includes('denied'));
  expect(denials).toMatchObject([{ method: 'plugin.stop', params: { names: ['db'] } }]);
});

test('nothing is done when none is permitted or a pattern matches nothing, and the answer says which', async () => {
  const seen: unknown[] = [];
  const caller = callerUnder([rule({ uid: 1002 }, 'operate', 'web-*')], 1002);
  const dispatcher = dispatcherFor(seen);
  const ask = (selection: object) => dispatcher.call('plugin.stop', selection, caller, signal);
  expect(await ask({ names: ['db'] })).toMatchObject({
    value: { outcomes: [{ plugin: 'db', error: { code: 'denied' } }] },
  });
  expect(await ask({ names: ['x*'] })).toMatchObject({
    value: { outcomes: [{ error: { code: 'not_found' } }] },
  });
  expect(await ask({ names: ['x*'], allowNone: true })).toEqual(success({ outcomes: [] }));
  expect(await ask({ names: ['nosuch'] })).toMatchObject({
    value: { outcomes: [{ error: { code: 'not_found' } }] },
  });
  expect(seen).toEqual([]);
});

test('methods about one plugin ask for the role on that plugin, those about torud for the overall one', async () => {
  const seen: unknown[] = [];
  const caller = callerUnder([rule({ uid: 1002 }, 'operate', 'web-*')], 1002);
  const dispatcher = dispatcherFor(seen);
  expect(await dispatcher.call('kv.get', { plugin: 'web-api', key: 'k' }, caller, signal)).toMatchObject({
    ok: true,
  });
  expect(await dispatcher.call('kv.get', { plugin: 'db', key: 'k' }, caller, signal)).toMatchObject({
    failure: { code: 'denied', name: 'db' },
  });
  expect(seen).toHaveLength(1);
  for (const method of ['plugin.scan', 'daemon.stop', 'plugin.install'] as const)
    expect(await dispatcher.call(method, { path: '/x' }, caller, signal)).toMatchObject({
      failure: { code: 'denied' },
    });
});

test('every method is denied to a caller without its role, and asks for no more than that role', () => {
  const roles: readonly Role[] = ['view', 'operate', 'admin'];
  for (const [method, row] of Object.entries(METHODS) as [MethodName, { readonly role: Role }][]) {
    for (const role of roles.filter((one) => !allows(one, row.role))) {
      const caller: Caller = { role, actor: { kind: 'user', uid: 7 }, grants: [{ role, plugins: '*' }] };
      expect(admitByPlugin(method, { plugin: 'db', names: ['db'] }, caller, PLUGINS)).toMatchObject({
        failure: { code: 'denied' },
      });
    }
  }
});

test('an admin of one plugin may read its drop-in, but not write it: that would name the user it runs as', () => {
  const caller = callerUnder([rule({ uid: 1002 }, 'admin', 'db')], 1002);
  const ask = (method: MethodName) => admitByPlugin(method, { plugin: 'db', text: '' }, caller, PLUGINS);
  expect(ask('plugin.dropIn')).toMatchObject({ ok: true });
  expect(ask('plugin.setDropIn')).toMatchObject({ ok: false, failure: { code: 'denied' } });
  const admin = callerUnder([rule({ uid: 1002 }, 'admin')], 1002);
  expect(allows(admin.role, METHODS['plugin.setDropIn'].role)).toBe(true);
});
