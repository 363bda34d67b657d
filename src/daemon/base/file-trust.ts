/** Whose word torud takes: what others can change, or what belongs to somebody else, is refused. */

import type { Stats } from 'node:fs';

const WRITABLE_BY_ALL = 0o002;
const WRITABLE_BY_GROUP = 0o020;
const STICKY = 0o1000;

/**
 * Why a file or folder is not trusted, as the rest of a sentence that begins with its name; undefined when it is.
 * @param ownUid uid of torud; root is trusted too
 */
export function distrustOf(stats: Stats, ownUid: number): string | undefined {
  if (stats.uid !== 0 && stats.uid !== ownUid) {
    const owners = ownUid === 0 ? 'root' : `root or uid ${ownUid}`;
    return `belongs to uid ${stats.uid}; it must belong to ${owners}`;
  }
  // A symbolic link has mode 0777 always: what counts is its owner, and what it points to.
  if (!stats.isSymbolicLink() && (stats.mode & WRITABLE_BY_ALL) !== 0) {
    return `is writable by everybody (mode 0${(stats.mode & 0o7777).toString(8)}); take that away with chmod o-w`;
  }
  return undefined;
}

/** As distrustOf, and nobody of its group may write to it either: for what is run with all of torud's rights. */
export function distrustOfOwned(stats: Stats, ownUid: number): string | undefined {
  const distrust = distrustOf(stats, ownUid);
  if (distrust !== undefined || stats.isSymbolicLink() || (stats.mode & WRITABLE_BY_GROUP) === 0)
    return distrust;
  return `is writable by its group (mode 0${(stats.mode & 0o7777).toString(8)}); take that away with chmod g-w`;
}

/** As distrustOf, but a sticky folder (like /tmp) may be writable: nobody can replace another's files there. */
export function distrustOfFolder(stats: Stats, ownUid: number): string | undefined {
  if ((stats.mode & STICKY) !== 0 && (stats.uid === 0 || stats.uid === ownUid)) return undefined;
  return distrustOf(stats, ownUid);
}
