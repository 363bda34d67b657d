/** What lies in a plugin's folder, all of it: on disk for certain, and compared with another version. */

import { createHash, type Hash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';
import { oneLine } from '../base/one-line.ts';

/** What programs leave in their own folder and nobody installed. */
const LEFT_BEHIND: ReadonlySet<string> = new Set(['__pycache__']);

/** Folders that a message names. */
const MAX_NAMED = 5;

/** Of what holds nothing but folders, and more than one: a line that names them; it is hardly one plugin. */
export async function severalFolders(path: string): Promise<string | undefined> {
  if (!(await lstat(path)).isDirectory()) return undefined;
  const entries = await readdir(path, { withFileTypes: true });
  if (entries.length < 2 || !entries.every((entry) => entry.isDirectory())) return undefined;
  const names = entries.map(({ name }) => oneLine(name, 60)).sort();
  const more = names.length > MAX_NAMED ? ', …' : '';
  const count = names.length === 2 ? 'two' : names.length;
  return `it has ${count} top folders: ${names.slice(0, MAX_NAMED).join(', ')}${more}; install one of them`;
}

/**
 * SHA-256 over names, contents, links and whether a file is executable; hexadecimal. undefined when something cannot be
 * read, or `path` itself is a link: then it is like nothing else.
 */
export async function contentDigest(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return undefined;
    await addTo(hash, path, '', stats);
    return hash.digest('hex');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

/** Has the kernel write all files and folders to the disk. Rejects with a system error. */
export async function syncTree(path: string): Promise<void> {
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await syncTree(join(path, name));
  }
  if (stats.isDirectory() || stats.isFile()) await syncOne(path);
}

/** Files and links below the path, and the bytes of the files. Rejects with a system error. */
export async function measureTree(path: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return { files: 1, bytes: stats.isFile() ? stats.size : 0 };
  let files = 0;
  let bytes = 0;
  for (const name of await readdir(path)) {
    const below = await measureTree(join(path, name));
    files += below.files;
    bytes += below.bytes;
  }
  return { files, bytes };
}

async function syncOne(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function addTo(hash: Hash, path: string, label: string, stats: Stats): Promise<void> {
  if (stats.isDirectory()) {
    hash.update(`folder ${JSON.stringify(label)}\n`);
    for (const name of (await readdir(path)).sort()) {
      if (LEFT_BEHIND.has(name)) continue;
      const below = join(path, name);
      await addTo(hash, below, `${label}/${name}`, await lstat(below));
    }
  } else if (stats.isSymbolicLink()) {
    hash.update(`link ${JSON.stringify(label)} ${JSON.stringify(await readlink(path))}\n`);
  } else if (stats.isFile()) {
    const isExecutable = (stats.mode & 0o100) !== 0;
    hash.update(`file ${JSON.stringify(label)} ${isExecutable} ${await fileDigest(path)}\n`);
  } else hash.update(`other ${JSON.stringify(label)}\n`);
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
