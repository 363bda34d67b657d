/** API tokens: each user has his own; admins see and remove all. */

import * as z from 'zod/mini';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { includesRole } from '../../login/role.ts';
import {
  DEFAULT_TOKEN_DAYS,
  MAX_TOKEN_DAYS,
  TOKEN_PATTERN,
  type Token,
  tokenNameFault,
} from '../../login/token-table.ts';
import { empty, json, notFound, type Route, refuse, route } from '../route.ts';
import { optional, role, text, time, timeOrNull, whole, wholeText } from '../schemas/basics.ts';
import { timeText } from './users.ts';

const DAY_MS = 24 * 3600_000;
const MAX_PER_USER = 100;
const MAX_PATTERNS = 100;

const tokenFields = {
  id: whole,
  user: text,
  name: text,
  role,
  plugins: z.array(text),
  createdAt: time,
  expiresAt: time,
  lastUsedAt: timeOrNull,
};
const tokenSchema = z.looseObject(tokenFields);

function shown(token: Token): Readonly<Record<string, unknown>> {
  return {
    id: token.id,
    user: token.userName,
    name: token.name,
    role: token.role,
    plugins: token.plugins,
    createdAt: timeText(token.createdAt),
    expiresAt: timeText(token.expiresAt),
    lastUsedAt: token.lastUsedAt === null ? null : timeText(token.lastUsedAt),
  };
}

const list = route({
  name: 'token.list',
  method: 'get',
  path: '/tokens',
  does: "one's own API tokens; for admins those of all users",
  tag: 'users',
  role: 'view',
  needsAllPlugins: true,
  answers: { 200: { does: 'oldest first', schema: z.looseObject({ tokens: z.array(tokenSchema) }) } },
  handle: ({ identity, services }) => {
    const seesAll = includesRole(identity.role, 'admin');
    return json({ tokens: services.accounts.tokens.list(seesAll ? undefined : identity.userId).map(shown) });
  },
});

const pattern = z.string().check(z.regex(TOKEN_PATTERN));

const add = route({
  name: 'token.add',
  method: 'post',
  path: '/tokens',
  does: 'make an API token: for `Authorization: Bearer TOKEN`. It is shown this once',
  tag: 'users',
  role: 'view',
  body: z.object({
    name: z.string().check(
      z.refine((name) => tokenNameFault(name) === undefined, {
        error: ({ input }) => tokenNameFault(String(input)) ?? '',
      }),
    ),
    role,
    plugins: optional(z.array(pattern).check(z.minLength(1), z.maxLength(MAX_PATTERNS))),
    days: optional(z.int().check(z.minimum(1), z.maximum(MAX_TOKEN_DAYS))),
  }),
  answers: { 201: { does: 'made', schema: z.looseObject({ ...tokenFields, token: text }) } },
  problems: [409],
  handle: ({ body, identity, services: { accounts } }) => {
    // Else it could outlive itself.
    if (identity.session === undefined) return refuse(errorBody('denied', 'a token cannot make tokens'));
    if (!includesRole(identity.role, body.role)) {
      return refuse(errorBody('denied', `a token can have your role, ${identity.role}, at most`));
    }
    if (accounts.tokens.list(identity.userId).length >= MAX_PER_USER) {
      return refuse(
        errorBody('conflict', `there are ${MAX_PER_USER} tokens of yours already`, { hint: 'remove some' }),
      );
    }
    const now = accounts.now();
    const { id, token } = accounts.tokens.add(
      {
        userId: identity.userId,
        name: body.name,
        role: body.role,
        plugins: body.plugins ?? ['*'],
        expiresAt: now + (body.days ?? DEFAULT_TOKEN_DAYS) * DAY_MS,
      },
      now,
    );
    const made = accounts.tokens.byId(id);
    return made === undefined ? notFound('token', String(id)) : json({ ...shown(made), token }, 201);
  },
});

const remove = route({
  name: 'token.remove',
  method: 'delete',
  path: '/tokens/:name',
  does: 'remove a token, by its id',
  tag: 'users',
  role: 'view',
  needsAllPlugins: true,
  params: z.object({ name: wholeText }),
  answers: { 204: { does: 'removed' } },
  problems: [404],
  handle: ({ params, identity, services: { accounts } }) => {
    const token = accounts.tokens.byId(Number(params.name));
    const isTheirs = token?.userId === identity.userId || includesRole(identity.role, 'admin');
    // Whose it is, is nobody else's affair.
    if (token === undefined || !isTheirs) return notFound('token', params.name);
    accounts.tokens.remove(token.id);
    return empty();
  },
});

export const TOKEN_ROUTES: readonly Route[] = [list, add, remove];
