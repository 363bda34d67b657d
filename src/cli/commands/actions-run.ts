/** `toru actions run NAME` */

import { errorBody } from '../../protocol/errors.ts';
import type { Command } from '../command.ts';
import { type Answer, failed } from '../output/answer.ts';
import { DRY_RUN } from '../plan-answer.ts';
import type { Session } from '../session.ts';
import { ownFailure, runTask } from '../tasks/attach.ts';
import { lastDurations, taskPlan } from '../tasks/task-plan.ts';
import { ATTACHED, DETACH, NO_QUEUE } from './run.ts';

export const actionsRun: Command = {
  verb: 'actions run',
  kind: 'action',
  operands: 'ACTION',
  minOperands: 1,
  maxOperands: 1,
  takesNames: false,
  options: [DETACH, NO_QUEUE, DRY_RUN],
  does: 'run the script of a quick action, with its output here',
  details: `${ATTACHED} Exit codes are those of "toru run"; 127 when there is no such action. It is not asked for confirmation. Arguments, lock and time limit are the action's own.`,
  examples: ['toru actions run deploy', 'toru actions run deploy --detach'],
  run: runAction,
};

async function runAction(session: Session): Promise<Answer> {
  const [name = ''] = session.operands;
  const { timeoutMs } = session.globals;
  const hint = 'is a variable of the script not set?';
  if (name === '') return failed(errorBody('usage', "the action's name is empty", { hint }));
  const params = { name, ...(session.has('no-queue') ? { noQueue: true } : {}) };
  if (!session.has('dry-run'))
    return runTask(session, {
      verb: 'actions run',
      name,
      begin: () => session.client.call('quickAction.run', params, timeoutMs),
    });
  const planned = await session.client.call('quickAction.run', { ...params, dryRun: true }, timeoutMs);
  if (!planned.ok) return ownFailure(planned.failure, name);
  const listed = await session.client.call('quickAction.list', {}, timeoutMs);
  if (!listed.ok) return ownFailure(listed.failure, name);
  const action = listed.value.actions.find((one) => one.name === name);
  if (action === undefined)
    return ownFailure(errorBody('not_found', 'there is no such quick action any more'), name);
  const because = action.lock === null ? 'asked for' : `asked for, with the lock "${action.lock}"`;
  const lastMs = await lastDurations(session, action.script);
  return taskPlan('quickAction', [[name, { action: 'run', because, command: action, lastMs }]]);
}
