/** Schedules on a virtual clock: due in time, once, and what is done about what was missed. */

import { describe, expect, it } from 'vitest';
import { jitterOf } from '../../src/daemon/schedules/jitter.ts';
import { errorBody } from '../../src/protocol/errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NO_SCRIPT, SchedulerStage } from './scheduler-stage.ts';

const DAILY = '[[schedule]]\nscript = "backup.sh"\ncron = "15 3 * * *"\ntimezone = "UTC"\n';
const ONCE = `${DAILY}catch-up = "once"\n`;
const MINUTELY = '[[schedule]]\nscript = "tick.sh"\ncron = "* * * * *"\ntimezone = "UTC"\n';
const NOON = '2026-11-21T12:00:00Z';

describe('a schedule', () => {
  it('begins its script when it is due, as the daemon, with all that it says', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(`${DAILY}args = ["-v"]\nlock = "disk"\ntimeout = 60\n`);
    await stage.clock.advanceAsync(2 * DAY_MS);
    expect(stage.tasks.begun[0]?.request).toEqual({
      script: 'backup.sh',
      args: ['-v'],
      lock: 'disk',
      timeoutMs: 60_000,
    });
    expect(stage.taken()).toEqual(['2026-11-22T03:15', '2026-11-23T03:15']);
    expect(stage.tasks.tasks[0]?.origin).toEqual({ kind: 'schedule', schedule: 'backup.sh' });
  });

  it('of every minute begins once a minute, on the minute', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(MINUTELY);
    await stage.clock.advanceAsync(5 * MINUTE_MS);
    expect(stage.taken()).toEqual([1, 2, 3, 4, 5].map((minute) => `2026-11-21T12:0${minute}`));
  });

  it('costs no timer when there is none, or none that ever comes due', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply('');
    expect(stage.clock.timerCount).toBe(0);
    await stage.apply(DAILY.replace('15 3 * * *', '0 0 30 2 *'));
    expect(stage.clock.timerCount).toBe(0);
    expect(await stage.one()).toMatchObject({ next: [], problem: '"0 0 30 2 *" never comes due' });
    await stage.apply(DAILY);
    expect(stage.clock.timerCount).toBe(1);
    await stage.apply('');
    expect(stage.clock.timerCount).toBe(0);
    expect(stage.records()).toEqual([]);
  });

  it.each([
    ['Europe/Berlin', '30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    ['Europe/Berlin', '30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    ['America/New_York', '30 2 * * *', '2026-03-07T12:00:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    ['America/New_York', '30 1 * * *', '2026-10-31T12:00:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
  ])('in %s at "%s" runs once over the day of %s', async (zone, cron, from, expected) => {
    const stage = new SchedulerStage(from);
    await stage.apply(DAILY.replace('15 3 * * *', cron).replace('"UTC"', `"${zone}"`));
    await stage.clock.advanceAsync(2 * DAY_MS);
    expect(stage.taken()).toEqual(expected);
  });

  it('shows the next moments, its newest task, and why its script would be refused', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    await stage.clock.advanceAsync(DAY_MS);
    stage.tasks.refusal = NO_SCRIPT;
    expect((await stage.scheduler.list(2)).schedules).toMatchObject([
      {
        name: 'backup.sh',
        next: ['2026-11-23T03:15:00.000000Z', '2026-11-24T03:15:00.000000Z'],
        missed: 0,
        lastMissedAt: null,
        lastTask: { id: 'task-1' },
        problem: 'there is no script backup.sh',
      },
    ]);
  });

  it('begins nothing after it was closed', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(MINUTELY);
    await stage.scheduler.close();
    await stage.clock.advanceAsync(HOUR_MS);
    expect(stage.taken()).toEqual([]);
    expect(stage.clock.timerCount).toBe(0);
  });
});

