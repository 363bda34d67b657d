/** Users and groups of this machine, from /etc/passwd and /etc/group (passwd(5), group(5)). */

import { readFileSync, statSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export class Accounts {
  readonly #passwd: AccountTable;
  readonly #group: AccountTable;

  constructor(passwdFile = '/etc/passwd', groupFile = '/etc/group') {
    this.#passwd = new AccountTable(passwdFile);
    this.#group = new AccountTable(groupFile);
  }

  /** By name or by number; a number without an entry is a user without a name. */
  user(nameOrUid: string): User | undefined {
    const isNumber = /^\d{1,10}$/.test(nameOrUid);
    for (const [name, , uid, gid, , home, shell] of this.#passwd.rows()) {
      if (name === nameOrUid || (isNumber && uid === nameOrUid)) {
        return {
          name: name ?? '',
          uid: Number(uid),
          gid: Number(gid),
          home: home ?? '/',
          shell: shell || '/bin/sh',
        };
      }
    }
    return isNumber
      ? { name: nameOrUid, uid: Number(nameOrUid), gid: Number(nameOrUid), home: '/', shell: '/bin/sh' }
      : undefined;
  }

  /** By name or by number; a number without an entry is a group without members. */
  group(nameOrGid: string): Group | undefined {
    const isNumber = /^\d{1,10}$/.test(nameOrGid);
    const found = this.#groups().find(
      (group) => group.name === nameOrGid || (isNumber && String(group.gid) === nameOrGid),
    );
    if (found !== undefined) return found;
    return isNumber ? { name: nameOrGid, gid: Number(nameOrGid), members: [] } : undefined;
  }

  /** Ids of the groups that list this user as a member. */
  groupsOf(userName: string): readonly number[] {
    return this.#groups()
      .filter((group) => group.members.includes(userName))
      .map((group) => group.gid);
  }

  #groups(): readonly Group[] {
    return this.#group.rows().map(([name, , gid, members]) => ({
      name: name ?? '',
      gid: Number(gid),
      members: (members ?? '').split(',').filter((member) => member !== ''),
    }));
  }
}

/** A colon-separated table, read again when its file is another one: each start of a plugin asks, also without a free descriptor. */
class AccountTable {
  readonly #file: string;
  #rows: readonly (readonly string[])[] = [];
  /** Of the file that they were read from. */
  #mark = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** None when the machine has no such file. What is known stays while no descriptor is free to look again. */
  rows(): readonly (readonly string[])[] {
    const status = statSync(this.#file, { throwIfNoEntry: false });
    const mark = status === undefined ? '' : `${status.ino} ${status.size} ${status.mtimeMs}`;
    if (mark === this.#mark) return this.#rows;
    const text = mark === '' ? '' : readOrNone(this.#file);
    if (text === undefined) return this.#rows;
    this.#mark = mark;
    this.#rows = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(':'));
    return this.#rows;
  }
}

/** Undefined when no descriptor is free. */
function readOrNone(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const errno = errnoOf(thrown);
    if (errno === 'ENOENT') return '';
    if (errno === 'EMFILE' || errno === 'ENFILE') return undefined;
    throw thrown;
  }
}
