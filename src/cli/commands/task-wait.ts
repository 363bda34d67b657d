/** `toru task wait ID…` */

import { limitText, within } from '../../client/time-limit.ts';
import type { Task } from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';
import type { Session } from '../session.ts';
import { taskEnd } from '../tasks/task-end.ts';
import { awaitEnd } from '../tasks/task-ending.ts';
import { findTasks } from '../tasks/task-ids.ts';

export const taskWait: Command = {
  verb: 'task wait',
  kind: 'action',
  operands: 'ID|-1...',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [],
  does: 'wait until tasks have ended',
  details:
    'Exit code: that of the script, 128+N when signal N ended it, as "toru run" has it; of several tasks the first that is not 0. Without --timeout it waits as long as they take; when that has passed, 124, and the tasks go on. It goes on over a restart of torud.',
  examples: ['toru task wait "$id"', 'toru task wait 019a5b2c --timeout 10min'],
  run: runWait,
};

async function runWait(session: Session): Promise<Answer> {
  const { timeoutMs, isTimeoutGiven } = session.globals;
  const ended: Task[] = [];
  let waited: Task | undefined;
  const work = async (): Promise<Answer> => {
    const { tasks, errors } = await findTasks(session);
    const failures: ErrorBody[] = [...errors];
    for (const task of tasks) {
      waited = task;
      const end = await awaitEnd(session, task.id);
      if (!end.ok) return failed(...failures, { ...end.failure, name: task.id });
      ended.push(end.value);
    }
    return endAnswer(ended, failures);
  };
  const answer = await within(work(), isTimeoutGiven ? timeoutMs : 0);
  if (answer !== undefined) return answer;
  const what = waited === undefined ? 'the answer of torud' : `${waited.script} has not ended`;
  const message = `timed out after ${limitText(timeoutMs)}; pending: ${what}`;
  return failed(errorBody('timeout', message, { name: waited?.id ?? session.operands[0] }));
}

function endAnswer(ended: readonly Task[], failures: readonly ErrorBody[]): Answer {
  const ends = ended.map((task) => taskEnd(task));
  const errors = ends.flatMap(({ error }, at) => {
    const id = ended[at]?.id;
    return error === undefined ? [] : [{ ...error, ...(id === undefined ? {} : { name: id }) }];
  });
  const exitCode = ends.map((end) => end.exitCode).find((code) => code !== 0);
  return {
    ...(ended.length > 0 ? { document: { tasks: ended } } : {}),
    records: ended,
    values: [],
    errors: [...failures, ...errors],
    // A task that was not found is the first failure, whatever the others say.
    ...(failures.length === 0 ? { exitCode: exitCode ?? 0 } : {}),
  };
}
