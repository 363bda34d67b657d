/** Roles grow: view ⊂ operate ⊂ admin. They are those of the control protocol. */

import type { Role } from '../../../src/protocol/control/envelope.ts';

export type { Role };
export const ROLES = ['view', 'operate', 'admin'] as const satisfies readonly Role[];

/** Whether a role includes another one. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export function lowerRole(one: Role, other: Role): Role {
  return includesRole(one, other) ? other : one;
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
