/** The API in front of a real torud: every answer is held against the OpenAPI document by the rig. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '../../plugins/web/api/routes/all.ts';
import type { Role } from '../../plugins/web/login/role.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { ADMIN, type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let clients: Readonly<Record<Role, WebClient>>;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'echo-socket': '', 'writes-lines': '', 'exits-with': '' });
  rig = await WebRig.open(stage.paths.controlSocket);
  const admin = await rig.signIn();
  clients = {
    admin,
    operate: await rig.signInAs(admin, 'operate'),
    view: await rig.signInAs(admin, 'view'),
  };
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
});

/** A path that names what is there. */
function pathOf(path: string): string {
  const names: Readonly<Record<string, string>> = {
    id: 'sleeper',
    key: 'k',
    crash: '-1',
    name: '7',
    task: '01a1fdce',
  };
  return `/api${path.replace(/:(\w+)/g, (_all, name: string) => names[name] ?? name)}`;
}

describe.each(ROUTES.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const))(
  '%s',
  (_title, route) => {
    const method = route.method.toUpperCase();
    const path = pathOf(route.path);

    if (route.role !== 'none')
      test('is refused to whoever is not signed in', async () => {
        const answer = await rig.call(method, path, { body: route.body === undefined ? undefined : {} });
        expect(answer.status).toBe(401);
        expect(answer.json).toMatchObject({ code: 'denied', status: 401 });
      });

    if (route.role === 'operate' || route.role === 'admin')
      test('is refused to a lower role', async () => {
        const lower = clients[route.role === 'admin' ? 'operate' : 'view'];
        const answer = await lower.call(method, path, { body: route.body === undefined ? undefined : {} });
        expect(answer.status).toBe(403);
        expect(answer.json.code).toBe('denied');
      });

    if (route.body !== undefined)
      test('refuses bodies that are no JSON, or of another form', async () => {
        const { status: broken } = await clients.admin.call(method, path, { raw: '{"half":' });
        expect(broken).toBe(400);
        expect((await clients.admin.call(method, path, { raw: '[1,2]' })).status).toBe(400);
        const text = { raw: 'x', headers: { 'content-type': 'text/plain' } };
        expect((await clients.admin.call(method, path, text)).status).toBe(415);
      });

    if (route.method !== 'get' && route.role !== 'none')
      test('is refused without X-CSRF-Token', async () => {
        const { cookie = '' } = clients.admin.headers;
        const answer = await rig.call(method, path, { headers: { cookie }, body: {} });
        expect(answer.status).toBe(403);
        expect(answer.text).toContain('X-CSRF-Token');
      });

    test('refuses a query that it does not know', async () => {
      const answer = await clients.admin.call(method, `${path}?surprise=1`);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('surprise');
    });
  },
);

test('a plugin is listed, enabled, shown, stopped and disabled', async () => {
  const { operate, view } = clients;
  const enabled = await operate.post('/api/plugins/echo-socket/enable', {});
  expect(enabled.json).toEqual({ plugin: 'echo-socket', changed: true, state: 'running' });
  expect((await operate.post('/api/plugins/echo-socket/enable')).json.changed).toBe(false);
  const { json } = await view.get('/api/plugins?enabled=true');
  expect(json.plugins).toMatchObject([{ id: 'echo-socket', state: 'running' }]);
  const shown = await view.get('/api/plugins/echo-socket');
  expect(shown.json).toMatchObject({
    plugin: { id: 'echo-socket' },
    why: expect.stringContaining('running'),
  });
  for (const verb of ['restart', 'reload', 'stop', 'start', 'disable']) {
    expect([verb, (await operate.post(`/api/plugins/echo-socket/${verb}`, {})).status]).toEqual([verb, 200]);
  }
  expect((await view.get('/api/plugins?state=stopped')).text).toContain('echo-socket');
  expect((await operate.post('/api/plugins/reload/echo-socket', { force: true })).status).toBe(200);
});

test('a method that a path does not have is refused, and no plugin is asked', async () => {
  for (const [method, path, allow] of [
    ['GET', '/api/plugins/echo-socket/enable', 'POST'],
    ['PATCH', '/api/plugins/echo-socket/kv/x', 'GET, PUT, DELETE'],
    ['DELETE', '/api/session', 'GET'],
  ] as const) {
    const answer = await clients.admin.call(method, path);
    expect([path, answer.status, answer.headers.allow]).toEqual([path, 405, allow]);
    expect((await rig.call(method, path)).status).toBe(401);
  }
  expect((await clients.admin.call('HEAD', '/api/events')).status).toBe(200);
});

