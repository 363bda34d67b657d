/** Schedules of a real torud whose clock is set: due, missed, caught up once, over kills and reloads. */

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { allTasks, oneSchedule, untilTask, writeScript } from '../rig/automation-stage.ts';
import { writeConfig } from '../rig/plugin-fixture.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { SetClock } from '../rig/set-clock.ts';

const DAILY = '[[schedule]]\nscript = "backup.sh"\ncron = "15 3 * * *"\ntimezone = "UTC"\n';
const ONCE = `${DAILY}catch-up = "once"\n`;

interface Opened extends AsyncDisposable {
  readonly stage: PluginStage;
  readonly set: (time: string) => void;
  /** kill -9, and a new torud on the same clock. */
  readonly restart: () => Promise<void>;
}

/** A root with the script, and torud on it at this moment of its own clock. */
async function openAt(time: string, toml: string): Promise<Opened> {
  const stage = await PluginStage.make(toml);
  try {
    await writeScript(stage, 'backup.sh', 'echo "saved $*"');
    const clock = new SetClock(stage.folder);
    clock.setTo(time);
    const start = async (): Promise<void> => {
      await stage.rig.start({ env: clock.env });
      // Schedules are in force when torud answers, which is later than when it can be connected to.
      await stage.call('schedule.list');
    };
    await start();
    return {
      stage,
      set: (to) => clock.setTo(to),
      restart: async () => {
        await stage.rig.kill();
        await start();
      },
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    };
  } catch (thrown) {
    await stage[Symbol.asyncDispose]();
    throw thrown;
  }
}

describe('a schedule', () => {
  it('begins its script when it is due, as torud, and shows its task', async () => {
    await using opened = await openAt('2026-11-22T03:00:00Z', `${DAILY}args = ["full"]\nname = "nightly"\n`);
    const { stage, set } = opened;
    expect(await oneSchedule(stage, 'nightly')).toMatchObject({
      next: ['2026-11-22T03:15:00.000000Z'],
      lastTask: null,
      problem: null,
    });
    set('2026-11-22T03:15:10Z');
    await stage.call('daemon.reload');
    const task = await untilTask(stage, ({ state }) => state === 'done');
    expect(task).toMatchObject({
      script: 'backup.sh',
      args: ['full'],
      exitCode: 0,
      actor: { kind: 'daemon' },
      origin: { kind: 'schedule', schedule: 'nightly' },
    });
    expect(await oneSchedule(stage, 'nightly')).toMatchObject({
      next: ['2026-11-23T03:15:00.000000Z'],
      missed: 0,
      lastTask: { id: task.id, state: 'done' },
    });
  });

  it('that was missed while torud was away runs once with catch-up "once", over several kills', async () => {
    await using opened = await openAt('2026-11-22T03:00:00Z', ONCE);
    const { stage, set, restart } = opened;
    set('2026-11-25T12:00:00Z');
    await restart();
    const task = await untilTask(stage, ({ state }) => state === 'done');
    await restart();
    await restart();
    expect(await oneSchedule(stage, 'backup.sh')).toMatchObject({ missed: 0, lastTask: { id: task.id } });
    expect((await allTasks(stage)).map(({ id }) => id)).toEqual([task.id]);
  });

  it('that was missed is shown as missed with catch-up "skip", also after the next kill', async () => {
    await using opened = await openAt('2026-11-22T03:00:00Z', DAILY);
    const { stage, set, restart } = opened;
    set('2026-11-25T12:00:00Z');
    await restart();
    await restart();
    expect(await oneSchedule(stage, 'backup.sh')).toMatchObject({
      missed: 4,
      lastMissedAt: '2026-11-25T03:15:00.000000Z',
      lastTask: null,
    });
    expect(await allTasks(stage)).toEqual([]);
  });

  it('without its script says so, counts what did not run, and goes on when the script is there', async () => {
    await using opened = await openAt('2026-11-22T03:00:00Z', DAILY.replace('backup', 'gone'));
    const { stage, set } = opened;
    expect((await oneSchedule(stage, 'gone.sh')).problem).toContain('gone.sh');
    set('2026-11-22T03:15:10Z');
    await stage.call('daemon.reload');
    await expect.poll(async () => (await oneSchedule(stage, 'gone.sh')).missed).toBe(1);
    expect(await readFile(stage.paths.supervisorLog, 'utf8')).toContain('"event":"schedule-failed"');
    await writeScript(stage, 'gone.sh', 'true');
    set('2026-11-23T03:15:10Z');
    await stage.call('daemon.reload');
    await untilTask(stage, ({ script, state }) => script === 'gone.sh' && state === 'done');
    expect((await oneSchedule(stage, 'gone.sh')).problem).toBeNull();
  });
});

describe('torud.toml', () => {
  it('read again changes schedules without losing what is known of them', async () => {
    await using opened = await openAt('2026-11-22T03:00:00Z', DAILY);
    const { stage, set, restart } = opened;
    set('2026-11-24T12:00:00Z');
    await restart();
    expect((await oneSchedule(stage, 'backup.sh')).missed).toBe(3);
    await writeConfig(stage.paths, `${DAILY}jitter = "10min"\n${DAILY}name = "second"\n`);
    expect(await stage.call('daemon.reload')).not.toHaveProperty('error');
    expect(await oneSchedule(stage, 'backup.sh')).toMatchObject({ missed: 3, jitterMs: 600_000 });
    expect(await oneSchedule(stage, 'second')).toMatchObject({ missed: 0 });
    await writeConfig(stage.paths, DAILY.replace('15 3', '75 3'));
    const refused = await stage.call('daemon.reload');
    expect(refused.error).toMatchObject({ code: 'invalid' });
    expect(JSON.stringify(refused.error)).toContain('torud.toml line 3');
    expect(await oneSchedule(stage, 'backup.sh')).toMatchObject({ missed: 3, cron: '15 3 * * *' });
  });

  it('with a wrong schedule keeps torud from starting, in one line', async () => {
    await using stage = await PluginStage.make('[[schedule]]\nscript = "a.sh"\ncron = "every day"\n');
    const { code, stderr } = await stage.rig.startAndEnd();
    expect(code).not.toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/torud\.toml line \d+: "cron" in \[\[schedule\]\]/);
  });
});
