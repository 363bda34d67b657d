/** Who may do what. Roles grow: view ⊂ operate ⊂ admin. */

import type { Role } from '../../protocol/control/envelope.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { Accounts } from '../base/accounts.ts';
import type { PeerCredentials } from './peer-credentials.ts';

/** The group whose members may operate plugins, and that the socket belongs to in system mode. */
export const OPERATOR_GROUP = 'toru';

/** Somebody on the control socket. */
export interface Caller {
  readonly role: Role;
  /** kind `user`; uid, gid and pid are absent when the kernel's word could not be had. */
  readonly actor: Actor;
}

/**
 * Gives a role, or leaves the question to the next one. The rules of `[[access]]` in torud.toml become one of these,
 * asked before the built-in one.
 */
export type RoleSource = (peer: PeerCredentials) => Role | undefined;

const RANKS: Readonly<Record<Role, number>> = { view: 0, operate: 1, admin: 2 };

export class Access {
  readonly #ownUid: number;
  readonly #accounts: Pick<Accounts, 'user' | 'group' | 'groupsOf'>;
  readonly #sources: readonly RoleSource[];

  constructor(
    ownUid: number,
    accounts: Pick<Accounts, 'user' | 'group' | 'groupsOf'>,
    sources: readonly RoleSource[] = [],
  ) {
    this.#ownUid = ownUid;
    this.#accounts = accounts;
    this.#sources = [...sources, (peer) => this.#builtIn(peer)];
  }

  /**
   * `undefined`: the kernel's word could not be had because koffi is missing. The socket file is 0600 then
   * (see `socketMode`), so that whoever got in is root or torud's own user.
   */
  callerOf(peer: PeerCredentials | undefined): Caller {
    if (peer === undefined) return { role: 'admin', actor: { kind: 'user' } };
    const role = this.#roleOf(peer);
    const user = this.#accounts.user(String(peer.uid));
    const name = user === undefined || user.name === String(peer.uid) ? {} : { name: user.name };
    return { role, actor: { kind: 'user', uid: peer.uid, gid: peer.gid, pid: peer.pid, ...name } };
  }

  #roleOf(peer: PeerCredentials): Role {
    for (const source of this.#sources) {
      const role = source(peer);
      if (role !== undefined) return role;
    }
    return 'view';
  }

  #builtIn(peer: PeerCredentials): Role | undefined {
    if (peer.uid === 0 || peer.uid === this.#ownUid) return 'admin';
    const operators = this.#accounts.group(OPERATOR_GROUP)?.gid;
    if (operators === undefined) return undefined;
    if (peer.gid === operators || peer.groups.includes(operators)) return 'operate';
    const name = this.#accounts.user(String(peer.uid))?.name;
    return name !== undefined && this.#accounts.groupsOf(name).includes(operators) ? 'operate' : undefined;
  }
}

/** Whether a role includes another one. */
export function allows(role: Role, needed: Role): boolean {
  return RANKS[role] >= RANKS[needed];
}

/**
 * Permission bits of the control socket: 0660, and its group decides who may connect. Where callers cannot be told
 * apart nobody but root and torud's own user may connect, since each of them then counts as admin.
 */
export function socketMode(canTellCallers: boolean): number {
  return canTellCallers ? 0o660 : 0o600;
}
