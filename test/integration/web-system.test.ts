/** The machine, as the API tells of it, while torud is away. */

import { expect, test } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { WebRig } from '../rig/web-rig.ts';

test('while torud is away nobody can say how the machine is, and afterwards it is told again', async () => {
  await using stage = await PluginStage.open({});
  await using rig = await WebRig.open(stage.paths.controlSocket);
  const admin = await rig.signIn();
  expect((await admin.get('/api/system')).status).toBe(200);
  await stage.rig.stop();
  const away = await admin.get('/api/system?history=1h');
  expect([away.status, away.json.code]).toEqual([503, 'unreachable']);
  await stage.rig.start();
  expect((await admin.get('/api/system')).status).toBe(200);
});

test('a token that is for some plugins is shown no processes of others', async () => {
  await using stage = await PluginStage.open({ sleeper: '', 'sleeper/other': '' });
  await using rig = await WebRig.open(stage.paths.controlSocket);
  const admin = await rig.signIn();
  await stage.act('start', 'sleeper');
  await stage.act('start', 'other');
  const made = await admin.post('/api/tokens', { name: 'narrow', role: 'operate', plugins: ['oth*'] });
  const headers = { authorization: `Bearer ${String(made.json.token)}` };
  const { json } = await rig.call('GET', '/api/system?processes=true', { headers });
  expect(json.plugins).toMatchObject([{ plugin: 'other' }]);
});
