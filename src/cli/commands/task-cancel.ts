/** `toru task cancel ID…` */

import { limitText, within } from '../../client/time-limit.ts';
import type { Task } from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { CHANGED, changeAnswer } from '../action-command.ts';
import type { Command } from '../command.ts';
import type { Answer } from '../output/answer.ts';
import { DRY_CHANGE } from '../plan-answer.ts';
import type { Session } from '../session.ts';
import { awaitEnd } from '../tasks/task-ending.ts';
import { findTasks } from '../tasks/task-ids.ts';
import { type TaskStep, taskPlan } from '../tasks/task-plan.ts';
import { endText } from '../tasks/task-words.ts';

export const taskCancel: Command = {
  verb: 'task cancel',
  kind: 'action',
  operands: 'ID|-1...',
  minOperands: 1,
  maxOperands: Number.POSITIVE_INFINITY,
  takesNames: false,
  options: [
    { name: 'force', does: 'SIGKILL at once, without SIGTERM before' },
    { ...CHANGED, does: 'print a line a task: its id and "changed", or "unchanged" when it had ended' },
    DRY_CHANGE,
  ],
  does: 'end tasks before their time',
  details:
    'SIGTERM to all processes of the task, and SIGKILL after the grace time; one that waits in the queue is taken out of it. Waits until the task has ended; --no-block does not. One that had ended is left as it is, and that is success.',
  examples: [
    'toru task cancel 019a5b2c',
    'toru task cancel --force -1',
    'toru tasks --running -o value | xargs -r toru task cancel',
  ],
  run: runCancel,
};

interface Outcome {
  readonly task: Task;
  readonly changed: boolean;
}

async function runCancel(session: Session): Promise<Answer> {
  const { tasks, errors } = await findTasks(session);
  if (session.has('dry-run')) return planCancel(session, tasks, errors);
  const outcomes: Outcome[] = [];
  const failures: ErrorBody[] = [...errors];
  for (const { id } of tasks) {
    const params = { id, ...(session.has('force') ? { force: true } : {}) };
    const cancelled = await session.client.call('task.cancel', params, session.globals.timeoutMs);
    if (cancelled.ok) outcomes.push(cancelled.value);
    else failures.push({ ...cancelled.failure, name: id });
  }
  const { ended, pending } = await awaitEnds(session, outcomes);
  const words = ended.map(({ task, changed }) => [task.id, changed ? 'changed' : 'unchanged'] as const);
  const document = {
    tasks: ended.map(({ task }) => task),
    outcomes: ended.map(({ task, changed }) => ({ task: task.id, changed })),
  };
  return {
    ...(ended.length > 0 ? { document, records: document.outcomes } : {}),
    ...changeAnswer(words, session.has('changed')),
    errors: [...failures, ...pending],
  };
}

/** Done means ended, within the time that there is for all of them. */
async function awaitEnds(
  session: Session,
  outcomes: readonly Outcome[],
): Promise<{ readonly ended: readonly Outcome[]; readonly pending: readonly ErrorBody[] }> {
  const { timeoutMs, isBlocking } = session.globals;
  if (!isBlocking) return { ended: outcomes, pending: [] };
  const deadline = performance.now() + timeoutMs;
  const ended: Outcome[] = [];
  const pending: ErrorBody[] = [];
  for (const outcome of outcomes) {
    const { id, endedAt, script } = outcome.task;
    const leftMs = timeoutMs === 0 ? 0 : Math.max(1, deadline - performance.now());
    const end = endedAt === null ? await within(awaitEnd(session, id), leftMs) : undefined;
    if (end?.ok === false) pending.push({ ...end.failure, name: id });
    else if (end === undefined && endedAt === null) {
      const message = `timed out after ${limitText(timeoutMs)}; pending: ${script} has not ended`;
      pending.push(errorBody('timeout', message, { name: id, hint: '--force kills it' }));
    } else ended.push(end === undefined ? outcome : { ...outcome, task: end.value });
  }
  return { ended, pending };
}

async function planCancel(
  session: Session,
  tasks: readonly Task[],
  errors: readonly ErrorBody[],
): Promise<Answer> {
  const steps: (readonly [string, TaskStep])[] = [];
  const failures: ErrorBody[] = [...errors];
  const force = session.has('force');
  for (const { id } of tasks) {
    const params = { id, dryRun: true, ...(force ? { force } : {}) };
    const asked = await session.client.call('task.cancel', params, session.globals.timeoutMs);
    if (asked.ok) steps.push([id, stepOf(asked.value, force)]);
    else failures.push({ ...asked.failure, name: id });
  }
  return { ...taskPlan('task', steps), errors: failures };
}

function stepOf({ task, changed }: Outcome, isForced: boolean): TaskStep {
  if (!changed)
    return { action: 'nothing', because: `${task.script} has ended: ${endText(task) ?? task.state}` };
  return { action: isForced ? 'kill' : 'cancel', because: `${task.script} is ${task.state}` };
}
