/** What is typed by those who may do little, and read by those who may do all; and what is said of wrong types. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseMessage } from '../../plugins/web/api/socket/message.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;
let viewer: WebClient;

beforeAll(async () => {
  stage = await PluginStage.open({ sleeper: '', 'echo-socket': '' });
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  viewer = await rig.signInAs(admin, 'view');
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

test.each([
  '\u001b[2J',
  'bell\u0007',
  'two\nlines',
  'tab\there',
  '\u009b31m',
  'turned \u202e',
  ' ',
  '',
  'x'.repeat(101),
])('a token cannot be called %j', async (name) => {
  const answer = await viewer.post('/api/tokens', { name, role: 'view' });
  expect(answer.status).toBe(400);
  expect(answer.json.detail).toMatch(/^body: name must be one line of 1 to 100 characters without control/);
});

test('a token may be called in any language', async () => {
  const answer = await viewer.post('/api/tokens', { name: 'Prüfung – 试验 👩‍🔧', role: 'view' });
  expect([answer.status, answer.json.name]).toEqual([201, 'Prüfung – 试验 👩‍🔧']);
});

test('what somebody asked for without being allowed to cannot write lines of its own into the audit', async () => {
  const path = `/api/actions/${encodeURIComponent('\u001b[2J\n2026-01-01 admin ok')}`;
  expect((await viewer.call('DELETE', path)).status).toBe(403);
  const { entries } = (await admin.get('/api/audit')).json as { entries: { target: string }[] };
  expect(entries.map(({ target }) => target)).toContain('\\x1b[2J\\n2026-01-01 admin ok');
});

test.each([
  ['POST', '/api/login', { username: 1, password: 'x' }, 'body: username must be text'],
  ['POST', '/api/login', { username: null, password: 'x' }, 'body: username must be text'],
  ['POST', '/api/login', { password: 'x' }, 'body: username is missing'],
  ['POST', '/api/login', [], 'body: it must be an object'],
  ['POST', '/api/tokens', { name: 'a', role: 'view', days: 1.5 }, 'body: days must be a whole number'],
  ['POST', '/api/plugins/sleeper/start', { dryRun: 'yes' }, 'body: dryRun must be true or false'],
])('%s %s with %j is told what is wrong: %s', async (method, path, body, detail) => {
  const answer = await admin.call(method, path, { body });
  expect([answer.status, answer.json.detail]).toEqual([400, detail]);
});

test('a task and a lock cannot be called by control characters', async () => {
  for (const [key, value] of [
    ['name', 'a\u001b[2J'],
    ['lock', 'two\nlines'],
  ] as const) {
    const answer = await admin.post('/api/scripts/any.sh/run', { [key]: value });
    expect([answer.status, answer.json.detail]).toEqual([
      400,
      `body: ${key} must be without control characters`,
    ]);
  }
});

test.each([
  [{ type: 'run', script: 5 }, 'script must be text'],
  [{ type: 'run' }, 'script is missing'],
  [{ type: 'run', script: 'a.sh', args: 'x' }, 'args must be a list'],
])('over the WebSocket, of %j it is said: %s', (message, text) => {
  expect(parseMessage(JSON.stringify(message))).toMatchObject({ ok: false, failure: { text } });
});

test('a token for some plugins gets the events of those alone, and as many as it asks for', async () => {
  for (const verb of ['start', 'stop']) await admin.post(`/api/plugins/sleeper/${verb}`, {});
  for (const verb of ['start', 'stop', 'start', 'stop'])
    await admin.post(`/api/plugins/echo-socket/${verb}`, {});
  const made = await admin.post('/api/tokens', { name: 'some', role: 'view', plugins: ['sleep*'] });
  const headers = { authorization: `Bearer ${made.json.token}`, accept: 'application/json' };
  const page = await rig.call('GET', '/api/events?limit=3', { headers });
  const plugins = (page.json.events as { plugin: string }[]).map(({ plugin }) => plugin);
  expect(plugins).toEqual(['sleeper', 'sleeper', 'sleeper']);
  for (const more of ['', '&follow=true']) {
    const other = await rig.call('GET', `/api/events?plugin=echo-socket${more}`, { headers });
    expect([more, other.status]).toEqual([more, 403]);
  }
  const none = await admin.post('/api/tokens', { name: 'none', role: 'view', plugins: ['no-such'] });
  const authorization = `Bearer ${none.json.token}`;
  const empty = await rig.call('GET', '/api/events', { headers: { ...headers, authorization } });
  expect([empty.status, empty.json.events]).toEqual([200, []]);
});