describe('jitter', () => {
  it('is the same for the same moment, differs between moments, and stays within its bounds', () => {
    const delays = Array.from({ length: 200 }, (_, day) => jitterOf('seed', 'a', day * DAY_MS, 1_000));
    expect(delays).toEqual(
      Array.from({ length: 200 }, (_, day) => jitterOf('seed', 'a', day * DAY_MS, 1_000)),
    );
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
    expect(new Set(delays).size).toBeGreaterThan(150);
    expect(jitterOf('other', 'a', 0, 1_000_000)).not.toBe(jitterOf('seed', 'a', 0, 1_000_000));
    expect(jitterOf('seed', 'a', 0, 0)).toBe(0);
  });

  it('delays the run by what it says, also over an end of torud in between', async () => {
    const dueAt = Date.parse('2026-11-22T03:15:00Z');
    const delayMs = jitterOf('seed', 'backup.sh', dueAt, HOUR_MS);
    expect(delayMs).toBeGreaterThan(2 * MINUTE_MS);
    const stage = new SchedulerStage(NOON);
    const toml = `${DAILY}jitter = "1h"\n`;
    await stage.apply(toml);
    await stage.clock.advanceAsync(dueAt + MINUTE_MS - stage.clock.now());
    await stage.away(MINUTE_MS, toml);
    await stage.clock.advanceAsync(dueAt + delayMs - 1 - stage.clock.now());
    expect(stage.taken()).toEqual([]);
    await stage.clock.advanceAsync(2);
    expect(stage.taken()).toHaveLength(1);
    await stage.clock.advanceAsync(12 * HOUR_MS);
    expect(stage.taken()).toEqual([]);
  });

  it('longer than the time between two moments leaves none out', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(`${MINUTELY}jitter = "5min"\n`);
    await stage.clock.advanceAsync(HOUR_MS);
    expect(stage.taken().length).toBeGreaterThanOrEqual(54);
    expect((await stage.one()).missed).toBe(0);
  });
});

describe('runs that were missed while torud was away', () => {
  it('are shown as missed with catch-up "skip", and add up', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    await stage.away(3 * DAY_MS, DAILY);
    expect(stage.taken()).toEqual([]);
    expect(await stage.one()).toMatchObject({ missed: 3, lastMissedAt: '2026-11-24T03:15:00.000000Z' });
    await stage.away(DAY_MS, DAILY);
    expect(await stage.one()).toMatchObject({ missed: 4, lastMissedAt: '2026-11-25T03:15:00.000000Z' });
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-26T03:15']);
    expect(stage.log.events()).toContain('schedule-missed');
  });

  it('are caught up by one run with catch-up "once"', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(ONCE);
    await stage.away(3 * DAY_MS, ONCE);
    expect(stage.taken()).toEqual(['2026-11-24T12:00']);
    expect((await stage.one()).missed).toBe(0);
    await stage.away(MINUTE_MS, ONCE);
    expect(stage.taken()).toEqual([]);
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-25T03:15']);
  });

  it('are none when the moment is but just over, as after an upgrade', async () => {
    const stage = new SchedulerStage('2026-11-21T03:14:58Z');
    await stage.apply(DAILY);
    await stage.away(6_000, DAILY);
    expect(stage.taken()).toEqual(['2026-11-21T03:15']);
    expect((await stage.one()).missed).toBe(0);
  });

  it('are missed when torud is back ten seconds later, and caught up only when that is asked for', async () => {
    for (const [toml, taken, missed] of [
      [DAILY, [], 1],
      [ONCE, ['2026-11-21T03:15'], 0],
    ] as const) {
      const stage = new SchedulerStage('2026-11-21T03:14:50Z');
      await stage.apply(toml);
      await stage.away(20_000, toml);
      expect(stage.taken()).toEqual(taken);
      expect((await stage.one()).missed).toBe(missed);
    }
  });

  it('are none when the late moment that jitter gives them is still to come', async () => {
    const stage = new SchedulerStage('2026-11-21T03:14:50Z');
    const toml = `${DAILY}jitter = "1h"\n`;
    await stage.apply(toml);
    const dueAt = Date.parse('2026-11-21T03:15:00Z');
    const delayMs = jitterOf('seed', 'backup.sh', dueAt, HOUR_MS);
    await stage.away(10_000 + delayMs - 1_000, toml);
    expect(stage.taken()).toEqual([]);
    await stage.clock.advanceAsync(1_000);
    expect(stage.taken()).toHaveLength(1);
  });

  it('of every minute for a month are counted in bounded time', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(MINUTELY);
    await stage.away(30 * DAY_MS + 30_000, MINUTELY);
    expect((await stage.one()).missed).toBeGreaterThan(900);
    expect((await stage.one()).missed).toBeLessThanOrEqual(1_000);
    await stage.clock.advanceAsync(MINUTE_MS);
    expect(stage.taken()).toEqual(['2026-12-21T12:01']);
  });

  it('are none of a schedule that torud sees for the first time', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply('');
    await stage.away(3 * DAY_MS, ONCE);
    expect(stage.taken()).toEqual([]);
    expect(await stage.one()).toMatchObject({ missed: 0, lastMissedAt: null });
  });
});

