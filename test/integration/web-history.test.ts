/** What the API tells of a plugin's past and of its neighbours: runs, crashes with their runs, dependencies. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { type WebClient, WebRig } from '../rig/web-rig.ts';

let stage: PluginStage;
let rig: WebRig;
let admin: WebClient;
let viewer: WebClient;

beforeAll(async () => {
  const secret = '[environment]\nEXIT_CODE = "7"\nPASSWORD = "of the backend"\n';
  stage = await PluginStage.open({ sleeper: '', 'exits-with': secret });
  const manifest = join(stage.paths.pluginFolder, 'exits-with', 'plugin.json');
  const metadata = JSON.parse(await readFile(manifest, 'utf8')) as object;
  await writeFile(manifest, JSON.stringify({ ...metadata, api: { dependencies: ['sleeper@^1.0'] } }));
  await stage.call('plugin.scan');
  rig = await WebRig.open(stage.paths.controlSocket);
  admin = await rig.signIn();
  viewer = await rig.signInAs(admin, 'view');
  await stage.act('start', 'exits-with', { noBlock: true });
  await stage.untilState('exits-with', 'failed');
});

afterAll(async () => {
  await rig?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

test('runs are told newest first, no more than asked for, and without what they were started with', async () => {
  const { runs } = (await viewer.get('/api/plugins/exits-with/runs')).json as { runs: { id: number }[] };
  expect(runs.length).toBeGreaterThan(1);
  expect(runs.map(({ id }) => id)).toEqual(runs.map(({ id }) => id).sort((one, other) => other - one));
  expect(runs[0]).toMatchObject({ plugin: 'exits-with', cause: 'exit', exitCode: 7 });
  expect(JSON.stringify(runs)).not.toContain('of the backend');
  expect((await viewer.get('/api/plugins/exits-with/runs?limit=1')).json.runs).toEqual(runs.slice(0, 1));
  for (const limit of ['0', '999999999999999'])
    expect((await viewer.get(`/api/plugins/exits-with/runs?limit=${limit}`)).status).toBe(200);
  expect((await viewer.get('/api/plugins/exits-with/runs?limit=-1')).status).toBe(400);
  expect((await viewer.get('/api/plugins/no-such/runs')).status).toBe(404);
});

test('what a crashed run was started with is for admins alone', async () => {
  const path = '/api/plugins/exits-with/crashes/-1';
  expect((await admin.get(path)).json.run).toMatchObject({
    exitCode: 7,
    settings: { settings: { environment: { PASSWORD: 'of the backend' } } },
  });
  const { text, json } = await viewer.get(path);
  expect(json.crash).toMatchObject({ plugin: 'exits-with' });
  expect(text).not.toContain('of the backend');
  expect(json.run).toBeUndefined();
});

test('dependencies are told as a tree, in either direction', async () => {
  expect((await viewer.get('/api/plugins/exits-with/dependencies')).json.tree).toMatchObject({
    plugin: 'exits-with',
    nodes: [{ plugin: 'sleeper', range: '^1.0', fits: true, nodes: [] }],
  });
  expect((await viewer.get('/api/plugins/sleeper/dependencies?reverse=true')).json.tree).toMatchObject({
    plugin: 'sleeper',
    nodes: [{ plugin: 'exits-with' }],
  });
  expect((await viewer.get('/api/plugins/sleeper/dependencies?reverse=maybe')).status).toBe(400);
  expect((await viewer.get('/api/plugins/no-such/dependencies')).status).toBe(404);
});
