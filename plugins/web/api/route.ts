/**
 * What a route is: one table for the server, which checks requests by it, and for the OpenAPI document, which is made
 * from it.
 */

import type * as z from 'zod/mini';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { Identity } from '../login/identity.ts';
import type { Role } from '../login/role.ts';
import type { Incoming, Outgoing } from '../server/http-types.ts';
import type { Remote } from '../server/remote.ts';
import type { RouteError } from './problem.ts';
import type { Services } from './services.ts';

export type Schema = z.ZodMiniType;
/** Of parameters in path and query: texts that become values. */
export type Fields = z.ZodMiniObject;

/** Of a successful answer. */
export type Answer =
  | {
      readonly kind: 'json';
      readonly value: unknown;
      readonly status: number;
      readonly headers: HeaderFields;
    }
  | { readonly kind: 'text'; readonly text: string; readonly type: string }
  | { readonly kind: 'empty'; readonly headers: HeaderFields }
  /** The route has written it itself. */
  | { readonly kind: 'sent' };

type HeaderFields = Readonly<Record<string, string>>;
export type Reply = Result<Answer, RouteError>;

/** A request that was let in, checked. */
export interface Call<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly identity: Identity;
  readonly remote: Remote;
  readonly services: Services;
  readonly request: Incoming;
  readonly response: Outgoing;
}

/** Content of an answer, for the document. */
export type AnswerDoc =
  | { readonly does: string; readonly schema: Schema }
  | { readonly does: string; readonly type: string }
  | { readonly does: string };

interface RouteHead {
  /** Also `operationId`, and the action in the audit. */
  readonly name: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below /api; `:id` for parameters. */
  readonly path: string;
  readonly does: string;
  readonly tag: string;
  /** `none`: for everybody, signed in or not. */
  readonly role: Role | 'none';
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Statuses of its problems, beside 400, 401, 403 and 500. */
  readonly problems?: readonly number[];
  /** Longest body, in bytes. */
  readonly maxBodyBytes?: number;
  /** True: it is not about one plugin only, and takes whoever is for all plugins. */
  readonly needsAllPlugins?: boolean;
}

export interface Route extends RouteHead {
  readonly params?: Fields;
  readonly query?: Fields;
  /** An absent body counts as `{}`. */
  readonly body?: Schema;
  handle(call: Call<unknown, unknown, unknown>): Promise<Reply> | Reply;
}

type OutputOf<Type> = Type extends Schema ? z.output<Type> : undefined;

export interface RouteSpec<
  Params extends Fields | undefined,
  Query extends Fields | undefined,
  Body extends Schema | undefined,
> extends RouteHead {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly handle: (call: Call<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>>) => Promise<Reply> | Reply;
}

/** Forgets the types that the handler was checked with: the server has made sure of them by the schemas. */
export function route<
  Params extends Fields | undefined = undefined,
  Query extends Fields | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(spec: RouteSpec<Params, Query, Body>): Route {
  return spec as unknown as Route;
}

export function json(value: unknown, status = 200, headers: HeaderFields = {}): Reply {
  return success({ kind: 'json', value, status, headers });
}

export function empty(headers: HeaderFields = {}): Reply {
  return success({ kind: 'empty', headers });
}

export const SENT: Reply = success({ kind: 'sent' });

export function refuse(error: ErrorBody, more: Omit<RouteError, 'error'> = {}): Reply {
  return failure({ error, ...more });
}

export function notFound(what: string, name: string): Reply {
  return refuse(errorBody('not_found', `no such ${what}`, { name }));
}
