/** Ending a task before its time: asked about first. Pure. */

import type { Task } from '../../../../protocol/control/tasks.ts';
import { commandText } from '../../../tasks/task-words.ts';
import type { Screen, Step } from '../../screen.ts';

/** @param isForced SIGKILL at once */
export function cancelStep(screen: Screen, task: Task, isForced: boolean): Step {
  if (task.endedAt !== null) return { screen, notice: `${task.script} has ended already` };
  const argv = ['task', 'cancel', ...(isForced ? ['--force'] : []), task.id];
  const how =
    task.state === 'queued'
      ? 'it has not begun, and is taken out of the queue'
      : isForced
        ? 'SIGKILL to all its processes, now'
        : 'SIGTERM to all its processes, SIGKILL to those that are left after the grace time';
  const question = { verb: 'cancel', note: `${commandText(task)}: ${how}` };
  return { screen, go: { kind: 'confirm', argv, plugins: [], question } };
}
