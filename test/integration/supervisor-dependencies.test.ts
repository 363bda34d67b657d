/** Plugins that need each other, under a real torud: who is started and stopped with whom, in which order, and what is said. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ActionOutcome } from '../../src/protocol/control/plugins.ts';
import {
  history,
  type Installed,
  install,
  lastEventId,
  openWith,
  SHOP,
  states,
} from '../rig/dependent-plugins.ts';

it('a start starts what is needed first, each when what it needs is ready', async () => {
  await using stage = await openWith(SHOP);
  expect(await stage.act('start', 'ui')).toMatchObject({ changed: true, state: 'running' });
  expect(await history(stage, ['started', 'ready'])).toEqual(
    ['db', 'crm', 'web', 'ui'].flatMap((id) => [`started ${id}`, `ready ${id}`]),
  );
  expect(await stage.status('db')).toMatchObject({
    reason: 'needed by ui',
    enabled: false,
    wanted: 'up',
    neededBy: ['crm'],
    actor: { kind: 'user' },
  });
  expect((await stage.status('crm')).dependencies).toEqual([
    { plugin: 'db', range: '^1.0', required: true, state: 'running', version: '1.2.0', fits: true },
  ]);
});

it.each<[string, Installed, string]>([
  ['missing', { needs: ['nothing@^2'] }, 'it needs nothing ^2, which is not installed'],
  ['of another version', { needs: ['db@^9'] }, 'it needs db ^9, which is 1.2.0'],
  [
    'missing further down',
    { needs: ['lost'] },
    'lost, which it needs, needs nothing, which is not installed',
  ],
  ['a cycle', { needs: ['loop'] }, 'a cycle that cannot begin: web → loop → web'],
  ['refused', { needs: ['bad'] }, 'it needs bad, which is not valid: '],
])('a start is refused, and changes nothing, when what is needed is %s', async (_name, web, message) => {
  await using stage = await openWith({
    db: { version: '1.2.0' },
    lost: { needs: ['nothing'] },
    loop: { needs: ['web'] },
    bad: { needs: ['db@one'] },
    web,
  });
  for (const verb of ['start', 'enable', 'restart']) {
    const { error, changed } = await stage.act(verb, 'web');
    expect(changed).toBe(false);
    expect(error).toMatchObject({ code: 'dependency', name: 'web' });
    expect(error?.message).toContain(message);
    expect(error?.hint, 'it says what to do').toMatch(/\w/);
  }
  const { text } = await stage.call('plugin.why', { plugin: 'web' });
  expect(text).toContain(`"toru start web" is refused now: `);
  expect(text).toContain(message);
  expect(await stage.status('web')).toMatchObject({ state: 'stopped', wanted: 'down', enabled: false });
  expect(await history(stage, ['started', 'enabled', 'changed'])).toEqual([]);
});

it('a stop takes down first what needs it, the farthest first; all of it waits, and comes back', async () => {
  await using stage = await openWith(SHOP);
  await stage.act('start', 'ui');
  const before = await lastEventId(stage);
  expect(await stage.act('stop', 'db')).toMatchObject({ changed: true, state: 'stopped' });
  expect(await history(stage, ['stopped'], before)).toEqual([
    'stopped ui',
    'stopped web',
    'stopped crm',
    'stopped db',
  ]);
  expect(await states(stage, ['crm', 'web', 'ui'])).toEqual(['waiting', 'waiting', 'waiting']);
  const crm = await stage.status('crm');
  expect(crm).toMatchObject({ wanted: 'up' });
  expect(crm.reason).toMatch(/^for db \^1\.0, which \S+ \(uid \d+, pid \d+\) stopped$/);
  await stage.act('start', 'db');
  expect(await stage.untilState('ui', 'running')).toMatchObject({
    reason: 'db, which it needs, is ready again',
  });
});

it('a stop of what waits is a stop, and it does not come back', async () => {
  await using stage = await openWith(SHOP);
  await stage.act('start', 'crm');
  await stage.act('stop', 'db');
  expect(await stage.act('stop', 'crm')).toMatchObject({ changed: true, state: 'stopped' });
  await stage.act('start', 'db');
  expect(await stage.status('crm')).toMatchObject({ state: 'stopped', wanted: 'down' });
});

it('a restart is done when all that it took down runs again, in order', async () => {
  await using stage = await openWith(SHOP);
  await stage.act('start', 'ui');
  const before = await lastEventId(stage);
  expect(await stage.act('restart', 'db')).toMatchObject({ changed: true, state: 'running' });
  expect(await states(stage, ['db', 'crm', 'web', 'ui'])).toEqual(Array(4).fill('running'));
  expect(await history(stage, ['stopped', 'started'], before)).toEqual([
    'stopped ui',
    'stopped web',
    'stopped crm',
    'stopped db',
    'started db',
    'started crm',
    'started web',
    'started ui',
  ]);
});

it('a restart tells when what it took down does not come back', async () => {
  const once = '#!/bin/sh\n[ -e once ] && exit 3\n: >once\necho noted\nexec sleep infinity\n';
  await using stage = await openWith({
    db: {},
    crm: { needs: ['db'], script: once, more: { restart: { limit: 0 }, start_seconds: 1 } },
  });
  await stage.act('start', 'crm');
  // It counts as started before its first line has run.
  await stage.untilLine('crm', 'noted');
  const { error } = await stage.act('restart', 'db');
  expect(error).toMatchObject({ code: 'failed', name: 'db' });
  expect(error?.message).toContain('crm, which was restarted with it, did not come back: ');
});

it('a crash leaves those running that need it; their own restart waits until it is back', async () => {
  await using stage = await openWith({
    db: { dropIn: '[restart]\ndelays_ms = [3600000]\n' },
    crm: { needs: ['db'] },
  });
  await stage.act('start', 'crm');
  await stage.act('kill', 'db', { signal: 'SIGKILL' });
  await stage.untilState('db', 'backoff');
  const { pid } = await stage.status('crm');
  expect((await stage.status('crm')).state).toBe('running');
  await stage.act('kill', 'crm', { signal: 'SIGKILL' });
  expect(await stage.untilState('crm', 'waiting')).toMatchObject({ reason: 'for db, which is in backoff' });
  await stage.act('start', 'db');
  expect((await stage.untilState('crm', 'running')).pid).not.toBe(pid);
});

it('a start whose dependency gives up fails with that, and waits on', async () => {
  await using stage = await openWith({
    db: { script: '#!/bin/sh\nexit 4\n', more: { restart: { limit: 0 }, start_seconds: 60 } },
    crm: { needs: ['db'] },
    web: { needs: ['crm'] },
  });
  const { error } = await stage.act('start', 'web');
  expect(error).toMatchObject({ code: 'dependency', name: 'web' });
  expect(await stage.status('web')).toMatchObject({ state: 'waiting', wanted: 'up' });
  expect((await stage.status('crm')).reason).toBe('for db, which has failed');
  const again = await stage.act('start', 'web');
  expect(again.error, 'what has failed is not tried again behind its back').toMatchObject({
    code: 'dependency',
  });
  await install(stage, 'db', {});
  await stage.act('start', 'db');
  await stage.untilState('web', 'running');
});

it('a start within a time limit names what it waits for', async () => {
  await using stage = await openWith({
    db: { dropIn: '[start]\nseconds = 3600\n' },
    crm: { needs: ['db'] },
  });
  const { error } = await stage.act('start', 'crm', { timeoutMs: 200 });
  expect(error).toMatchObject({ code: 'timeout' });
  expect(await stage.status('crm')).toMatchObject({ state: 'waiting', reason: 'for db, which is starting' });
});

it('what is missing when torud starts is waited for, and its coming starts what needs it', async () => {
  await using stage = await openWith({ db: {}, crm: { needs: ['db@^1.0'] } });
  await stage.act('enable', 'crm');
  await stage.act('disable', 'db');
  await stage.rig.stop();
  await rm(join(stage.paths.pluginFolder, 'db'), { recursive: true });
  await stage.rig.start();
  expect(await stage.untilState('crm', 'waiting')).toMatchObject({
    reason: 'for db ^1.0, which is not installed',
  });
  await install(stage, 'db', { version: '0.9.0' });
  await stage.until('crm', ({ reason }) => reason === 'for db ^1.0, which is 0.9.0');
  await install(stage, 'db', { version: '1.1.0' });
  await stage.act('start', 'db');
  await stage.untilState('crm', 'running');
});

it('torud that is killed takes over what runs and what waits, and stops nothing', async () => {
  await using stage = await openWith({ ...SHOP, other: { needs: ['gone'] }, gone: {} });
  await stage.act('start', 'ui');
  await stage.act('start', 'other');
  await stage.act('stop', 'gone');
  const pids = await Promise.all(['db', 'crm', 'web', 'ui'].map(async (id) => (await stage.status(id)).pid));
  const before = await lastEventId(stage);
  await stage.rig.killAndRestart();
  const now = await Promise.all(['db', 'crm', 'web', 'ui'].map(async (id) => (await stage.status(id)).pid));
  expect(now).toEqual(pids);
  const other = await stage.status('other');
  expect(other.state).toBe('waiting');
  expect(other.reason).toMatch(/^for gone, which \S+ \(uid \d+, pid \d+\) stopped$/);
  expect(await history(stage, ['stopped', 'started'], before)).toEqual([]);
  await stage.act('start', 'gone');
  await stage.untilState('other', 'running');
});

it('torud stops in the order in which they need each other, and starts in the reverse', async () => {
  await using stage = await openWith(SHOP);
  await stage.act('start', 'ui');
  const before = await lastEventId(stage);
  await stage.rig.stop();
  await stage.rig.start();
  await stage.untilState('ui', 'running');
  expect(await history(stage, ['stopped', 'started'], before)).toEqual([
    'stopped ui',
    'stopped web',
    'stopped crm',
    'stopped db',
    'started db',
    'started crm',
    'started web',
    'started ui',
  ]);
});

it('all of them are started and stopped in order, whatever the order of their names', async () => {
  await using stage = await openWith(SHOP);
  const names = ['ui', 'db', 'web', 'crm'];
  const started = (await stage.call('plugin.start', { names })).outcomes as readonly ActionOutcome[];
  expect(started.map(({ plugin, changed, error }) => [plugin, changed, error])).toEqual(
    names.map((name) => [name, true, undefined]),
  );
  expect(await history(stage, ['started'])).toEqual([
    'started db',
    'started crm',
    'started web',
    'started ui',
  ]);
  const before = await lastEventId(stage);
  const stopped = (await stage.call('plugin.stop', { all: true })).outcomes as readonly ActionOutcome[];
  expect(stopped.map(({ state, error }) => [state, error])).toEqual(names.map(() => ['stopped', undefined]));
  expect(await history(stage, ['stopped'], before)).toEqual([
    'stopped ui',
    'stopped web',
    'stopped crm',
    'stopped db',
  ]);
});

it('what is optional is waited for while it starts, and done without when it is not there', async () => {
  await using stage = await openWith({
    cache: {},
    web: {
      needs: [
        { plugin: 'cache', range: '^1.0', required: false },
        { plugin: 'none', required: false },
      ],
    },
    old: { needs: [{ plugin: 'cache', range: '^2.0', required: false }] },
  });
  await stage.call('plugin.start', { names: ['web', 'cache', 'old'] });
  const order = await history(stage, ['started', 'ready']);
  expect(order.indexOf('ready cache')).toBeLessThan(order.indexOf('started web'));
  expect((await stage.status('old')).problems).toEqual([
    'would use cache ^2.0, which is 1.0.0; it does without',
  ]);
  await stage.act('stop', 'cache');
  expect(await stage.status('web')).toMatchObject({ state: 'running', problems: [] });
});
