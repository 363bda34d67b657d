/** For whom somebody asks, as the client says it: on a real control socket, and from the HTTP module to `why` and the audit. */

import { expect, test } from 'vitest';
import type { AccessRule } from '../../src/daemon/base/config.ts';
import type { AuditEvent } from '../../src/protocol/control/audit.ts';
import type { Actor } from '../../src/protocol/control/plugins.ts';
import { success } from '../../src/protocol/result.ts';
import { CAPABILITIES } from '../../src/protocol/version.ts';
import { runToru } from '../rig/cli-rig.ts';
import { type ControlConnection, openControl } from '../rig/control-connection.ts';
import { startServer } from '../rig/control-server.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { WebRig } from '../rig/web-rig.ts';

/** Neither root nor the user of the tests, and without an account. */
const UID = 61_001;

function startAs(role: AccessRule['role'], heard: Actor[]) {
  return startServer(
    {
      'plugin.scan': async (_params, caller) => {
        heard.push(caller.actor);
        return success({ added: [], changed: [], removed: [], refused: [] });
      },
    },
    {
      accessRules: () => [{ uid: UID, role, plugins: '*' }],
      loadCredentials: async () => success(() => ({ pid: 7, uid: UID, gid: UID, groups: [] })),
    },
  );
}

let lastId = 0;

async function scanFor(client: ControlConnection, onBehalfOf: unknown): Promise<void> {
  lastId += 1;
  client.send({ id: lastId, method: 'plugin.scan', params: {}, onBehalfOf });
  expect(await client.nextFrame()).toHaveProperty('result');
}

test('an admin says for whom it asks, request by request, and torud names the capability', async () => {
  const heard: Actor[] = [];
  await using rig = await startAs('admin', heard);
  await using client = await openControl(rig.socketPath);
  for (const person of ['ann', 'Zoë (token 7)', undefined]) await scanFor(client, person);
  expect(heard.map(({ uid, onBehalfOf, via }) => [uid, onBehalfOf, via])).toEqual([
    [UID, 'ann', 'rig'],
    [UID, 'Zoë (token 7)', 'rig'],
    [UID, undefined, undefined],
  ]);
  expect(CAPABILITIES).toContain('on-behalf-of');
});

test('what is no name is ignored: nothing of it gets into a line of text', async () => {
  const heard: Actor[] = [];
  await using rig = await startAs('admin', heard);
  await using client = await openControl(rig.socketPath);
  for (const person of [
    '',
    'two\nlines',
    'x'.repeat(129),
    'a\u0000b',
    '\u202Eann',
    7,
    null,
    ['ann'],
    { name: 'ann' },
  ])
    await scanFor(client, person);
  expect(heard.filter(({ onBehalfOf }) => onBehalfOf !== undefined)).toEqual([]);
  expect(heard).toHaveLength(9);
});

test.each(['operate', 'view'] as const)('whoever has the role %s speaks for itself alone', async (role) => {
  const heard: Actor[] = [];
  await using rig = await startAs(role, heard);
  await using client = await openControl(rig.socketPath);
  client.send({ id: 1, method: 'plugin.scan', params: {}, onBehalfOf: 'ann' });
  await client.nextFrame();
  expect(heard.map(({ onBehalfOf }) => onBehalfOf)).toEqual(role === 'operate' ? [undefined] : []);
});

test('why, events and the audit name the person who asked the HTTP module', async () => {
  await using stage = await PluginStage.open({ sleeper: '' });
  await using web = await WebRig.open(stage.paths.controlSocket);
  const operator = await web.signInAs(await web.signIn(), 'operate');
  expect((await operator.post('/api/plugins/sleeper/enable')).status).toBe(200);
  expect((await operator.post('/api/plugins/sleeper/stop')).status).toBe(200);

  const who = /a-operate via toru-web \(uid \d+/;
  const { text } = (await stage.call('plugin.why', { plugin: 'sleeper' })) as { text: string };
  expect(text).toMatch(who);
  expect((await stage.status('sleeper')).actor).toMatchObject({
    kind: 'user',
    uid: process.getuid?.(),
    onBehalfOf: 'a-operate',
    via: 'toru-web',
  });
  const audit = await runToru(stage.folder, ['events', '--type', 'audit', '--json']);
  const { events } = JSON.parse(audit.stdout) as { events: readonly AuditEvent[] };
  const mine = events.filter(({ actor }) => actor?.onBehalfOf === 'a-operate');
  expect(mine.map(({ reason }) => reason.replace(/ \(uid.*?\)/, ''))).toEqual([
    'a-operate via toru-web ran enable sleeper: changed',
    'a-operate via toru-web ran stop sleeper: changed',
  ]);
  // Said once, and not again as the user that the module runs as.
  const told = (await runToru(stage.folder, ['events', 'sleeper'])).stdout;
  expect(told).toMatch(who);
  expect(told).not.toMatch(/via.*; by /);
});
