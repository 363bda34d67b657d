/** Parameters, query and body of a request, checked by the route's schemas. */

import { type core, safeParse } from 'zod/mini';
import { errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { Incoming } from '../server/http-types.ts';
import { readBody } from './body.ts';
import type { RouteError } from './problem.ts';
import type { Route, Schema } from './route.ts';

/** A route without another word takes bodies of this length, in bytes. */
const MAX_BODY_BYTES = 64 * 1024;

export interface Checked {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** @param beforeBody called when a body is about to be read */
export async function checkRequest(
  route: Route,
  request: Incoming,
  path: Readonly<Record<string, string>>,
  search: URLSearchParams,
  beforeBody: () => void,
): Promise<Result<Checked, RouteError>> {
  const params = check(route.params, path, 'path');
  if (!params.ok) return params;
  const query = checkQuery(route, search);
  if (!query.ok) return query;
  if (route.body === undefined) return success({ params: params.value, query: query.value, body: undefined });
  beforeBody();
  const read = await readBody(request, route.maxBodyBytes ?? MAX_BODY_BYTES);
  if (!read.ok) return read;
  const body = check(route.body, read.value, 'body');
  if (!body.ok) return body;
  return success({ params: params.value, query: query.value, body: body.value });
}

function checkQuery(route: Route, search: URLSearchParams): Result<unknown, RouteError> {
  const names = [...search.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return usage(`query: "${twice}" is given twice`);
  const known = route.query === undefined ? [] : Object.keys(route.query.shape);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = known.length === 0 ? 'there are none here' : `known here: ${known.join(', ')}`;
    return failure({ error: errorBody('usage', `query: "${unknown}" is not known`, { hint }) });
  }
  return check(route.query, Object.fromEntries(search), 'query');
}

function check(schema: Schema | undefined, value: unknown, part: string): Result<unknown, RouteError> {
  if (schema === undefined) return success(undefined);
  // Without the input nobody could tell what is missing from what is of another type.
  const parsed = safeParse(schema, value, { reportInput: true });
  if (parsed.success) return success(parsed.data);
  const [issue] = parsed.error.issues;
  return usage(issue === undefined ? `${part}: has a wrong value` : `${part}: ${describe(issue)}`);
}

function usage(message: string): Result<never, RouteError> {
  return failure({ error: errorBody('usage', message) });
}

/** Begins with the key: `names[2] must be a string`. */
export function describe(issue: core.$ZodIssue): string {
  const path = issue.path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
  return `${path === '' ? 'it' : path} ${demandOf(issue)}`;
}

const KINDS: Readonly<Partial<Record<string, string>>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'text',
};

function demandOf(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `has a key that is not known: ${issue.keys.join(', ')}`;
    case 'custom':
      return `must be ${issue.message}`;
    default:
      return 'has a wrong form';
  }
}
