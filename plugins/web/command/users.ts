/** `toru-web user …` and `toru-web audit`. */

import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, success } from '../../../src/protocol/result.ts';
import type { Accounts } from '../login/accounts.ts';
import { passwordFault } from '../login/password.ts';
import { isRole, ROLES } from '../login/role.ts';
import { USER_NAME_PATTERN } from '../login/user-table.ts';
import { readPassword } from './read-password.ts';
import type { Outcome, Verb } from './run.ts';

export function timeText(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

export function noUser(name: string): Outcome {
  return failure(errorBody('not_found', 'no such user', { name, hint: '"toru web user list" shows all' }));
}

export function roleFault(role: string): ErrorBody {
  return errorBody('usage', `"${role}" is no role: ${ROLES.join(', ')}`);
}

/** The hash of a password that is asked for. */
async function newPassword(accounts: Accounts, name: string) {
  const password = await readPassword(name);
  if (!password.ok) return password;
  const fault = passwordFault(password.value);
  if (fault !== undefined) return failure(errorBody('invalid', fault));
  const hash = await accounts.passwords.hash(password.value);
  return hash.ok ? hash : failure(errorBody('busy', 'the password could not be hashed'));
}

const add: Verb = async (accounts, { operands, options }) => {
  const [name = ''] = operands;
  const role = options.role ?? 'view';
  if (!isRole(role)) return failure(roleFault(role));
  if (!USER_NAME_PATTERN.test(name)) {
    return failure(
      errorBody('invalid', "cannot be a user's name: letters, digits, . _ @ -, at most 64", { name }),
    );
  }
  if (accounts.users.byName(name) !== undefined) return taken(name);
  const hash = await newPassword(accounts, name);
  if (!hash.ok) return hash;
  return accounts.users.add(name, role, hash.value, accounts.now()) === undefined
    ? taken(name)
    : success(undefined);
};

const passwd: Verb = async (accounts, { operands }) => {
  const [name = ''] = operands;
  if (accounts.users.byName(name) === undefined) return noUser(name);
  const hash = await newPassword(accounts, name);
  if (!hash.ok) return hash;
  return accounts.transaction(() => {
    const user = accounts.users.byName(name);
    if (user === undefined) return noUser(name);
    accounts.users.setPassword(user.id, hash.value, accounts.now());
    accounts.sessions.endAllOf(user.id);
    accounts.tokens.removeAllOf(user.id);
    return success(undefined);
  });
};

const setRole: Verb = (accounts, { operands }) => {
  const [name = '', role = ''] = operands;
  if (!isRole(role)) return failure(roleFault(role));
  return accounts.transaction(() => {
    const user = accounts.users.byName(name);
    if (user === undefined) return noUser(name);
    if (role !== 'admin' && isLastAdmin(accounts, name)) return LAST_ADMIN;
    accounts.users.setRole(user.id, role);
    return success(undefined);
  });
};

const remove: Verb = (accounts, { operands }) => {
  const [name = ''] = operands;
  return accounts.transaction(() => {
    const user = accounts.users.byName(name);
    if (user === undefined) return noUser(name);
    if (isLastAdmin(accounts, name)) return LAST_ADMIN;
    accounts.users.remove(user.id);
    return success(undefined);
  });
};

const list: Verb = (accounts) => {
  const rows = accounts.users.all().map(({ name, role, createdAt, lastSignInAt }) => ({
    name,
    role,
    createdAt: timeText(createdAt),
    lastSignInAt: timeText(lastSignInAt),
  }));
  return success({
    key: 'users',
    columns: ['name', 'role', 'createdAt', 'lastSignInAt'],
    value: 'name',
    rows,
  });
};

const audit: Verb = (accounts, { options }) => {
  const limit = Number(options.lines ?? 50);
  if (!Number.isInteger(limit) || limit < 1)
    return failure(errorBody('usage', '-n: must be a whole number from 1'));
  const rows = accounts.audit.newest(limit).map((entry) => ({ ...entry, at: timeText(entry.at) }));
  return success({ key: 'entries', columns: ['at', 'actor', 'address', 'action', 'target', 'result'], rows });
};

const LAST_ADMIN: Outcome = failure(
  errorBody('conflict', 'this is the last admin', { hint: 'make another one first' }),
);

function isLastAdmin(accounts: Accounts, name: string): boolean {
  const user = accounts.users.byName(name);
  return user?.role === 'admin' && accounts.users.otherAdmins(user.id) === 0;
}

function taken(name: string): Outcome {
  return failure(errorBody('conflict', 'there is such a user already', { name }));
}

export const USER_VERBS: Readonly<Record<string, Verb>> = {
  'user add': add,
  'user passwd': passwd,
  'user role': setRole,
  'user remove': remove,
  'user list': list,
  audit,
};