describe('a torud that is killed', () => {
  it('between the claim and the task has the moment run by the next one', async () => {
    const stage = new SchedulerStage('2026-11-21T03:14:50Z');
    await stage.apply(DAILY);
    stage.tasks.run = () => new Promise(() => undefined);
    await stage.clock.advanceAsync(20_000);
    expect(stage.records()[0]?.claimedAt).not.toBeNull();
    Reflect.deleteProperty(stage.tasks, 'run');
    await stage.replace(DAILY);
    expect(stage.taken()).toEqual(['2026-11-21T03:15']);
    expect(stage.records()[0]?.claimedAt).toBeNull();
  });

  it('between the task and the end of the claim does not have it run twice', async () => {
    const stage = new SchedulerStage('2026-11-21T03:14:50Z');
    await stage.apply(DAILY);
    stage.tasks.onRun = () => {
      stage.isFull = true;
    };
    await stage.clock.advanceAsync(20_000);
    expect(stage.taken()).toEqual(['2026-11-21T03:15']);
    expect(stage.records()[0]?.claimedAt).not.toBeNull();
    stage.isFull = false;
    await stage.replace(DAILY);
    await stage.clock.advanceAsync(HOUR_MS);
    expect(stage.taken()).toEqual([]);
    expect(stage.records()[0]).toMatchObject({ claimedAt: null, missed: 0 });
  });
});

describe('a run that cannot begin', () => {
  it('is skipped while the one before still runs, and counted', async () => {
    const stage = new SchedulerStage(NOON);
    stage.tasks.state = 'running';
    await stage.apply(MINUTELY);
    await stage.clock.advanceAsync(3 * MINUTE_MS);
    expect(stage.taken()).toEqual(['2026-11-21T12:01']);
    expect(await stage.one()).toMatchObject({ missed: 2, lastMissedAt: '2026-11-21T12:03:00.000000Z' });
    stage.tasks.endAll();
    await stage.clock.advanceAsync(MINUTE_MS);
    expect(stage.taken()).toEqual(['2026-11-21T12:04']);
  });

  it('waits for its lock behind a running one, but only one does', async () => {
    const stage = new SchedulerStage(NOON);
    stage.tasks.state = 'running';
    await stage.apply(`${MINUTELY}lock = "disk"\n`);
    await stage.clock.advanceAsync(MINUTE_MS);
    stage.tasks.state = 'queued';
    await stage.clock.advanceAsync(5 * MINUTE_MS);
    expect(stage.taken()).toEqual(['2026-11-21T12:01', '2026-11-21T12:02']);
    expect((await stage.one()).missed).toBe(4);
  });

  it('because its script is missing is counted as missed and logged, and the next one runs', async () => {
    const stage = new SchedulerStage(NOON);
    stage.tasks.refusal = NO_SCRIPT;
    await stage.apply(DAILY);
    await stage.clock.advanceAsync(DAY_MS);
    expect(await stage.one()).toMatchObject({ missed: 1, lastMissedAt: '2026-11-22T03:15:00.000000Z' });
    expect(stage.log.events()).toEqual(['schedules-in-force', 'schedule-cannot-run', 'schedule-failed']);
    stage.tasks.refusal = undefined;
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-23T03:15']);
  });

  it('because nothing can be stored begins nothing, and is missed when that lasts', async () => {
    const stage = new SchedulerStage(NOON);
    await stage.apply(DAILY);
    stage.isFull = true;
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual([]);
    stage.isFull = false;
    await stage.clock.advanceAsync(DAY_MS);
    expect(stage.taken()).toEqual(['2026-11-23T03:15']);
    expect((await stage.one()).missed).toBe(1);
  });

  it('because the task cannot be stored is tried again after a minute at most', async () => {
    const stage = new SchedulerStage('2026-11-21T03:14:00Z');
    stage.tasks.refusal = errorBody('unavailable', 'no space');
    await stage.apply(ONCE);
    await stage.clock.advanceAsync(3 * MINUTE_MS);
    stage.tasks.refusal = undefined;
    await stage.clock.advanceAsync(2 * MINUTE_MS);
    expect(stage.taken()).toHaveLength(1);
    await stage.clock.advanceAsync(HOUR_MS);
    expect(stage.taken()).toEqual([]);
  });
});
