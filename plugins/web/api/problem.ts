/** Errors as problem details (RFC 9457), with the codes of src/protocol/errors.ts. */

import type { ErrorBody, ErrorCode } from '../../../src/protocol/errors.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** HTTP status of each code, where a route has no better one. */
export const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  failed: 409,
  usage: 400,
  denied: 403,
  not_found: 404,
  invalid: 422,
  not_running: 409,
  timeout: 504,
  interrupted: 499,
  unreachable: 503,
  protocol_mismatch: 502,
  licence: 403,
  dependency: 409,
  conflict: 409,
  too_large: 413,
  busy: 429,
  unavailable: 503,
  internal: 500,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not permitted',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Not possible now',
  413: 'Too large',
  415: 'Media type not supported',
  417: 'Expectation not met',
  422: 'Not valid',
  426: 'Upgrade required',
  429: 'Too many requests',
  431: 'Header too large',
  499: 'Interrupted',
  500: 'Internal error',
  502: 'Bad gateway',
  503: 'Not available',
  504: 'Timed out',
};

/** When to come back after 429 and 503, where nothing better is known, in seconds. */
const RETRY_AFTER_SECONDS = 2;

export interface ProblemOptions {
  /** Another status than that of the code. */
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error of a route, and what HTTP adds to it. */
export interface RouteError extends ProblemOptions {
  readonly error: ErrorBody;
}

export interface ProblemDocument {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly name?: string;
}

export function problemDocument(error: ErrorBody, status: number): ProblemDocument {
  const { code, message, hint, name } = error;
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(name === undefined ? {} : { name }),
  };
}

export function problem(refusal: RouteError): Response {
  const { status, headers, text } = problemAnswer(refusal);
  return new Response(text, { status, headers });
}

/** For who writes answers in another way. */
export function problemAnswer({ error, ...options }: RouteError): {
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
} {
  const status = options.status ?? STATUS_OF[error.code];
  const needsRetry = status === 429 || status === 503;
  const retryAfter = options.retryAfterSeconds ?? (needsRetry ? RETRY_AFTER_SECONDS : undefined);
  const document = problemDocument(error, status);
  return {
    status,
    title: document.title,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="toru"' } : {}),
      ...options.headers,
    },
    text: JSON.stringify(document),
  };
}