test('a dry run changes nothing and tells the plan', async () => {
  const answer = await clients.operate.post('/api/plugins/sleeper/start', { dryRun: true });
  expect(answer.json).toMatchObject({ changed: true, plan: [{ plugin: 'sleeper', action: 'start' }] });
  expect((await stage.status('sleeper')).state).toBe('stopped');
});

test('what does not exist is 404, with the name', async () => {
  const { admin } = clients;
  for (const path of [
    '',
    '/logs',
    '/crashes',
    '/crashes/-1',
    '/kv',
    '/kv/x',
    '/logs?follow=true',
    '/nothing',
  ]) {
    const answer = await admin.get(`/api/plugins/no-such${path}`);
    expect([path, answer.status, answer.json.code]).toEqual([path, 404, 'not_found']);
  }
  expect((await admin.post('/api/plugins/no-such/start', {})).status).toBe(404);
  expect((await admin.get('/api/events?plugin=no-such')).status).toBe(404);
  expect((await admin.get('/nothing')).status).toBe(404);
});

test('values of a store are set, read and deleted, whatever their keys', async () => {
  const { admin } = clients;
  for (const key of ['plain', 'with/slash', 'ü ñ', '..']) {
    const path = `/api/plugins/sleeper/kv/${encodeURIComponent(key).replaceAll('.', '%2E')}`;
    if (key === '..') {
      // A browser would take it for the folder above: refused whoever sends it.
      expect((await admin.get(path)).status).toBe(400);
      continue;
    }
    const set = await admin.call('PUT', path, { body: { value: `of ${key}` } });
    expect([key, set.json]).toEqual([key, { key, version: expect.any(Number) }]);
    expect((await admin.get(path)).json).toEqual({ ...set.json, value: `of ${key}` });
    const conflict = await admin.call('PUT', path, { body: { value: '', ifVersion: 777 } });
    expect([conflict.status, conflict.json.code]).toEqual([409, 'conflict']);
    expect((await admin.call('DELETE', path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
  }
});

test('a crash is listed and shown whole', async () => {
  const { operate, view } = clients;
  await operate.post('/api/plugins/exits-with/start', { noBlock: true });
  await stage.untilState('exits-with', 'failed');
  const listed = await view.get('/api/plugins/exits-with/crashes');
  const [crash] = listed.json.crashes as readonly { readonly id: number }[];
  expect(crash).toMatchObject({ plugin: 'exits-with' });
  const shown = await view.get(`/api/plugins/exits-with/crashes/${crash?.id}`);
  expect(shown.json).toMatchObject({ crash: { id: crash?.id, lastLines: expect.any(Array) } });
  expect((await view.get(`/api/plugins/sleeper/crashes/${crash?.id}`)).status).toBe(404);
  await operate.post('/api/plugins/exits-with/stop', {});
});

test('the machine, torud, figures and the document are shown', async () => {
  const { view } = clients;
  const system = await view.get('/api/system');
  expect(system.json).toMatchObject({ cpu: { count: expect.any(Number) }, load: expect.any(Array) });
  expect(system.json.history).toBeUndefined();
  const past = await view.get('/api/system?history=1h&points=10');
  expect(past.json).toMatchObject({ history: { load: expect.any(Array) } });
  expect((await view.get('/api/daemon')).json).toMatchObject({ daemon: { plugins: { total: 4 } } });
  expect((await view.get('/api/metrics')).text).toContain('toru_plugin_state');
  expect((await view.get('/api/openapi.json')).json.openapi).toBe('3.1.0');
  expect((await rig.call('GET', '/api/health')).json).toEqual({ status: 'ok', torud: 'up' });
});

test('processes are shown to all, their arguments to those who may operate', async () => {
  const { operate, view } = clients;
  await operate.post('/api/plugins/sleeper/start', {});
  const mainOf = async (client: WebClient): Promise<{ name: string; command: string } | undefined> => {
    const { json } = await client.get('/api/system?processes=true');
    const plugins = json.plugins as readonly {
      plugin: string;
      processes: readonly { name: string; command: string }[];
    }[];
    return plugins.find(({ plugin }) => plugin === 'sleeper')?.processes[0];
  };
  const mine = await mainOf(operate);
  expect(mine?.command.length).toBeGreaterThan(mine?.name.length ?? 0);
  expect(await mainOf(view)).toMatchObject({ command: mine?.name, name: mine?.name });
  await operate.post('/api/plugins/sleeper/stop', {});
});

test('a past or a number of points that is none is refused', async () => {
  for (const query of ['history=soon', 'history=-1', 'points=0', 'points=3601', 'points=x', 'processes=1'])
    expect((await clients.view.get(`/api/system?${query}`)).status, query).toBe(400);
  expect((await clients.view.get('/api/system?history=999999999h')).status).toBe(200);
});

test('settings that may be passwords are for admins alone', async () => {
  await stage.install('sleeper/with-secret', '[environment]\nPASSWORD = "hunter2"\n');
  await stage.call('plugin.scan');
  const seen = await clients.view.get('/api/plugins/with-secret');
  expect(seen.text).not.toContain('hunter2');
  expect((await clients.admin.get('/api/plugins/with-secret')).text).toContain('hunter2');
});

test('a user is added, changed and removed, and the last admin stays', async () => {
  const { admin } = clients;
  const body = { name: 'carla', password: 'long enough', role: 'view' };
  expect((await admin.post('/api/users', body)).status).toBe(201);
  expect((await admin.post('/api/users', body)).status).toBe(409);
  expect((await admin.post('/api/users', { ...body, name: 'dan', password: 'short' })).status).toBe(422);
  const carla = await rig.signIn({ username: 'carla', password: 'long enough' });
  expect((await carla.get('/api/users')).status).toBe(403);
  expect((await admin.call('PUT', '/api/users/carla', { body: { role: 'admin' } })).status).toBe(200);
  expect((await carla.get('/api/users')).status).toBe(200);
  await admin.call('PUT', '/api/users/carla', { body: { password: 'another one' } });
  expect((await carla.get('/api/session')).status).toBe(401);
  expect((await admin.call('DELETE', '/api/users/carla')).status).toBe(204);
  expect((await admin.call('DELETE', '/api/users/admin')).json.code).toBe('conflict');
  expect((await admin.call('PUT', '/api/users/admin', { body: { role: 'view' } })).status).toBe(409);
  const { text } = await admin.get('/api/audit');
  expect(text).toContain('"action":"user.remove","target":"carla","result":"ok"');
});

test('a token does what its role and plugins allow, until it is removed', async () => {
  const { admin, operate } = clients;
  const refused = await operate.post('/api/tokens', { name: 'too much', role: 'admin' });
  expect(refused.status).toBe(403);
  const made = await operate.post('/api/tokens', {
    name: 'ci',
    role: 'operate',
    plugins: ['sleep*'],
    days: 1,
  });
  const headers = { authorization: `Bearer ${made.json.token}` };
  const listed = await rig.call('GET', '/api/plugins', { headers });
  expect((listed.json.plugins as { id: string }[]).map(({ id }) => id)).toEqual(['sleeper']);
  expect((await rig.call('POST', '/api/plugins/sleeper/start', { headers })).status).toBe(200);
  expect((await rig.call('POST', '/api/plugins/sleeper/stop', { headers })).status).toBe(200);
  expect((await rig.call('POST', '/api/plugins/echo-socket/start', { headers })).status).toBe(403);
  expect((await rig.call('POST', '/api/tokens', { headers, body: { name: 'x', role: 'view' } })).status).toBe(
    403,
  );
  expect((await rig.call('GET', '/api/metrics', { headers })).status).toBe(403);
  expect((await operate.get('/api/tokens')).text).not.toContain(String(made.json.token));
  expect((await clients.view.call('DELETE', `/api/tokens/${made.json.id}`)).status).toBe(404);
  expect((await admin.call('DELETE', `/api/tokens/${made.json.id}`)).status).toBe(204);
  expect((await rig.call('GET', '/api/plugins', { headers })).status).toBe(401);
});

test('a password is changed by who knows it, and other sessions and all tokens end', async () => {
  const { token } = (await clients.view.post('/api/tokens', { name: 'old', role: 'view' })).json;
  const authorization = `Bearer ${token}`;
  expect((await rig.call('GET', '/api/session', { headers: { authorization } })).status).toBe(200);
  const other = await rig.signIn({ username: 'a-view', password: 'the password of view' });
  const { view } = clients;
  const wrong = await view.post('/api/session/password', { current: 'no', password: 'a new one here' });
  expect(wrong.status).toBe(403);
  const body = { current: 'the password of view', password: 'a new one here' };
  expect((await view.post('/api/session/password', body)).status).toBe(204);
  expect((await other.get('/api/session')).status).toBe(401);
  expect((await rig.call('GET', '/api/session', { headers: { authorization } })).status).toBe(401);
  expect((await view.get('/api/session')).status).toBe(200);
});

test('signing out ends the session', async () => {
  const client = await rig.signIn(ADMIN);
  expect((await client.post('/api/logout')).status).toBe(204);
  expect((await client.get('/api/session')).status).toBe(401);
});
