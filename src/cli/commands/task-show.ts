/** `toru task show ID…` */

import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import type { Session } from '../session.ts';
import { findTasks } from '../tasks/task-ids.ts';
import { taskBlock, taskTable } from '../tasks/task-text.ts';

export const taskShow: Command = {
  verb: 'task show',
  kind: 'query',
  operands: 'ID|-1...',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [],
  does: 'show tasks in full; -1 is the newest',
  details: 'ID is the id of a task, or as much of its beginning as no other one has.',
  examples: ['toru task show -1', 'toru task show 019a5b2c --json'],
  run: runShow,
};

async function runShow(session: Session): Promise<Answer> {
  const { tasks, errors } = await findTasks(session);
  return {
    ...(tasks.length > 0 || errors.length === 0 ? { document: { tasks } } : {}),
    records: tasks,
    values: tasks.map(({ id }) => id),
    table: taskTable(tasks),
    paintedText: tasks.map(taskBlock).join('\n\n'),
    errors,
  };
}
