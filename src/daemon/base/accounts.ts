/** Users and groups of this machine, from /etc/passwd and /etc/group (passwd(5), group(5)). */

import { readFileSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

export class Accounts {
  readonly #passwdFile: string;
  readonly #groupFile: string;

  constructor(passwdFile = '/etc/passwd', groupFile = '/etc/group') {
    this.#passwdFile = passwdFile;
    this.#groupFile = groupFile;
  }

  /** By name or by number; a number without an entry is a user without a name. */
  user(nameOrUid: string): User | undefined {
    const isNumber = /^\d{1,10}$/.test(nameOrUid);
    for (const [name, , uid, gid, , home] of readTable(this.#passwdFile)) {
      if (name === nameOrUid || (isNumber && uid === nameOrUid)) {
        return { name: name ?? '', uid: Number(uid), gid: Number(gid), home: home ?? '/' };
      }
    }
    return isNumber
      ? { name: nameOrUid, uid: Number(nameOrUid), gid: Number(nameOrUid), home: '/' }
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
    return readTable(this.#groupFile).map(([name, , gid, members]) => ({
      name: name ?? '',
      gid: Number(gid),
      members: (members ?? '').split(',').filter((member) => member !== ''),
    }));
  }
}

/** Lines of a colon-separated table; none when the machine has no such file. */
function readTable(file: string): readonly (readonly string[])[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}
