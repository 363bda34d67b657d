/** Two hundred browsers that follow one plugin which writes 5,000 lines a second, in front of the module as it is shipped. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { LineFollower, lineWriter } from '../rig/line-follower.ts';
import { writePlugin } from '../rig/plugin-fixture.ts';
import { WebProcess } from '../rig/web-process.ts';

const FOLLOWERS = 200;
const STALLED = 20;
const PER_SECOND = 5_000;
const LINES = 10_000;
const MB = 1_000_000;

let web: WebProcess;

beforeAll(async () => {
  web = await WebProcess.open(async ({ paths }) => {
    await writePlugin(paths, { id: 'writer', script: lineWriter(LINES, PER_SECOND) });
  });
  await web.stage.act('start', 'writer');
  await web.stage.untilLine('writer', 'ready');
});

afterAll(() => web[Symbol.asyncDispose]());

test('who keeps up has no gap, who stalls costs a bounded sum and has none either later on', {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < 50; round += 1) await web.get('/api/plugins');
  const idle = await web.resident();
  await web.forgetPeak();
  const followers = await Promise.all(
    Array.from({ length: FOLLOWERS }, () => LineFollower.open(web.port, 'writer', web.headers)),
  );
  const [stalled, quick] = [followers.slice(0, STALLED), followers.slice(STALLED)];
  for (const follower of stalled) follower.stall();
  await web.stage.call('plugin.kill', { names: ['writer'], signal: 'SIGUSR1' });
  await Promise.all(quick.map((follower) => follower.until(LINES)));
  expect(quick.map(({ fault, last }) => fault ?? last)).toEqual(quick.map(() => LINES));
  const added = ((await web.peak()) - idle) / MB;
  expect(added).toBeLessThan(50);
  expect((await web.get('/api/plugins')).status).toBe(200);

  for (const follower of stalled) follower.resume();
  await Promise.all(stalled.map((follower) => follower.until(LINES)));
  expect(stalled.map(({ fault, last }) => fault ?? last)).toEqual(stalled.map(() => LINES));
  for (const follower of followers) follower[Symbol.dispose]();
});
