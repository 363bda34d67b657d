/** One request on its way to a plugin, and all that is known of it: what both levels work with. */

import type { ByteBudget } from './byte-budget.ts';
import type {
  ForwardContext,
  ForwardLimits,
  ForwardOutcome,
  ForwardRequest,
  ForwardResponse,
  ForwardTarget,
  Problem,
} from './contract.ts';
import { answerProblem } from './problem.ts';
import type { RequestFields } from './request-headers.ts';

export interface ForwardJob {
  readonly target: ForwardTarget;
  readonly request: ForwardRequest;
  readonly response: ForwardResponse;
  readonly context: ForwardContext;
  /** What the plugin gets: clean, with the user's signed fields. */
  readonly fields: RequestFields;
  readonly method: string;
  readonly limits: ForwardLimits;
  readonly budget: ByteBudget;
  readonly hiddenCookies: readonly string[];
}

/** Refuses, or cuts an answer that had begun. @param fault for the log; the problem's own text when absent */
export function refuseJob(response: ForwardResponse, problem: Problem, fault?: string): ForwardOutcome {
  const why = fault ?? problem.detail;
  if (isGone(response) || response.writableEnded) return { status: 0, fault: 'the client left' };
  const { statusCode } = response;
  return answerProblem(response, problem)
    ? { status: problem.status, fault: why }
    : { status: statusCode, fault: `the answer was cut off: ${why}` };
}

/** True when nobody reads the response any more. */
export function isGone(response: ForwardResponse): boolean {
  return response.destroyed ?? response.stream?.destroyed ?? false;
}

/** True for a closed response of which all went out. HTTP/2 calls a stream finished that was given up: then we had not ended it. */
export function isDelivered(response: ForwardResponse): boolean {
  return response.writableEnded && response.writableFinished && response.stream?.aborted !== true;
}

/** `ENOENT` and its like say that nobody listens now: the plugin is on its way up or down. */
export function isAbsence(errno: string | undefined): boolean {
  return errno === 'ENOENT' || errno === 'ECONNREFUSED' || errno === 'EAGAIN';
}
