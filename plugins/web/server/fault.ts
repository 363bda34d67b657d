/** What is told to whoever asked for something that threw. */

import { errorBody } from '../../../src/protocol/errors.ts';
import type { RouteError } from '../api/problem.ts';
import { storageProblem } from '../login/storage-fault.ts';

/** The file of users out of reach, which is no bug; or one, of which the log has to have the details. */
export function faultOf(thrown: unknown): { readonly told: RouteError; readonly isBug: boolean } {
  const problem = storageProblem(thrown);
  if (problem !== undefined) return { told: { error: problem }, isBug: false };
  const error = errorBody('internal', 'this is a bug in toru; the log of web has the details');
  return { told: { error }, isBug: true };
}
