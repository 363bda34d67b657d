/** With which privileges a program is asked for its metadata: the fewest with which it can be executed. */

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { statsOf } from './file-identity.ts';

export interface AskPrivileges {
  /** uid and gid to run as; absent: those of torud. */
  readonly id?: number;
  /** Words in front of the program: a program that gives privileges away and then executes it. */
  readonly prefix: readonly string[];
}

/** `nobody` and `nogroup` on Debian; a number, because names differ between distributions. */
const NOBODY = 65_534;
const SETPRIV = '/usr/bin/setpriv';
/** Stays uid 0, so that it can read what only root can read, but without any capability, also after an exec. */
const WITHOUT_CAPABILITIES: AskPrivileges = {
  prefix: [SETPRIV, '--no-new-privs', '--bounding-set', '-all', '--inh-caps', '-all'],
};

/**
 * Ways to run the program, best first; empty when there is none that is safe.
 * @param program absolute path without symbolic links
 * @param ownUid uid of torud
 */
export function askPrivileges(program: string, ownUid: number): readonly AskPrivileges[] {
  if (ownUid !== 0) return [{ prefix: [] }];
  const ways: AskPrivileges[] = [];
  if (canAnybodyExecute(program)) ways.push({ id: NOBODY, prefix: [] });
  if (existsSync(SETPRIV)) ways.push(WITHOUT_CAPABILITIES);
  return ways;
}

/** By the mode bits for others, on the file and on each folder above it. */
function canAnybodyExecute(program: string): boolean {
  // Also readable: the interpreter of a script has to read it.
  if (!hasBits(program, 0o005)) return false;
  for (let folder = dirname(program); ; folder = dirname(folder)) {
    if (!hasBits(folder, 0o001)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function hasBits(path: string, bits: number): boolean {
  const stats = statsOf(path);
  return stats !== undefined && (stats.mode & bits) === bits;
}
