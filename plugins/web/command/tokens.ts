/** `toru-web token …`. */

import { errorBody } from '../../../src/protocol/errors.ts';
import { failure, success } from '../../../src/protocol/result.ts';
import { includesRole, isRole } from '../login/role.ts';
import { DEFAULT_TOKEN_DAYS, MAX_TOKEN_DAYS, TOKEN_PATTERN, tokenNameFault } from '../login/token-table.ts';
import type { Verb } from './run.ts';
import { noUser, roleFault, timeText } from './users.ts';
import { isJson } from './words.ts';

const DAY_MS = 24 * 3600_000;

const add: Verb = (accounts, { operands, options }) => {
  const [userName = '', name = ''] = operands;
  const role = options.role ?? 'view';
  if (!isRole(role)) return failure(roleFault(role));
  const days = Number(options.days ?? DEFAULT_TOKEN_DAYS);
  if (!Number.isInteger(days) || days < 1 || days > MAX_TOKEN_DAYS) {
    return failure(errorBody('usage', `--days: must be a whole number from 1 to ${MAX_TOKEN_DAYS}`));
  }
  const plugins = (options.plugins ?? '*').split(',').filter((pattern) => pattern !== '');
  const wrong = plugins.find((pattern) => !TOKEN_PATTERN.test(pattern));
  if (wrong !== undefined || plugins.length === 0) {
    return failure(errorBody('usage', `--plugins: "${wrong ?? ''}" is no id and no pattern`));
  }
  const fault = tokenNameFault(name);
  if (fault !== undefined) return failure(errorBody('invalid', `a token's name must be ${fault}`));
  const user = accounts.users.byName(userName);
  if (user === undefined) return noUser(userName);
  if (!includesRole(user.role, role)) {
    return failure(errorBody('denied', `a token can have the user's role, ${user.role}, at most`));
  }
  const now = accounts.now();
  const request = { userId: user.id, name, role, plugins, expiresAt: now + days * DAY_MS };
  const { id, token } = accounts.tokens.add(request, now);
  if (!isJson(options)) return success(`${token}\n`);
  return success({
    key: 'tokens',
    columns: [],
    rows: [{ id, token, expiresAt: timeText(request.expiresAt) }],
  });
};

const list: Verb = (accounts, { operands }) => {
  const [userName] = operands;
  const user = userName === undefined ? undefined : accounts.users.byName(userName);
  if (userName !== undefined && user === undefined) return noUser(userName);
  const rows = accounts.tokens.list(user?.id).map((token) => ({
    id: token.id,
    user: token.userName,
    name: token.name,
    role: token.role,
    plugins: token.plugins,
    expiresAt: timeText(token.expiresAt),
    lastUsedAt: timeText(token.lastUsedAt),
  }));
  return success({
    key: 'tokens',
    value: 'id',
    columns: ['id', 'user', 'name', 'role', 'plugins', 'expiresAt', 'lastUsedAt'],
    rows,
  });
};

const remove: Verb = (accounts, { operands }) => {
  const [id = ''] = operands;
  if (/^\d{1,15}$/.test(id) && accounts.tokens.remove(Number(id))) return success(undefined);
  return failure(
    errorBody('not_found', 'no such token', { name: id, hint: '"toru web token list" shows all' }),
  );
};

export const TOKEN_VERBS: Readonly<Record<string, Verb>> = {
  'token add': add,
  'token list': list,
  'token remove': remove,
};
