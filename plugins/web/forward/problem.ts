/** Refusals as the client gets them: application/problem+json (RFC 9457), with the error code of CLI.md. */

import { STATUS_CODES } from 'node:http';
import { awaitsContinue } from './continue.ts';
import type { ForwardResponse, Problem } from './contract.ts';

/** The document of a refusal. */
export function problemText({ status, code, detail }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? '', status, code, detail });
}

export function problemFields(problem: Problem, text: string): Record<string, string> {
  const { retryAfterSeconds } = problem;
  return {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  };
}

/** Answers with the problem. False: the answer had begun, and was cut off instead, so that nobody takes it for whole. */
export function answerProblem(response: ForwardResponse, problem: Problem): boolean {
  if (response.headersSent) {
    response.destroy();
    return false;
  }
  const text = problemText(problem);
  const fields = problemFields(problem, text);
  if (response.req !== undefined && awaitsContinue(response.req)) fields.connection = 'close';
  response.writeHead(problem.status, fields);
  response.end(text);
  return true;
}

export function notFound(): Problem {
  return { status: 404, code: 'not_found', detail: 'nothing is here' };
}

export function badPath(): Problem {
  return { status: 400, code: 'usage', detail: 'the path has a dot segment, a control character or a bad %' };
}

export function away(id: string, retryAfterSeconds: number): Problem {
  return { status: 503, code: 'unavailable', detail: `${id} is not running now`, retryAfterSeconds };
}

export function overloaded(detail: string): Problem {
  return { status: 503, code: 'unavailable', detail, retryAfterSeconds: 1 };
}

export function late(id: string, ms: number): Problem {
  return { status: 504, code: 'timeout', detail: `${id} gave no answer within ${ms} ms` };
}

export function badAnswer(id: string, why: string): Problem {
  return { status: 502, code: 'failed', detail: `${id} gave no answer that makes sense: ${why}` };
}
