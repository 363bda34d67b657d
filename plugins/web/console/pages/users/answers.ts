/** Answers of the API about users (routes/users.ts, routes/tokens.ts of this module). */

import type { Role } from '../../api/answer-types.ts';

export const ROLES: readonly Role[] = ['view', 'operate', 'admin'];

/** What each may, for those who choose one. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  view: 'sees everything, changes nothing',
  operate: 'also starts, stops, enables, runs scripts',
  admin: 'also stores, settings, quick actions, users',
};

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: string;
  readonly passwordChangedAt: string;
  readonly lastSignInAt: string | null;
}

export interface UserListAnswer {
  readonly users: readonly User[];
}

export interface Token {
  readonly id: number;
  readonly user: string;
  readonly name: string;
  readonly role: Role;
  /** Patterns; `*`: all. */
  readonly plugins: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt: string | null;
}

export interface TokenListAnswer {
  readonly tokens: readonly Token[];
}

/** `token` is told this once. */
export interface NewTokenAnswer extends Token {
  readonly token: string;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly address: string;
  /** `sign-in`, `plugin.enable`, … */
  readonly action: string;
  readonly target: string;
  /** `ok`, or the code of an error. */
  readonly result: string;
}

export interface AuditAnswer {
  readonly entries: readonly AuditEntry[];
}
