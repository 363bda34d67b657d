/**
 * What every request passes: who asks, whether that one may, and a line about what was refused. A request that names no
 * user learns nothing but that it has to sign in.
 */

import { errorBody } from '../../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../../src/protocol/result.ts';
import type { RouteError } from '../api/problem.ts';
import type { Accounts } from '../login/accounts.ts';
import { type Identity, isForAll, mayTouch, sessionIdentity, tokenIdentity } from '../login/identity.ts';
import { includesRole, type Role } from '../login/role.ts';
import { readSessionCookie } from './cookie.ts';
import { csrfFault } from './csrf.ts';
import type { Incoming } from './http-types.ts';
import type { Remote } from './remote.ts';

export interface Demand {
  readonly role: Role;
  /** The plugin that it is about. */
  readonly plugin?: string | undefined;
  /** It is about all plugins at once. */
  readonly needsAllPlugins?: boolean | undefined;
}

/** True when Authorization is ours to read: a plugin must not get it then. */
export function isBearer(request: Incoming): boolean {
  const { authorization } = request.headers;
  return authorization !== undefined && /^bearer\s/i.test(authorization);
}

/** Who asks; undefined for nobody that is known. A token wins over a cookie, and a wrong one is not made good by it. */
export function identify(request: Incoming, accounts: Accounts, isProduction: boolean): Identity | undefined {
  if (isBearer(request)) {
    return tokenIdentity(accounts, (request.headers.authorization ?? '').replace(/^bearer\s+/i, '').trim());
  }
  const secret = readSessionCookie(request.headers.cookie, isProduction);
  return secret === undefined ? undefined : sessionIdentity(accounts, secret);
}

export const UNKNOWN: RouteError = {
  error: errorBody('denied', 'sign in first', { hint: 'POST /api/login, or send a token' }),
  status: 401,
};

/** Whether somebody known may send this request. */
export function admit(
  request: Incoming,
  remote: Remote,
  identity: Identity,
  demand: Demand,
): Result<void, RouteError> {
  const forged = csrfFault(request, remote, identity);
  if (forged !== undefined) return failure({ error: errorBody('denied', `refused: ${forged}`) });
  if (!includesRole(identity.role, demand.role)) {
    return failure({
      error: errorBody('denied', `this takes the role ${demand.role}, and yours is ${identity.role}`),
    });
  }
  const isOutside =
    (demand.plugin !== undefined && !mayTouch(identity, demand.plugin)) ||
    (demand.needsAllPlugins === true && !isForAll(identity));
  if (isOutside) return failure({ error: errorBody('denied', 'this token is not for that') });
  return success(undefined);
}
