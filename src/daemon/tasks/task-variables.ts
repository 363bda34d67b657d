/** Variables of a script that are torud's to set. */

import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import type { TaskRequest } from './contract.ts';
import { TASK_VARIABLES } from './task-spec.ts';

/** Why these variables may not be asked for; what would not take effect is refused instead of dropped. */
export function variableProblem({ env = {} }: TaskRequest): ErrorBody | undefined {
  const taken = TASK_VARIABLES.find((name) => Object.hasOwn(env, name));
  if (taken === undefined) return undefined;
  return errorBody('usage', `torud sets the variable ${taken} of a script itself`, { hint: 'leave it out' });
}
