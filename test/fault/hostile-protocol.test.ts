/** Plugins that misuse their connections: only they have to bear it. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { leadersOfPlugin } from '../rig/plugin-processes.ts';
import { expectNothingLeft, expectOthersUnharmed, openHostile, QUICK_STOP } from './hostile-stage.ts';

const NEVER = `${QUICK_STOP}[restart]\npolicy = "never"\n`;
const HEALTH = '[health]\ninterval_ms = 5\ntimeout_ms = 250\nunhealthy_after = 2\n';

it.each([
  ['half-a-frame-then-silence', 'half a frame'],
  ['answers-for-others', 'answers under the ids of other requests, or of another type'],
])('%s: %s count as no answer, so it is unhealthy, and restarted if its settings say so', async (id) => {
  await using stage = await openHostile(id, `${NEVER}${HEALTH}restart_after = 4\n`);
  await stage.act('start', id);
  const ill = await stage.until(id, ({ health }) => health === 'unhealthy');
  expect(ill.healthDetail).toMatch(/no answer to health within 250 ms/);
  await stage.untilState(id, 'failed');
  expect(await stage.capsule(id)).toMatchObject({ cause: 'health' });
  await expectOthersUnharmed(stage);
  expectNothingLeft(stage, id);
});

it('one that never answers init is ended with cause start-timeout', async () => {
  await using stage = await openHostile('never-answers', `${NEVER}[start]\ntimeout_ms = 300\n`);
  expect((await stage.act('start', 'never-answers')).error).toMatchObject({ code: 'failed' });
  await stage.untilState('never-answers', 'failed');
  expect(await stage.capsule('never-answers')).toMatchObject({ cause: 'start-timeout' });
  await expectOthersUnharmed(stage);
  expectNothingLeft(stage, 'never-answers');
});

it('one that hangs up again and again is ended with cause protocol', async () => {
  await using stage = await openHostile('hangs-up', NEVER);
  await stage.act('start', 'hangs-up', { noBlock: true });
  await stage.untilState('hangs-up', 'failed');
  const crash = await stage.capsule('hangs-up');
  expect(crash).toMatchObject({
    cause: 'protocol',
    detail: expect.stringMatching(/11 times within a minute/),
  });
  await expectOthersUnharmed(stage);
  expectNothingLeft(stage, 'hangs-up');
});

it('one that knocks at the control socket and runs keeps nobody else out', async () => {
  await using stage = await openHostile('knocks-and-runs');
  await stage.act('start', 'knocks-and-runs');
  await stage.untilLine('knocks-and-runs', 'a thousand knocks');
  for (let look = 0; look < 3; look += 1) await expectOthersUnharmed(stage);
  expect(await stage.status('knocks-and-runs')).toMatchObject({ state: 'running' });
  await stage.act('stop', 'knocks-and-runs');
  expectNothingLeft(stage, 'knocks-and-runs');
});

it('one that deleted its socket is served over the connection it has, and is stopped with shutdown', async () => {
  await using stage = await openHostile('deletes-its-socket', NEVER + HEALTH);
  await stage.act('start', 'deletes-its-socket');
  expect(existsSync(join(stage.paths.pluginSocketFolder, 'deletes-its-socket.sock'))).toBe(false);
  await stage.until('deletes-its-socket', ({ health }) => health === 'healthy');
  await expectOthersUnharmed(stage);
  await stage.act('stop', 'deletes-its-socket');
  const { lastExit, state } = await stage.status('deletes-its-socket');
  expect({ lastExit, state }).toMatchObject({ state: 'stopped', lastExit: { code: 0, signal: null } });
  expectNothingLeft(stage, 'deletes-its-socket');
});

it('the next torud cannot reach it any more: it is ended with cause protocol and started anew', async () => {
  const dropIn = `${QUICK_STOP}${HEALTH}[start]\ntimeout_ms = 2000\n`;
  await using stage = await openHostile('deletes-its-socket', dropIn);
  await stage.act('enable', 'deletes-its-socket');
  const before = await stage.status('deletes-its-socket');
  await stage.rig.killAndRestart();
  const after = await stage.until(
    'deletes-its-socket',
    (one) => one.state === 'running' && one.runId !== before.runId,
  );
  const first = (await stage.crashes('deletes-its-socket')).at(-1);
  expect(first).toMatchObject({ runId: before.runId, cause: 'protocol' });
  expect(leadersOfPlugin(stage.folder, 'deletes-its-socket')).toEqual([after.pid]);
  await expectOthersUnharmed(stage);
});
