/** Refusals in words for whoever sits in front of a browser: what is said to shells and programs leads nowhere here. */

import type { Problem } from './answer-types.ts';

type Told = Pick<Problem, 'detail' | 'hint'>;

/** By its code, where the server's own words are for others; else as the server has it. */
export function inWords<Refusal extends Told & Partial<Pick<Problem, 'status' | 'code'>>>(
  problem: Refusal,
): Refusal {
  const { status, code, hint } = problem;
  if (status === 401) return said(problem, 'nobody is signed in here any more', 'sign in again');
  if (status === 0 && code === 'unreachable') {
    return said(problem, 'the server does not answer', 'this page goes on by itself when it is back');
  }
  if (code === 'unreachable') {
    return said(problem, 'torud does not answer', 'this page goes on by itself when it is back');
  }
  return hint !== undefined && isForPrograms(hint) ? said(problem, problem.detail) : problem;
}

function said<Refusal extends Told>(problem: Refusal, detail: string, hint?: string): Refusal {
  const { hint: _, ...rest } = problem;
  return { ...rest, detail, ...(hint === undefined ? {} : { hint }) } as Refusal;
}

/** Requests to be sent by hand, and commands that list what the console shows. */
function isForPrograms(hint: string): boolean {
  return /^(GET|POST|PUT|DELETE) \/|--root|^"?toru [a-z ]+"? shows all/.test(hint);
}
