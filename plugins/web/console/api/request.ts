/** Requests to the API. Expected failures are values; whoever is no longer signed in gets the sign-in form. */

import { failure, messageOf, type Result, success } from '../../../../src/protocol/result.ts';
import { sessionState, setExpired, setSignedIn } from '../session/session-state.ts';
import type { Problem, SessionAnswer } from './answer-types.ts';
import { inWords } from './problem-words.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** No answer within this time is none, in milliseconds: actions are waited for up to 100 s by the server. */
const LIMIT_MS = 120_000;
/** Its 401 is about the password. */
const SIGN_IN = '/login';

/** @param path below /api, with a slash @param body sent as JSON */
export async function request<Value>(
  method: Method,
  path: string,
  body?: unknown,
): Promise<Result<Value, Problem>> {
  const answer = await askTwice<Value>(method, path, body);
  return answer.ok || path === SIGN_IN ? answer : failure(inWords(answer.failure));
}

async function askTwice<Value>(
  method: Method,
  path: string,
  body?: unknown,
): Promise<Result<Value, Problem>> {
  const answer = await send<Value>(method, path, body);
  if (answer.ok || !isStaleToken(answer.failure)) return answer;
  // Another tab has signed in: its session is ours as well, with another token.
  const session = await send<SessionAnswer>('GET', '/session');
  if (!session.ok) return answer;
  setSignedIn(session.value);
  return send(method, path, body);
}

async function send<Value>(method: Method, path: string, body?: unknown): Promise<Result<Value, Problem>> {
  const current = sessionState();
  const token = current.kind === 'in' || current.kind === 'expired' ? current.session.csrfToken : undefined;
  try {
    const response = await fetch(`/api${path}`, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' || token === undefined ? {} : { 'x-csrf-token': token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    if (response.status === 401 && path !== SIGN_IN) setExpired();
    if (!response.ok) return failure(await readProblem(response));
    return success((response.status === 204 ? undefined : await response.json()) as Value);
  } catch (thrown) {
    return failure(unanswered(thrown));
  }
}

function isStaleToken({ status, code, detail }: Problem): boolean {
  return status === 403 && code === 'denied' && detail.includes('X-CSRF-Token');
}

async function readProblem(response: Response): Promise<Problem> {
  const text = await response.text();
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const more = Number.isFinite(retryAfter) ? { retryAfterSeconds: retryAfter } : {};
  const { status } = response;
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  if (isProblem) return { ...(JSON.parse(text) as Problem), status, ...more };
  const detail = `the server answered with status ${status}`;
  return { status, title: response.statusText || 'Error', detail, code: 'failed', ...more };
}

function unanswered(thrown: unknown): Problem {
  const isLate = thrown instanceof DOMException && thrown.name === 'TimeoutError';
  return {
    status: 0,
    title: 'No answer',
    detail: isLate
      ? 'the server did not answer in time'
      : `the server cannot be reached (${messageOf(thrown)})`,
    code: isLate ? 'timeout' : 'unreachable',
  };
}
