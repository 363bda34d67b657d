/** The folder that a plugin keeps its data in, and works in. */

import { chownSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/**
 * Makes it, mode 0700, and gives it to whom the plugin runs as. What torud's own user left in it goes along, as when a
 * plugin that ran as root gets a user of its own, or its commands were used by root before its first start; systemd does
 * so with StateDirectory= (systemd.exec(5)). Another user's files stay as they are: that one could put links in our way.
 * Throws what the system says.
 */
export function prepareDataFolder(
  folder: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
): void {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o755 });
  makeFolder(folder, 0o700);
  if (owner === undefined) return;
  const isOurs = lstatSync(folder).uid === process.getuid?.();
  if (isOurs && owner.uid !== process.getuid?.()) giveContents(folder, owner.uid, owner.gid);
  // Last: what was broken off is done again.
  chownSync(folder, owner.uid, owner.gid);
}

function giveContents(folder: string, uid: number, gid: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveContents(path, uid, gid);
    lchownSync(path, uid, gid);
  }
}
