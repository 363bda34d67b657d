/** Scripts, tasks and schedules of a PluginStage; waits for states, never for time. */

import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Schedule } from '../../src/protocol/control/schedules.ts';
import type { Task, TaskWatchItem } from '../../src/protocol/control/tasks.ts';
import type { PluginStage } from './plugin-stage.ts';

/** An executable file in the scripts folder. */
export async function writeScript(stage: PluginStage, name: string, body: string): Promise<void> {
  const folder = stage.paths.scriptsFolder;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, name), 0o755);
}

/** Waits, told by task.watch, until there is such a task, and answers it. */
export async function untilTask(stage: PluginStage, isWanted: (task: Task) => boolean): Promise<Task> {
  for await (const item of stage.items('task.watch', { limit: 1_000 })) {
    const watched = item as unknown as TaskWatchItem;
    const seen = watched.kind === 'snapshot' ? watched.tasks : [watched.task];
    const found = seen.find(isWanted);
    if (found !== undefined) return found;
  }
  throw new Error('no such task came');
}

/** Newest first. */
export async function allTasks(stage: PluginStage): Promise<readonly Task[]> {
  return (await stage.call('task.list', { limit: 1_000 })).tasks as readonly Task[];
}

export async function oneSchedule(stage: PluginStage, name: string): Promise<Schedule> {
  const { schedules } = (await stage.call('schedule.list')) as { schedules: readonly Schedule[] };
  const found = schedules.find((schedule) => schedule.name === name);
  if (found === undefined) throw new Error(`there is no schedule ${name}`);
  return found;
}
