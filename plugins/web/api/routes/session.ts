/** Signing in and out, and who one is. */

import * as z from 'zod/mini';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { passwordFault } from '../../login/password.ts';
import { signIn } from '../../login/sign-in.ts';
import { storageProblem } from '../../login/storage-fault.ts';
import { sessionCookie } from '../../server/cookie.ts';
import { originFault } from '../../server/csrf.ts';
import { empty, json, type Route, refuse, route } from '../route.ts';
import { optional, role, text, time } from '../schemas/basics.ts';

const MAX_FIELD_LENGTH = 4096;
const field = z.string().check(z.maxLength(MAX_FIELD_LENGTH));

const sessionSchema = z.looseObject({
  user: z.looseObject({ name: text, role }),
  /** Absent with a token. */
  csrfToken: optional(text),
  expiresAt: optional(time),
  plugins: z.array(text),
});

const login = route({
  name: 'session.begin',
  method: 'post',
  path: '/login',
  does: 'sign in: sets the session cookie',
  tag: 'session',
  role: 'none',
  body: z.object({ username: field, password: field }),
  answers: {
    200: { does: 'signed in; csrfToken goes into X-CSRF-Token of each change', schema: sessionSchema },
  },
  problems: [429],
  handle: async ({ body, services, remote, request }) => {
    const foreign = originFault(request, remote);
    if (foreign !== undefined) return refuse(errorBody('denied', `not signed in: ${foreign}`));
    const { accounts, isProduction, log } = services;
    const credentials = { name: body.username, password: body.password };
    const signed = await signIn(accounts, credentials, remote.address);
    if (!signed.ok) {
      const { error, retryAfterSeconds } = signed.failure;
      log.often(
        'sign-in refused',
        `${JSON.stringify(body.username.slice(0, 64))} from ${remote.address}: ${error.message}`,
      );
      return refuse(error, {
        ...(error.code === 'denied' ? { status: 401 } : {}),
        ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      });
    }
    const { user, session } = signed.value;
    const maxAgeSeconds = Math.floor((session.expiresAt - accounts.now()) / 1000);
    const value = {
      user: { name: user.name, role: user.role },
      csrfToken: session.csrfToken,
      expiresAt: new Date(session.expiresAt).toISOString(),
      plugins: ['*'],
    };
    return json(value, 200, { 'set-cookie': sessionCookie(session.secret, isProduction, maxAgeSeconds) });
  },
});

const logout = route({
  name: 'session.end',
  method: 'post',
  path: '/logout',
  does: 'sign out: ends the session of the cookie',
  tag: 'session',
  role: 'view',
  answers: { 204: { does: 'signed out' } },
  handle: ({ identity, services }) => {
    const headers = { 'set-cookie': sessionCookie('', services.isProduction, 0) };
    try {
      if (identity.session !== undefined) services.accounts.sessions.end(identity.session.hash);
    } catch (thrown) {
      const problem = storageProblem(thrown);
      if (problem === undefined) throw thrown;
      const hint = 'the session has ended here, but would go on after a restart of web: sign out again then';
      return refuse(errorBody('unavailable', problem.message, { hint }), { headers });
    }
    return empty(headers);
  },
});

const show = route({
  name: 'session.show',
  method: 'get',
  path: '/session',
  does: 'who is signed in',
  tag: 'session',
  role: 'view',
  answers: { 200: { does: 'the user, and what the token is for', schema: sessionSchema } },
  handle: ({ identity }) => {
    const { session } = identity;
    const value = { user: { name: identity.name, role: identity.role }, plugins: identity.plugins };
    if (session === undefined) return json(value);
    const expiresAt = new Date(session.expiresAt).toISOString();
    return json({ ...value, csrfToken: session.csrfToken, expiresAt });
  },
});

const password = route({
  name: 'session.password',
  method: 'post',
  path: '/session/password',
  does: "change one's own password; all other sessions and all tokens of the user end",
  tag: 'session',
  role: 'view',
  body: z.object({ current: field, password: field }),
  answers: { 204: { does: 'changed' } },
  problems: [422, 429],
  handle: async ({ body, identity, services, remote }) => {
    const { accounts } = services;
    if (identity.session === undefined) {
      return refuse(errorBody('denied', 'a token cannot change a password'));
    }
    const fault = passwordFault(body.password);
    if (fault !== undefined) return refuse(errorBody('invalid', fault));
    const signed = await signIn(accounts, { name: identity.name, password: body.current }, remote.address);
    if (!signed.ok) {
      return signed.failure.error.code === 'busy'
        ? refuse(signed.failure.error)
        : refuse(errorBody('denied', 'the current password is wrong'));
    }
    const hash = await accounts.passwords.hash(body.password);
    if (!hash.ok) return refuse(errorBody('busy', 'too many passwords are being looked at'));
    accounts.transaction(() => {
      accounts.users.setPassword(identity.userId, hash.value, accounts.now());
      accounts.sessions.endAllOf(identity.userId, identity.session?.hash);
      accounts.tokens.removeAllOf(identity.userId);
    });
    return empty();
  },
});

export const SESSION_ROUTES: readonly Route[] = [login, logout, show, password];
