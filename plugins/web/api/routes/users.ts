/** Users, and what was done: for admins. */

import * as z from 'zod/mini';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { passwordFault } from '../../login/password.ts';
import type { User } from '../../login/user-table.ts';
import { empty, json, notFound, type Route, refuse, route } from '../route.ts';
import { optional, role, text, time, timeOrNull, userName, whole, wholeText } from '../schemas/basics.ts';

const MAX_FIELD_LENGTH = 4096;
const password = z.string().check(z.maxLength(MAX_FIELD_LENGTH));
const oneUser = z.object({ name: userName });

const userSchema = z.looseObject({
  name: text,
  role,
  createdAt: time,
  passwordChangedAt: time,
  lastSignInAt: timeOrNull,
});

function shown(user: User): unknown {
  return {
    name: user.name,
    role: user.role,
    createdAt: timeText(user.createdAt),
    passwordChangedAt: timeText(user.passwordChangedAt),
    lastSignInAt: user.lastSignInAt === null ? null : timeText(user.lastSignInAt),
  };
}

export function timeText(at: number): string {
  return new Date(at).toISOString();
}

const list = route({
  name: 'user.list',
  method: 'get',
  path: '/users',
  does: 'all users',
  tag: 'users',
  role: 'admin',
  needsAllPlugins: true,
  answers: { 200: { does: 'sorted by name', schema: z.looseObject({ users: z.array(userSchema) }) } },
  handle: ({ services }) => json({ users: services.accounts.users.all().map(shown) }),
});

const add = route({
  name: 'user.add',
  method: 'post',
  path: '/users',
  does: 'add a user',
  tag: 'users',
  role: 'admin',
  needsAllPlugins: true,
  body: z.object({ name: userName, password, role }),
  answers: { 201: { does: 'added', schema: userSchema } },
  problems: [409, 422, 429],
  handle: async ({ body, services }) => {
    const { accounts } = services;
    const fault = passwordFault(body.password);
    if (fault !== undefined) return refuse(errorBody('invalid', fault));
    if (accounts.users.byName(body.name) !== undefined) return taken(body.name);
    const hash = await accounts.passwords.hash(body.password);
    if (!hash.ok) return BUSY;
    accounts.users.add(body.name, body.role, hash.value, accounts.now());
    const user = accounts.users.byName(body.name);
    return user === undefined || user.passwordHash !== hash.value ? taken(body.name) : json(shown(user), 201);
  },
});

const change = route({
  name: 'user.change',
  method: 'put',
  path: '/users/:name',
  does: 'give a user another role or password; with a password all sessions and tokens of the user end',
  tag: 'users',
  role: 'admin',
  needsAllPlugins: true,
  params: oneUser,
  body: z.object({ role: optional(role), password: optional(password) }),
  answers: { 200: { does: 'changed', schema: userSchema } },
  problems: [404, 409, 422, 429],
  handle: async ({ params, body, services }) => {
    const { accounts } = services;
    const fault = body.password === undefined ? undefined : passwordFault(body.password);
    if (fault !== undefined) return refuse(errorBody('invalid', fault));
    if (accounts.users.byName(params.name) === undefined) return notFound('user', params.name);
    const hash = body.password === undefined ? undefined : await accounts.passwords.hash(body.password);
    if (hash?.ok === false) return BUSY;
    return accounts.transaction(() => {
      const user = accounts.users.byName(params.name);
      if (user === undefined) return notFound('user', params.name);
      if (body.role !== undefined) {
        const isLast =
          user.role === 'admin' && body.role !== 'admin' && accounts.users.otherAdmins(user.id) === 0;
        if (isLast) return LAST_ADMIN;
        accounts.users.setRole(user.id, body.role);
      }
      if (hash !== undefined) {
        accounts.users.setPassword(user.id, hash.value, accounts.now());
        accounts.sessions.endAllOf(user.id);
        accounts.tokens.removeAllOf(user.id);
      }
      return json(shown(accounts.users.byId(user.id) ?? user));
    });
  },
});

const remove = route({
  name: 'user.remove',
  method: 'delete',
  path: '/users/:name',
  does: 'remove a user, with all sessions and tokens',
  tag: 'users',
  role: 'admin',
  needsAllPlugins: true,
  params: oneUser,
  answers: { 204: { does: 'removed' } },
  problems: [404, 409],
  handle: ({ params, services: { accounts } }) =>
    accounts.transaction(() => {
      const user = accounts.users.byName(params.name);
      if (user === undefined) return notFound('user', params.name);
      if (user.role === 'admin' && accounts.users.otherAdmins(user.id) === 0) return LAST_ADMIN;
      accounts.users.remove(user.id);
      return empty();
    }),
});

const audit = route({
  name: 'audit.list',
  method: 'get',
  path: '/audit',
  does: 'changes that were asked for here, by whom, and what came of them; sign-ins too',
  tag: 'users',
  role: 'admin',
  needsAllPlugins: true,
  query: z.object({ limit: optional(wholeText), beforeId: optional(wholeText) }),
  answers: {
    200: {
      does: 'newest first',
      schema: z.looseObject({
        entries: z.array(
          z.looseObject({
            id: whole,
            at: time,
            actor: text,
            address: text,
            action: text,
            target: text,
            result: text,
          }),
        ),
      }),
    },
  },
  handle: ({ query, services }) => {
    const limit = Math.min(1000, query.limit === undefined ? 100 : Number(query.limit));
    const before = query.beforeId === undefined ? undefined : Number(query.beforeId);
    const entries = services.accounts.audit.newest(limit, before);
    return json({ entries: entries.map((entry) => ({ ...entry, at: timeText(entry.at) })) });
  },
});

const LAST_ADMIN = refuse(
  errorBody('conflict', 'this is the last admin', { hint: 'make another one first' }),
);
const BUSY = refuse(errorBody('busy', 'too many passwords are being looked at'));

function taken(name: string) {
  return refuse(errorBody('conflict', 'there is such a user already', { name }));
}

export const USER_ROUTES: readonly Route[] = [list, add, change, remove, audit];
