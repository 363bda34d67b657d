/** Tasks while the state cannot be written, or there is no space for their output. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FaultStage } from '../rig/fault-stage.ts';
import { NEEDS_MOUNT } from '../rig/small-disk.ts';
import { TaskStage } from '../rig/task-stage.ts';

const WAITS = 'while ! [ -e "$1" ]; do sleep 0.02; done';

describe.skipIf(NEEDS_MOUNT !== '')(`tasks and a full disk${NEEDS_MOUNT}`, () => {
  test('output that finds no space is counted, and the task goes on', async () => {
    await using fault = await FaultStage.open({ disks: { log: 1024 } });
    const stage = TaskStage.over(fault.stage, {
      'talk.sh':
        'echo before; sh ./await.sh full; head -c 300000 /dev/zero | tr "\\0" x; touch wrote; sh ./await.sh freed; echo after; exit 4',
      'await.sh': WAITS,
      'touch.sh': 'touch "$1"',
    });
    const { id } = await stage.run('talk.sh');
    await stage.untilOutput(id, 'before\n');
    fault.disk('log').fill();
    await stage.done('touch.sh', { args: ['full'] });
    expect(await stage.done('await.sh', { args: ['wrote'] })).toMatchObject({ state: 'done' });
    fault.disk('log').free();
    await stage.done('touch.sh', { args: ['freed'] });
    const task = await stage.ended(id);
    expect(task).toMatchObject({ state: 'failed', exitCode: 4, outputBytes: 300_013, outputCut: true });
    const space = 'bytes of its output could not be kept: No space left on device';
    expect(task.reason).toMatch(new RegExp(`^\\d+ ${space}$`));
    const text = await stage.text(id);
    expect(text.startsWith('before\n')).toBe(true);
    expect(text.endsWith('after\n')).toBe(true);
    let missing = 0;
    for await (const item of stage.output(id)) {
      if (item.kind !== 'gap') continue;
      expect(item.why).toBe('space');
      missing += item.bytes;
    }
    expect(missing).toBeGreaterThan(0);
    expect(text.length + missing).toBe(300_013);
  });

  test('a task that cannot be stored is refused and not begun, and one that runs ends all the same', async () => {
    await using fault = await FaultStage.open({ disks: { state: 8 * 1024 } });
    const stage = TaskStage.over(fault.stage, {
      'await.sh': WAITS,
      'mark.sh': 'echo x >> marks',
      'read.sh': 'wc -l < marks',
    });
    const running = await stage.run('await.sh', { args: ['go'] });
    fault.disk('state').fill();
    // The reserve is there for torud's own state; until that is used up, tasks are stored.
    let begun = 0;
    let error: unknown;
    while (error === undefined && begun < 2_000) {
      const answer = await stage.call('task.run', {
        script: 'mark.sh',
        args: ['x'.repeat(90_000), 'y'.repeat(90_000)],
      });
      error = answer.error;
      if (error === undefined) begun += 1;
    }
    expect(error).toMatchObject({ code: 'unavailable' });
    writeFileSync(join(stage.paths.scriptsFolder, 'go'), '');
    expect(await stage.ended(running.id)).toMatchObject({ state: 'done', exitCode: 0 });
    fault.disk('state').free();
    await fault.untilNoProblem();
    for (const task of await stage.list({ states: ['running', 'queued'] })) await stage.ended(task.id);
    const { id } = await stage.done('read.sh');
    expect(Number(await stage.text(id))).toBe(begun);
  });
});
