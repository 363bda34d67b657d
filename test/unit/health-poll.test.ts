/** Counting of health answers. */

import { expect, it } from 'vitest';
import type { HealthSettings } from '../../src/daemon/catalog/settings.ts';
import { HealthPoll } from '../../src/daemon/runs/health-poll.ts';
import type { PluginAnswer } from '../../src/daemon/runs/plugin-connection.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';

const SETTINGS: HealthSettings = { intervalMs: 1000, timeoutMs: 100, unhealthyAfter: 2, restartAfter: 4 };
const HEALTHY: PluginAnswer = { ok: true, value: { status: 'healthy' } };
const ILL: PluginAnswer = { ok: true, value: { status: 'unhealthy', detail: 'no db' } };
const SILENT: PluginAnswer = { ok: false, failure: { code: 'timeout', message: 'no answer' } };

function poll(answers: readonly PluginAnswer[], settings: Partial<HealthSettings> = {}) {
  const clock = new VirtualClock();
  const said: string[] = [];
  let asked = 0;
  const health = new HealthPoll({
    clock,
    settings: { ...SETTINGS, ...settings },
    ask: () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? HEALTHY),
    onHealth: (state, detail) => said.push(`${state}${detail === undefined ? '' : `: ${detail}`}`),
    onGivenUp: (detail) => said.push(`given up: ${detail}`),
  });
  return { clock, said, health, asked: () => asked };
}

it('asks at once, and again each interval after an answer', async () => {
  const { clock, asked } = poll([HEALTHY]);
  await clock.advanceAsync(0);
  expect(asked()).toBe(1);
  await clock.advanceAsync(3000);
  expect(asked()).toBe(4);
});

it('one bad answer is not yet an illness, so many in a row are', async () => {
  const { clock, said } = poll([HEALTHY, ILL, HEALTHY, ILL, SILENT, HEALTHY]);
  await clock.advanceAsync(5000);
  expect(said).toEqual(['healthy', 'healthy', 'unhealthy: no answer', 'healthy']);
});

it('gives up at restartAfter, once, and asks no more', async () => {
  const { clock, said, asked } = poll([ILL]);
  await clock.advanceAsync(60_000);
  expect(said).toEqual(['unhealthy: no db', 'unhealthy: no db', 'unhealthy: no db', 'given up: no db']);
  expect(asked()).toBe(4);
  expect(clock.timerCount).toBe(0);
});

it('never gives up without restartAfter', async () => {
  const { clock, said } = poll([SILENT], { restartAfter: null });
  await clock.advanceAsync(100_000);
  expect(said.some((text) => text.startsWith('given up'))).toBe(false);
});

it('an answer without a status is a bad one', async () => {
  const { clock, said } = poll([{ ok: true, value: {} }], { unhealthyAfter: 1 });
  await clock.advanceAsync(0);
  expect(said).toEqual(['unhealthy: its answer has no "status"']);
});

it('a plugin that knows no health is not asked again', async () => {
  const answer: PluginAnswer = { ok: false, failure: { code: 'unknown_type', message: '' } };
  const { clock, said, asked } = poll([answer]);
  await clock.advanceAsync(10_000);
  expect([asked(), said]).toEqual([1, []]);
});

it('an interval of 0 asks never', async () => {
  const { clock, asked } = poll([HEALTHY], { intervalMs: 0 });
  await clock.advanceAsync(10_000);
  expect(asked()).toBe(0);
});

it('after stop nothing is said, not even an answer that was on its way', async () => {
  const { clock, said, health } = poll([ILL], { unhealthyAfter: 1 });
  health.stop();
  await clock.advanceAsync(10_000);
  expect(said).toEqual([]);
});
