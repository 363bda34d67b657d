/**
 * Who may do what. Roles grow: view ⊂ operate ⊂ admin. Root and torud's own user are admin, whatever the rules say, so
 * that nobody can lock them out. Whom a rule of `[[access]]` names has what the rules give, and views the rest; anybody
 * else operates as a member of the group toru, and views otherwise.
 */

import type { Role } from '../../protocol/control/envelope.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { AccessRule } from '../base/config.ts';
import {
  type AccountTable,
  type Grant,
  grantsFor,
  namesOutsiders,
  overallRole,
  roleOnPlugin,
  ruleProblems,
} from './access-rules.ts';
import type { PeerCredentials } from './peer-credentials.ts';

export { allows } from './access-rules.ts';

/** The group whose members may operate plugins, and that the socket belongs to in system mode. */
export const OPERATOR_GROUP = 'toru';

/** Somebody on the control socket. */
export interface Caller {
  /** What the caller may do with torud itself, and at least with every plugin. */
  readonly role: Role;
  /** kind `user`; uid, gid and pid are absent when the kernel's word could not be had. */
  readonly actor: Actor;
  /** What the rules of torud.toml give; absent or empty when none is about the caller. */
  readonly grants?: readonly Grant[];
}

/** Permission bits of a socket that everybody may connect to; torud then looks at each who does. */
export const OPEN_MODE = 0o666;

const NO_RULES: readonly AccessRule[] = [];

export class Access {
  readonly #ownUid: number;
  readonly #accounts: AccountTable;
  readonly #rules: () => readonly AccessRule[];

  /** @param rules those in force now; another list after a reload */
  constructor(ownUid: number, accounts: AccountTable, rules: () => readonly AccessRule[] = () => NO_RULES) {
    this.#ownUid = ownUid;
    this.#accounts = accounts;
    this.#rules = rules;
  }

  /**
   * Role and grants follow the rules for as long as the caller is connected.
   *
   * `undefined`: the kernel's word could not be had because koffi is missing. The socket file is 0600 then
   * (see `socketMode`), so that whoever got in is root or torud's own user.
   */
  callerOf(peer: PeerCredentials | undefined): Caller {
    if (peer === undefined) return { role: 'admin', actor: { kind: 'user' } };
    const user = this.#accounts.user(String(peer.uid));
    const name = user === undefined || user.name === String(peer.uid) ? {} : { name: user.name };
    const actor: Actor = { kind: 'user', uid: peer.uid, gid: peer.gid, pid: peer.pid, ...name };
    if (this.#isOwner(peer.uid)) return { role: 'admin', actor };
    return new RuledCaller(actor, this.#rules, (rules) => this.#rightsOf(peer, rules));
  }

  /**
   * Whether the socket's group, or a rule, lets this peer in: asked where the socket is open to everybody for the sake
   * of those whom rules name.
   */
  isKnown(peer: PeerCredentials, socketGid: number | undefined): boolean {
    if (this.#isOwner(peer.uid)) return true;
    const gids = this.#gidsOf(peer);
    if (socketGid !== undefined && gids.has(socketGid)) return true;
    return grantsFor({ uid: peer.uid, gids }, this.#rules(), this.#accounts).length > 0;
  }

  /** Whether somebody outside the socket's group has to be able to connect. */
  namesOutsiders(socketGid: number | undefined): boolean {
    return namesOutsiders(this.#rules(), socketGid, this.#accounts);
  }

  /** What ails the rules, looked at anew each time: accounts may come later than torud. */
  problems(): readonly string[] {
    return ruleProblems(this.#rules(), this.#accounts);
  }

  #isOwner(uid: number): boolean {
    return uid === 0 || uid === this.#ownUid;
  }

  #rightsOf(peer: PeerCredentials, rules: readonly AccessRule[]): Rights {
    const gids = this.#gidsOf(peer);
    const grants = grantsFor({ uid: peer.uid, gids }, rules, this.#accounts);
    if (grants.length > 0) return { role: overallRole(grants), grants };
    const operators = this.#accounts.group(OPERATOR_GROUP)?.gid;
    return { role: operators !== undefined && gids.has(operators) ? 'operate' : 'view', grants };
  }

  #gidsOf(peer: PeerCredentials): ReadonlySet<number> {
    const name = this.#accounts.user(String(peer.uid))?.name;
    return new Set([peer.gid, ...peer.groups, ...(name === undefined ? [] : this.#accounts.groupsOf(name))]);
  }
}

interface Rights {
  readonly role: Role;
  readonly grants: readonly Grant[];
}

/** Rights are made once a list of rules. */
class RuledCaller implements Caller {
  readonly actor: Actor;
  readonly #rules: () => readonly AccessRule[];
  readonly #rightsUnder: (rules: readonly AccessRule[]) => Rights;
  #madeFrom: readonly AccessRule[];
  #rights: Rights;

  constructor(
    actor: Actor,
    rules: () => readonly AccessRule[],
    rightsUnder: (rules: readonly AccessRule[]) => Rights,
  ) {
    this.actor = actor;
    this.#rules = rules;
    this.#rightsUnder = rightsUnder;
    this.#madeFrom = rules();
    this.#rights = rightsUnder(this.#madeFrom);
  }

  get role(): Role {
    return this.#current().role;
  }

  get grants(): readonly Grant[] {
    return this.#current().grants;
  }

  #current(): Rights {
    const rules = this.#rules();
    if (rules !== this.#madeFrom) {
      this.#rights = this.#rightsUnder(rules);
      this.#madeFrom = rules;
    }
    return this.#rights;
  }
}

/** What a caller may do with a plugin. */
export function roleOn(caller: Caller, plugin: string): Role {
  const { grants = [] } = caller;
  return grants.length === 0 ? caller.role : roleOnPlugin(grants, plugin);
}

/** A name as it may stand in a line of text. */
const PERSON = /^[^\p{C}\p{Zl}\p{Zp}]{1,128}$/u;

/** Who asks when an admin's connection says for whom; the same rights, another word in what is recorded. */
export function behalfOf(caller: Caller, person: unknown, client: string): Caller {
  if (typeof person !== 'string' || caller.role !== 'admin' || !PERSON.test(person)) return caller;
  const via = client.replace(/\/.*$/s, '');
  const actor = { ...caller.actor, onBehalfOf: person, ...(PERSON.test(via) ? { via } : {}) };
  return { role: caller.role, actor, grants: caller.grants ?? [] };
}

/** `ann (uid 1001)`, `uid 4242`. */
export function nameOf(caller: Caller): string {
  const { name, uid } = caller.actor;
  if (uid === undefined) return name ?? 'an unknown user';
  return name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`;
}

/**
 * Permission bits of the control socket: 0660, and its group decides who may connect; 0666 when rules name others, and
 * torud looks at each who connects. Where callers cannot be told apart nobody but root and torud's own user may
 * connect, since each of them then counts as admin.
 */
export function socketMode(canTellCallers: boolean, isForOutsiders = false): number {
  if (!canTellCallers) return 0o600;
  return isForOutsiders ? OPEN_MODE : 0o660;
}
