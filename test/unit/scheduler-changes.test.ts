/** Schedules when torud.toml changes under them, or the machine's clock. */

import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, SchedulerStage } from './scheduler-stage.ts';

const DAILY = '[[schedule]]\nscript = "backup.sh"\ncron = "15 3 * * *"\ntimezone = "UTC"\n';
const MINUTELY = '[[schedule]]\nscript = "tick.sh"\ncron = "* * * * *"\ntimezone = "UTC"\n';
const NOON = '2026-11-21T12:00:00Z';

describe('reloading torud.toml', () => {
  it('keeps what is remembered when only how it runs has changed', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    await stage.away(2 * DAY_MS, DAILY);
    expect((await stage.one()).missed).toBe(2);
    await stage.apply(`${DAILY}args = ["--full"]\nlock = "disk"\n`);
    expect(await stage.one()).toMatchObject({ missed: 2, args: ['--full'], lock: 'disk' });
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.tasks.begun.map(({ request }) => request.args)).toEqual([['--full']]);
  });

  it('begins anew when the time has changed: nothing was missed of what was not planned', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    await stage.away(2 * DAY_MS, DAILY.replace('15 3', '0 11'));
    expect(await stage.one()).toMatchObject({ missed: 0, next: ['2026-11-24T11:00:00.000000Z'] });
    expect(stage.taken()).toEqual([]);
  });

  it('forgets a schedule that is taken out, so that its return catches nothing up', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(`${DAILY}catch-up = "once"\n`);
    await stage.apply(MINUTELY);
    await stage.clock.advanceAsync(DAY_MS);
    stage.taken();
    await stage.apply(`${DAILY}catch-up = "once"\n`);
    expect(stage.taken()).toEqual([]);
    expect(stage.records().map(({ name }) => name)).toEqual(['backup.sh']);
  });

  it('while a task is being begun neither loses its moment nor runs it twice', async () => {
    const stage = new SchedulerStage('2026-11-21T03:14:50Z');
    await stage.apply(DAILY);
    const gate = Promise.withResolvers<void>();
    const { run } = stage.tasks;
    stage.tasks.run = async (...asked) => {
      await gate.promise;
      return run.apply(stage.tasks, asked);
    };
    await stage.clock.advanceAsync(20_000);
    await stage.apply(`${DAILY}args = ["x"]\n`);
    gate.resolve();
    await stage.clock.advanceAsync(HOUR_MS);
    expect(stage.taken()).toHaveLength(1);
    expect(stage.records()[0]).toMatchObject({ claimedAt: null, missed: 0 });
  });
});

describe('the clock is set', () => {
  it('a day forward: what was jumped over is missed, and what comes then runs', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    stage.clock.setWallClock(stage.clock.now() + DAY_MS);
    await stage.clock.advanceAsync(2 * MINUTE_MS);
    expect((await stage.one()).missed).toBe(1);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-23T03:15']);
  });

  it('a day forward, with catch-up "once": runs once', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(`${DAILY}catch-up = "once"\n`);
    stage.clock.setWallClock(stage.clock.now() + DAY_MS);
    await stage.clock.advanceAsync(5 * MINUTE_MS);
    expect(stage.taken()).toEqual(['2026-11-22T12:01']);
  });

  it('a day back: a time of day that was run does not come again, the next one does', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-22T03:15']);
    stage.clock.setWallClock(stage.clock.now() - DAY_MS);
    await stage.clock.advanceAsync(DAY_MS + HOUR_MS);
    expect(stage.taken()).toEqual([]);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-23T03:15']);
    expect((await stage.one()).missed).toBe(0);
  });

  it('a day back: a time of day that was not run yet comes as it would', async () => {
    const stage = new SchedulerStage('2026-11-22T12:00:00Z');
    await stage.apply(DAILY);
    stage.clock.setWallClock(Date.parse(NOON));
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-22T03:15']);
  });

  it('a day back: what runs every minute goes on within a minute', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(MINUTELY);
    await stage.clock.advanceAsync(3 * MINUTE_MS);
    stage.taken();
    stage.clock.setWallClock(stage.clock.now() - DAY_MS);
    await stage.clock.advanceAsync(3 * MINUTE_MS);
    expect(stage.taken().length).toBeGreaterThanOrEqual(2);
    expect((await stage.one()).missed).toBe(0);
  });

  it('a few seconds back: the minute that was run does not run again', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(MINUTELY);
    await stage.clock.advanceAsync(MINUTE_MS + 1_000);
    stage.clock.setWallClock(stage.clock.now() - 5_000);
    await stage.clock.advanceAsync(MINUTE_MS);
    expect(stage.taken()).toEqual(['2026-11-21T12:01']);
    await stage.clock.advanceAsync(10_000);
    expect(stage.taken()).toEqual(['2026-11-21T12:02']);
  });

  it('ten years back: a memory from a wrong clock holds nothing up, under the next torud as well', async () => {
    const stage = new SchedulerStage('2036-11-21T12:00:00Z');
    await stage.apply(DAILY);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toHaveLength(1);
    stage.clock.setWallClock(Date.parse(NOON));
    await stage.away(0, DAILY);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-22T03:15']);
  });

  it('to 1970 at boot, until the machine has asked for the time: nothing counts as missed', async () => {
    const once = `${DAILY}catch-up = "once"\n`;
    const stage = new SchedulerStage(NOON);
    await stage.apply(once + MINUTELY);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.tasks.begun.some(({ script }) => script === 'backup.sh')).toBe(true);
    stage.taken();
    stage.clock.setWallClock(10_000);
    await stage.away(0, once + MINUTELY);
    await stage.clock.advanceAsync(30_000);
    stage.clock.setWallClock(Date.parse('2026-11-22T12:05:30Z'));
    await stage.clock.advanceAsync(2 * MINUTE_MS);
    expect(stage.tasks.begun.map(({ script }) => script)).not.toContain('backup.sh');
    expect((await stage.scheduler.list(1)).schedules.map(({ missed }) => missed)).toEqual([0, 4]);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.tasks.begun.filter(({ script }) => script === 'backup.sh')).toHaveLength(1);
  });
});
