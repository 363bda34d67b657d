/** Who sends a request: the user of a session cookie, or of an API token. */

import type { Accounts } from './accounts.ts';
import { lowerRole, type Role } from './role.ts';

export interface Identity {
  readonly userId: number;
  readonly name: string;
  /** What it may do now: of a token the lower of its own role and its user's. */
  readonly role: Role;
  /** Patterns of the plugins that it is for; `*` for all. */
  readonly plugins: readonly string[];
  /** Absent with a token. */
  readonly session?: { readonly hash: string; readonly csrfToken: string; readonly expiresAt: number };
  /** Absent with a session. */
  readonly tokenId?: number;
}

/** For the audit: `ann`, `ann (token 7)`. */
export function actorText({ name, tokenId }: Identity): string {
  return tokenId === undefined ? name : `${name} (token ${tokenId})`;
}

/** @param secret value of the session cookie */
export function sessionIdentity(accounts: Accounts, secret: string): Identity | undefined {
  const now = accounts.now();
  return accounts.identities.find(`session ${secret}`, now, () => {
    const session = accounts.sessions.use(secret, now);
    const user = session === undefined ? undefined : accounts.users.byId(session.userId);
    if (session === undefined || user === undefined) return undefined;
    return { userId: user.id, name: user.name, role: user.role, plugins: ['*'], session };
  });
}

/** @param token what follows `Bearer ` */
export function tokenIdentity(accounts: Accounts, token: string): Identity | undefined {
  const now = accounts.now();
  return accounts.identities.find(`token ${token}`, now, () => {
    const found = accounts.tokens.use(token, now);
    const user = found === undefined ? undefined : accounts.users.byId(found.userId);
    if (found === undefined || user === undefined) return undefined;
    const role = lowerRole(found.role, user.role);
    return { userId: user.id, name: user.name, role, plugins: found.plugins, tokenId: found.id };
  });
}

/** Whether the identity is for this plugin. */
export function mayTouch({ plugins }: Identity, plugin: string): boolean {
  return plugins.some((pattern) => matches(pattern, plugin));
}

/** True for whoever is for every plugin: only then it may see and do what is about all of them. */
export function isForAll({ plugins }: Identity): boolean {
  return plugins.includes('*');
}

/** `*` stands for any characters. Compared part by part, so that no pattern takes long. */
function matches(pattern: string, id: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === id;
  const last = rest.pop() ?? '';
  if (!id.startsWith(first) || !id.endsWith(last) || id.length < first.length + last.length) return false;
  const end = id.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = id.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
