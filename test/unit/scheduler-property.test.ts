/** Whatever happens to torud and to the clock: no moment is run twice, and none is forgotten. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCron } from '../../src/daemon/base/cron-times.ts';
import { DAY_MS, HOUR_MS, SchedulerStage } from './scheduler-stage.ts';
import { unwrap } from './store-scratch.ts';

const SEED = Date.now() % 2 ** 31;
console.info(`fast-check seed ${SEED}`);

const START = '2026-03-20T00:30:00Z';
const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York'] as const;
const CRONS = ['30 2 * * *', '0 1,13 * * *', '15 3 * * 1-5'] as const;

type Step =
  | { readonly kind: 'pass' | 'away'; readonly ms: number }
  /** It dies before or after the task is noted. */
  | { readonly kind: 'die'; readonly isNoted: boolean }
  | { readonly kind: 'reload' | 'full' }
  | { readonly kind: 'forward'; readonly ms: number };

const ms = fc.integer({ min: 1, max: 2 * DAY_MS });
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('pass', 'away'), ms }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('die'), isNoted: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reload', 'full') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forward'), ms }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 8 },
);

async function take(stage: SchedulerStage, step: Step, toml: string): Promise<void> {
  switch (step.kind) {
    case 'pass':
      return stage.clock.advanceAsync(step.ms);
    case 'away':
      return stage.away(step.ms, toml);
    case 'reload':
      return stage.apply(`${toml}args = ["${stage.clock.now()}"]\n`);
    case 'forward':
      stage.clock.setWallClock(stage.clock.now() + step.ms);
      return;
    case 'full':
      stage.isFull = true;
      await stage.clock.advanceAsync(6 * HOUR_MS);
      stage.isFull = false;
      return;
    case 'die':
      await dieAtNextRun(stage, step.isNoted);
      return stage.replace(toml);
  }
}

/** The answer never comes; what was noted was noted. */
async function dieAtNextRun(stage: SchedulerStage, isNoted: boolean): Promise<void> {
  const { run } = stage.tasks;
  stage.tasks.run = async (...asked) => {
    if (isNoted) await run.apply(stage.tasks, asked);
    return new Promise(() => undefined);
  };
  await stage.clock.advanceAsync(12 * HOUR_MS);
  Reflect.deleteProperty(stage.tasks, 'run');
}

it('holds for times of day with catch-up "once", over all of it', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...ZONES),
    fc.constantFrom(...CRONS),
    steps,
    async (zone, cron, taken) => {
      const toml = `[[schedule]]\nscript = "a"\ncron = "${cron}"\ntimezone = "${zone}"\ncatch-up = "once"\n`;
      const times = unwrap(readCron(cron, zone));
      const stage = new SchedulerStage(START);
      await stage.apply(toml);
      for (const step of taken) await take(stage, step, toml);
      await stage.away(1, toml);
      await stage.clock.advanceAsync(5 * DAY_MS);
      const begun = stage.tasks.tasks.map(({ queuedAt }) => Date.parse(queuedAt));
      const dueOf = (at: number): number => times.last(at + 1, 0, 1)[0] ?? 0;
      const moments = begun.map(dueOf);
      expect(new Set(moments).size, 'none twice').toBe(moments.length);
      const due = times.last(stage.clock.now() + 1, stage.clock.now() - 4 * DAY_MS, 100);
      expect(moments.slice(-due.length).reverse(), 'none lost at the end').toEqual(due);
    },
  );
  await fc.assert(property, { seed: SEED, numRuns: 25 });
});
