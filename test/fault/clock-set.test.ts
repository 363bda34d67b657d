/** Somebody sets the machine's clock by a day under a running torud: nothing waits for a day, nothing is started twice. */

import { describe, expect, it } from 'vitest';
import { PluginStage } from '../rig/plugin-stage.ts';
import { SetClock } from '../rig/set-clock.ts';

const DAY_MS = 86_400_000;

describe.each([
  ['a day forward', DAY_MS],
  ['a day back', -DAY_MS],
])('the clock is set %s', (_title, jumpMs) => {
  it('what runs goes on, what crashes is restarted after its delay, and a new torud takes all over', async () => {
    await using stage = await PluginStage.make();
    await stage.install('sleeper');
    await stage.install('segfaults/crasher', '[restart]\ndelays_ms = [0, 300]\nlimit = 3\n');
    const clock = new SetClock(stage.folder);
    await stage.rig.start({ env: clock.env });
    await stage.act('start', 'sleeper');
    const before = await stage.status('sleeper');
    await stage.act('start', 'crasher', { noBlock: true });
    await stage.until('crasher', ({ restarts }) => restarts > 0);

    clock.set(jumpMs);
    await stage.untilState('crasher', 'failed');
    const shiftMs = Date.parse((await stage.status('crasher')).since) - Date.now();
    expect(Math.abs(shiftMs - jumpMs)).toBeLessThan(60_000);
    expect((await stage.crashes('crasher')).map(({ restart }) => restart)).toEqual([3, 2, 1, 0]);

    await stage.rig.kill();
    await stage.rig.start({ env: clock.env });
    const { state, pid, runId } = await stage.status('sleeper');
    expect({ state, pid, runId }).toEqual({ state: 'running', pid: before.pid, runId: before.runId });
    expect(await stage.status('crasher')).toMatchObject({ state: 'failed', enabled: false });
    expect((await stage.act('restart', 'sleeper')).error).toBeUndefined();
  });

  it('a backoff that began before it is over in its time', async () => {
    await using stage = await PluginStage.make();
    await stage.install('exits-with/crasher', '[restart]\ndelays_ms = [1500]\nlimit = 1\n');
    const clock = new SetClock(stage.folder);
    await stage.rig.start({ env: clock.env });
    await stage.act('start', 'crasher', { noBlock: true });
    await stage.untilState('crasher', 'backoff');
    clock.set(jumpMs);
    await stage.untilState('crasher', 'failed');
    await stage.rig.kill();
    await stage.rig.start({ env: clock.env });
    expect(await stage.status('crasher')).toMatchObject({ state: 'failed' });
  });
});
