/** The rules of `[[access]]` in torud.toml, as they hold for somebody. Pure but for the accounts that it is given. */

import type { Role } from '../../protocol/control/envelope.ts';
import type { Accounts } from '../base/accounts.ts';
import type { AccessRule } from '../base/config.ts';
import { Glob } from '../base/glob.ts';

export type AccountTable = Pick<Accounts, 'user' | 'group' | 'groupsOf'>;

/** Somebody, as the kernel and the accounts of this machine know them. */
export interface Subject {
  readonly uid: number;
  /** Groups of the process, and those that list the user as a member. */
  readonly gids: ReadonlySet<number>;
}

/** A rule without whom it is about. */
export interface Grant {
  readonly role: Role;
  /** Glob over plugin ids. */
  readonly plugins: string;
}

const RANKS: Readonly<Record<Role, number>> = { view: 0, operate: 1, admin: 2 };
/** The glob that stands for torud itself as well. */
const EVERYTHING = '*';

/** Whether a role includes another one. */
export function allows(role: Role, needed: Role): boolean {
  return RANKS[role] >= RANKS[needed];
}

/** What the rules give this subject, in their order. A name that no account has matches nobody. */
export function grantsFor(
  subject: Subject,
  rules: readonly AccessRule[],
  accounts: AccountTable,
): readonly Grant[] {
  return rules
    .filter((rule) => isAbout(rule, subject, accounts))
    .map(({ role, plugins }) => ({ role, plugins }));
}

/** The role that grants give for torud as a whole: the highest over all plugins; view without one. */
export function overallRole(grants: readonly Grant[]): Role {
  return highest(grants.filter(({ plugins }) => plugins === EVERYTHING));
}

/** The role that grants give for a plugin: the highest of those whose glob matches; view without one. */
export function roleOnPlugin(grants: readonly Grant[], plugin: string): Role {
  return highest(grants.filter(({ plugins }) => new Glob(plugins).matches(plugin)));
}

/** One line a rule that gives nothing: its user or group is not there, or it names a group of plugins. */
export function ruleProblems(rules: readonly AccessRule[], accounts: AccountTable): readonly string[] {
  return rules.flatMap(({ user, group, role, plugins }) => {
    if (plugins.startsWith('@'))
      return [
        `[[access]] in torud.toml: "${plugins}" is no pattern over plugin ids, and groups are not known there`,
      ];
    const isUnknownUser = user !== undefined && accounts.user(user) === undefined;
    const isUnknownGroup = group !== undefined && accounts.group(group) === undefined;
    if (!isUnknownUser && !isUnknownGroup) return [];
    const who = isUnknownUser ? `user ${user}` : `group ${group}`;
    return [`[[access]] in torud.toml: there is no ${who}, so that its role "${role}" is given to nobody`];
  });
}

/** True when the rules name somebody who need not be in this group. */
export function namesOutsiders(
  rules: readonly AccessRule[],
  socketGid: number | undefined,
  accounts: AccountTable,
): boolean {
  return rules.some((rule) => {
    const gid = rule.gid ?? (rule.group === undefined ? undefined : accounts.group(rule.group)?.gid);
    if (gid !== undefined) return gid !== socketGid;
    if (rule.group !== undefined) return false;
    const user = accounts.user(rule.user ?? String(rule.uid));
    if (user === undefined || user.uid === 0) return false;
    const isMember = user.gid === socketGid || accounts.groupsOf(user.name).some((one) => one === socketGid);
    return !isMember;
  });
}

function isAbout(rule: AccessRule, subject: Subject, accounts: AccountTable): boolean {
  if (rule.uid !== undefined) return rule.uid === subject.uid;
  if (rule.gid !== undefined) return subject.gids.has(rule.gid);
  if (rule.user !== undefined) return accounts.user(rule.user)?.uid === subject.uid;
  const group = rule.group === undefined ? undefined : accounts.group(rule.group);
  return group !== undefined && subject.gids.has(group.gid);
}

function highest(grants: readonly Grant[]): Role {
  return grants.reduce<Role>((best, { role }) => (allows(role, best) ? role : best), 'view');
}
