/** What no route of the API takes: requests for plugins, or nobody's. */

import { errorBody } from '../../../src/protocol/errors.ts';
import type { RouteError } from '../api/problem.ts';
import type { Identity } from '../login/identity.ts';
import type { Incoming, Outgoing } from './http-types.ts';
import type { Remote } from './remote.ts';

export interface FallbackRequest {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly remote: Remote;
  readonly identity: Identity;
}

export interface Fallback {
  /** Why it is refused; undefined when it was answered. */
  serve(request: FallbackRequest): Promise<RouteError | undefined>;
}

export const NOT_HERE: RouteError = { error: errorBody('not_found', 'there is nothing here') };

/** Without any plugins. */
export const nothing: Fallback = { serve: () => Promise.resolve(NOT_HERE) };
