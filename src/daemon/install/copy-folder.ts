/** Copies a folder that somebody may change meanwhile, or may have laid as a trap: no link is followed, and only files are read. */

import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises';
import { errnoOf } from '../../protocol/result.ts';
import { decodeUtf8 } from '../base/small-file.ts';
import type { TreeWriter } from './tree-writer.ts';
import { quoteName, refuse, systemWords, UnpackStop } from './unpack-failure.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const PIECE_BYTES = 256 * 1024;
const KIND_BITS = 0o170_000;
const FOLDER = 0o040_000;

/** @param source absolute path of the folder @param checkpoint throws when the copy is to end */
export async function copyFolder(source: string, writer: TreeWriter, checkpoint: () => void): Promise<void> {
  const folder = await openSource(source, O_DIRECTORY, '.');
  await writer.folder('', (await folder.stat()).mode & 0o7777);
  await copyOpened(folder, '', writer, checkpoint);
}

/** Copies one file under the name. @param source absolute path */
export async function copyProgram(source: string, name: string, writer: TreeWriter): Promise<void> {
  const file = await openSource(source, 0, name);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw refuse('it is neither a folder nor a regular file');
    await writer.file(name, stats.mode & 0o7777, stats.size, piecesOf(file, name));
  } finally {
    await file.close();
  }
}

/** Everything is reached through the descriptor of its folder, so that a folder that is moved or swapped leads nowhere else. */
async function copyOpened(
  folder: FileHandle,
  path: string,
  writer: TreeWriter,
  checkpoint: () => void,
): Promise<void> {
  try {
    const here = `/proc/self/fd/${folder.fd}`;
    const names = await readdir(here, { encoding: 'buffer' });
    for (const bytes of names.sort(Buffer.compare)) {
      checkpoint();
      const name = decodeUtf8(bytes);
      if (name === undefined) throw refuse(`the name ${quoteName(bytes.toString('latin1'))} is not UTF-8`);
      const below = path === '' ? name : `${path}/${name}`;
      await copyOne(`${here}/${name}`, below, writer, checkpoint);
    }
  } finally {
    await folder.close();
  }
}

async function copyOne(
  from: string,
  path: string,
  writer: TreeWriter,
  checkpoint: () => void,
): Promise<void> {
  const seen = await statsOf(from, path);
  // A file that went away meanwhile is none of the plugin's.
  if (seen === undefined) return;
  if (seen.isSymbolicLink()) return writer.symlink(path, await targetOf(from, path));
  // Looked at before it is opened: opening some devices does something.
  if (!seen.isDirectory() && !seen.isFile()) throw special(path);
  const file = await openSeen(from, path);
  let isHandedOn = false;
  try {
    const stats = await file.stat();
    const mode = stats.mode & 0o7777;
    if ((stats.mode & KIND_BITS) === FOLDER) {
      await writer.folder(path, mode);
      isHandedOn = true;
      await copyOpened(file, path, writer, checkpoint);
    } else if (stats.isFile()) await writer.file(path, mode, stats.size, piecesOf(file, path));
    else throw special(path);
  } finally {
    if (!isHandedOn) await file.close();
  }
}

function special(path: string): UnpackStop {
  return refuse(
    `${quoteName(path)} is a device, a FIFO or a socket; a plugin has files, folders and links alone`,
  );
}

async function statsOf(from: string, path: string): Promise<Stats | undefined> {
  try {
    return await lstat(from);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw unreadable(path, thrown);
  }
}

async function openSeen(from: string, path: string): Promise<FileHandle> {
  try {
    // O_NONBLOCK: what was put there meanwhile, a FIFO for one, must not hold us.
    return await open(from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

async function targetOf(from: string, path: string): Promise<string> {
  try {
    return await readlink(from);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

async function* piecesOf(file: FileHandle, path: string): AsyncGenerator<Buffer, void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    let count: number;
    try {
      count = (await file.read(piece, 0, piece.length, null)).bytesRead;
    } catch (thrown) {
      throw unreadable(path, thrown);
    }
    if (count === 0) return;
    yield piece.subarray(0, count);
  }
}

async function openSource(source: string, flags: number, label: string): Promise<FileHandle> {
  try {
    return await open(source, O_RDONLY | O_NONBLOCK | flags);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') throw new UnpackStop('not_found', 'there is no such file or folder');
    throw unreadable(label, thrown);
  }
}

function unreadable(path: string, thrown: unknown): unknown {
  const words = systemWords(thrown);
  if (words === undefined) return thrown;
  return new UnpackStop('failed', `${path === '.' ? 'it' : quoteName(path)} cannot be read: ${words}`);
}
