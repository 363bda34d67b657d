/** Which file this is and in which state: equal text means that nothing in it was changed. */

import { lstatSync, type Stats, statSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

/**
 * Device, inode, size, and the times of the last change of content and of inode, to a quarter of a microsecond: as
 * numbers, since a rescan takes thousands of stats, and with bigints they leave megabytes behind.
 */
export function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

/** Stats of the path itself, or undefined when there is none or it cannot be looked at. */
export function linkStatsOf(path: string): Stats | undefined {
  return quietly(() => lstatSync(path, { throwIfNoEntry: false }));
}

/** Stats of what the path leads to, or undefined when there is none or it cannot be looked at. */
export function statsOf(path: string): Stats | undefined {
  return quietly(() => statSync(path, { throwIfNoEntry: false }));
}

/**
 * One text over all paths, links and what they lead to: the same text later means that nothing changed meanwhile.
 * A path that is not there is part of it.
 */
export function printOf(paths: readonly string[]): string {
  let print = '';
  for (const path of paths) {
    const stats = linkStatsOf(path);
    print += stats === undefined ? '|-' : `|${identityOf(stats)}`;
    if (stats?.isSymbolicLink()) {
      const target = statsOf(path);
      print += target === undefined ? '>-' : `>${identityOf(target)}`;
    }
  }
  return print;
}

function quietly(look: () => Stats | undefined): Stats | undefined {
  try {
    return look();
  } catch (thrown) {
    // ENOTDIR, ELOOP, EACCES, …: it is not there for us; whoever needs it says so with its name.
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}
