/** Rules of [[access]] on a real control socket, with callers of which the kernel's word is set by the test. */

import { statSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AccessRule } from '../../src/daemon/base/config.ts';
import { METHODS } from '../../src/protocol/control/methods.ts';
import { success } from '../../src/protocol/result.ts';
import { connectControl, openControl } from '../rig/control-connection.ts';
import { startServer } from '../rig/control-server.ts';

/** Neither root nor the user of the tests, and without an account. */
const UID = 61_001;
const OUTSIDER: AccessRule = { uid: UID, role: 'operate', plugins: '*' };

async function startRuled(rules: { current: readonly AccessRule[] }) {
  return startServer(
    {
      'plugin.scan': async () => success({ added: [], changed: [], removed: [], refused: [] }),
      'event.read': async function* (_params, _caller, signal) {
        yield { events: [] };
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return success({});
      },
    },
    {
      accessRules: () => rules.current,
      loadCredentials: async () => success(() => ({ pid: 7, uid: UID, gid: UID, groups: [] })),
    },
  );
}

test('other rules hold at once for a connection that is open', async () => {
  const rules: { current: readonly AccessRule[] } = { current: [OUTSIDER] };
  await using rig = await startRuled(rules);
  await using client = await openControl(rig.socketPath);
  expect(await client.request(1, 'plugin.scan', {})).toHaveProperty('result');
  rules.current = [{ ...OUTSIDER, role: 'view' }];
  expect(rig.server.applyAccess()).toEqual(success(undefined));
  expect(await client.request(2, 'plugin.scan', {})).toMatchObject({ error: { code: 'denied' } });
  expect(METHODS['plugin.scan'].role).toBe('operate');
});

test('the socket opens for rules about outsiders and shuts with them, and who is named no more is turned away', async () => {
  const rules: { current: readonly AccessRule[] } = { current: [] };
  await using rig = await startRuled(rules);
  const mode = (): number => statSync(rig.socketPath).mode & 0o777;
  expect(mode()).toBe(0o660);
  rules.current = [OUTSIDER];
  expect(rig.server.problems()).toMatchObject([expect.stringContaining('toru daemon reload')]);
  rig.server.applyAccess();
  expect([mode(), rig.server.problems()]).toEqual([0o666, []]);
  await using client = await openControl(rig.socketPath);
  client.send({ id: 1, method: 'event.read', params: { follow: true } });
  expect(await client.nextFrame()).toMatchObject({ id: 1, item: {} });
  rules.current = [];
  rig.server.applyAccess();
  expect(mode()).toBe(0o660);
  expect(await client.nextFrame()).toMatchObject({ id: 1, error: { code: 'denied' } });
});

test('where rules name others, somebody whom none names is turned away with a word, and logged once', async () => {
  await using rig = await startRuled({ current: [{ ...OUTSIDER, uid: UID + 1 }] });
  for (let round = 0; round < 3; round++) {
    await using client = await connectControl(rig.socketPath);
    expect(await client.hello()).toMatchObject({ error: { code: 'denied' } });
  }
  expect(rig.log.filter(({ event }) => event === 'denied')).toHaveLength(1);
});
