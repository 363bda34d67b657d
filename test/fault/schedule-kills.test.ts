/** torud is killed around the moment a schedule is due, again and again: each moment is run exactly once. */

import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { allTasks, untilTask, writeScript } from '../rig/automation-stage.ts';
import { openControl } from '../rig/control-connection.ts';
import { PluginStage } from '../rig/plugin-stage.ts';
import { SetClock } from '../rig/set-clock.ts';
import { seededRandom } from '../survive/random.ts';

const ROUNDS = 8;
const DAY_MS = 86_400_000;
const FIRST_DUE_MS = Date.UTC(2026, 10, 22, 3, 15);
const TOML = '[[schedule]]\nscript = "count.sh"\ncron = "15 3 * * *"\ntimezone = "UTC"\ncatch-up = "once"\n';

it('no moment is lost, none is run twice', async () => {
  const seed = Number(process.env.TORU_SEED ?? Date.now() % 1_000_000);
  const random = seededRandom(seed);
  await using stage = await PluginStage.make(TOML);
  await writeScript(stage, 'count.sh', 'echo counted >> count');
  const clock = new SetClock(stage.folder);
  const start = () => stage.rig.start({ env: clock.env });
  clock.setTo(new Date(FIRST_DUE_MS - 60_000).toISOString());
  await start();
  await stage.call('schedule.list');
  for (let round = 0; round < ROUNDS; round += 1) {
    clock.setTo(new Date(FIRST_DUE_MS + round * DAY_MS + 1_000).toISOString());
    // Wakes the schedules up; the kill comes anywhere in what follows.
    const connection = await openControl(stage.paths.controlSocket);
    connection.send({ id: 1, method: 'daemon.reload', params: {} });
    await pause(random() * 25);
    await stage.rig.kill();
    connection.close();
    await start();
    const isOfRound = ({ queuedAt }: { readonly queuedAt: string }): boolean =>
      Date.parse(queuedAt) >= FIRST_DUE_MS + round * DAY_MS;
    await untilTask(stage, (task) => isOfRound(task) && task.state === 'done');
    const tasks = await allTasks(stage);
    expect(tasks.filter(isOfRound), `seed ${seed}, round ${round}`).toHaveLength(1);
    expect(tasks, `seed ${seed}, round ${round}`).toHaveLength(round + 1);
  }
});
