/** What the full bundle adds to the verbs of the fast path that change something: `--dry-run` and `--wait`. */

import { errorBody } from '../protocol/errors.ts';
import type { ActionCommand } from './action-command.ts';
import type { Command, OptionSpec } from './command.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { DRY_RUN, runPlan } from './plan-answer.ts';
import type { Session } from './session.ts';

const WAIT: OptionSpec = {
  name: 'wait',
  does: 'until the run has ended: 0 when it ended well, 1 when it crashed; no time limit without --timeout',
};

/** Switches that leave no run whose end could be waited for. */
const AGAINST_WAIT = ['no-start', 'no-block'] as const;

export function fullAction(command: ActionCommand): Command {
  const { spec } = command;
  const options = [...command.options, ...(spec.canWait === true ? [WAIT] : []), DRY_RUN];
  return { ...command, options, run: (session) => run(session, command) };
}

async function run(session: Session, command: ActionCommand): Promise<Answer> {
  const against = AGAINST_WAIT.find((option) => session.has(option));
  if (session.has('wait') && against !== undefined) {
    return failed(errorBody('usage', `--wait and --${against} exclude each other`));
  }
  return session.has('dry-run') ? runPlan(session, command.spec) : command.run(session);
}
