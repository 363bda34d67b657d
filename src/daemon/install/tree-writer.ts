/** Writes a plugin's files below a new folder: nothing is followed, nothing is overwritten, links come last. */

import { constants } from 'node:fs';
import { chmod, type FileHandle, link, mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PluginTree } from './plugin-tree.ts';
import { quoteName, refuse } from './unpack-failure.ts';
import type { UnpackLimits } from './unpack-limits.ts';

/** set-user-ID, set-group-ID, sticky. */
const SPECIAL_BITS = 0o7000;
/** As umask 022 leaves it: nobody but the owner writes. */
const KEPT_BITS = 0o755;
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

export class TreeWriter {
  readonly tree: PluginTree;
  readonly #root: string;
  /** Of folders; set in the end, for they have to be writable until then. */
  readonly #folderModes = new Map<string, number>();

  /** @param root an empty folder that nobody else writes to */
  constructor(root: string, limits: UnpackLimits) {
    this.#root = root;
    this.tree = new PluginTree(limits);
  }

  async folder(path: string, mode: number): Promise<void> {
    await this.#makeFolders(this.tree.addFolder(path));
    // set-group-ID and sticky of a folder decide about what is made in it; a copy has no need of them.
    this.#folderModes.set(normalPath(path), (mode & KEPT_BITS) | 0o700);
  }

  /** @param sizeBytes what it is said to be; what counts is the content */
  async file(path: string, mode: number, sizeBytes: number, content: AsyncIterable<Buffer>): Promise<void> {
    refuseSpecialBits(path, mode);
    this.tree.expectBytes(sizeBytes);
    const added = this.tree.addFile(path);
    await this.#makeFolders(added.newFolders);
    const file = await open(join(this.#root, added.path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      for await (const piece of content) {
        this.tree.addBytes(piece.length);
        await writeAll(file, piece);
      }
      await file.chmod((mode & KEPT_BITS) | 0o600);
    } finally {
      await file.close();
    }
  }

  async hardLink(path: string, target: string): Promise<void> {
    const known = this.tree.knownFile(target, path);
    const added = this.tree.addFile(path);
    await this.#makeFolders(added.newFolders);
    await link(join(this.#root, known), join(this.#root, added.path));
  }

  async symlink(path: string, target: string): Promise<void> {
    await this.#makeFolders(this.tree.addLink(path, target).newFolders);
  }

  /** Makes the links, which must stay below `top`, and sets the modes of folders. */
  async finish(top: string): Promise<void> {
    this.tree.checkLinks(top);
    await chmod(this.#root, this.#folderModes.get('') ?? 0o755);
    for (const [path, target] of this.tree.links) await symlink(target, join(this.#root, path));
    for (const path of this.tree.folders.toReversed())
      await chmod(join(this.#root, path), this.#folderModes.get(path) ?? 0o755);
  }

  async #makeFolders(paths: readonly string[]): Promise<void> {
    for (const path of paths) await mkdir(join(this.#root, path), { mode: 0o700 });
  }
}

function refuseSpecialBits(path: string, mode: number): void {
  if ((mode & SPECIAL_BITS) === 0) return;
  const bits = [
    mode & 0o4000 ? 'set-user-ID' : '',
    mode & 0o2000 ? 'set-group-ID' : '',
    mode & 0o1000 ? 'sticky' : '',
  ].filter((bit) => bit !== '');
  throw refuse(
    `${quoteName(path)} has the ${bits.join(' and ')} bit set (mode 0${mode.toString(8)}); take it away with chmod`,
  );
}

async function writeAll(file: FileHandle, piece: Buffer): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const { bytesWritten } = await file.write(piece, at, piece.length - at);
    at += bytesWritten;
  }
}

function normalPath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}
