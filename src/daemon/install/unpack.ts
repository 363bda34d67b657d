/** Brings what somebody hands in as a plugin (a folder, a program, an archive) into a folder of ours, or says why not. */

import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { errnoOf, failure, type Result, success } from '../../protocol/result.ts';
import { ByteSource } from './byte-source.ts';
import { copyFolder, copyProgram } from './copy-folder.ts';
import { looksLikeTar } from './tar-header.ts';
import { readTar } from './tar-reader.ts';
import { TreeWriter } from './tree-writer.ts';
import { refuse, systemWords, type UnpackFailure, UnpackStop } from './unpack-failure.ts';
import { limitText, UNPACK_LIMITS, type UnpackLimits } from './unpack-limits.ts';

export interface UnpackOptions {
  readonly limits?: UnpackLimits;
  /** Ends it; what was written is removed. */
  readonly signal?: AbortSignal;
}

/** What was unpacked. It belongs to whoever runs this, and nobody else may write to it. */
export interface Unpacked {
  readonly kind: 'folder' | 'program';
  /** Absolute path of the plugin's folder, or of the program. */
  readonly path: string;
  /** What it was called where it came from, without `.tar.gz`. */
  readonly name: string;
  /** Files and links. */
  readonly files: number;
  readonly bytes: number;
}

interface Archive {
  readonly kind: 'archive';
  readonly isGzip: boolean;
  readonly packedBytes: number;
}

type Opened = { readonly kind: 'folder' } | { readonly kind: 'program' } | Archive;

const HEAD_BYTES = 512;
const ARCHIVE_ENDING = /\.(?:tar\.gz|tgz|tar)$/i;
const GZIP_ENDING = /\.(?:gz|tgz)$/i;
/** Archives that people have and that are not taken, by their first bytes. */
const OTHER_ARCHIVES: readonly (readonly [magic: string, name: string])[] = [
  ['504b0304', 'a zip archive'],
  ['fd377a585a00', 'packed by xz'],
  ['28b52ffd', 'packed by zstd'],
  ['425a68', 'packed by bzip2'],
  ['213c617263683e', 'an ar archive or a .deb'],
];

/**
 * Only reads what lies at `source`, follows no link below it, and writes nothing outside of `into`. After a failure
 * `into` is gone. Rejects for a bug alone.
 * @param source absolute path
 * @param into folder that is made; absolute, and nobody else's to write to
 */
export async function unpack(
  source: string,
  into: string,
  options: UnpackOptions = {},
): Promise<Result<Unpacked, UnpackFailure>> {
  try {
    await mkdir(into, { mode: 0o755 });
    return success(await unpackInto(source, into, options));
  } catch (thrown) {
    await rm(into, { recursive: true, force: true });
    if (thrown instanceof UnpackStop) return failure(thrown.failure);
    const words = systemWords(thrown);
    if (words === undefined) throw thrown;
    return failure({ code: 'failed', message: `it cannot be unpacked: ${words}` });
  }
}

async function unpackInto(source: string, into: string, options: UnpackOptions): Promise<Unpacked> {
  const limits = options.limits ?? UNPACK_LIMITS;
  const writer = new TreeWriter(into, limits);
  const checkpoint = (): void => {
    if (options.signal?.aborted === true) throw new UnpackStop('interrupted', 'nobody waits for it any more');
  };
  const real = await realSource(source);
  const opened = await look(real);
  const name = basename(source).replace(ARCHIVE_ENDING, '') || 'plugin';
  let top = '';
  if (opened.kind === 'program') await copyProgram(real, name, writer);
  else if (opened.kind === 'folder') {
    if (`${into}/`.startsWith(real === '/' ? '/' : `${real}/`))
      throw refuse('it holds the folder that it would be copied to');
    await copyFolder(real, writer, checkpoint);
  } else {
    await unpackArchive(real, opened, writer, limits, checkpoint);
    top = writer.tree.topFolder();
  }
  await writer.finish(top);
  checkpoint();
  const { files, bytes } = writer.tree;
  if (files === 0) throw refuse('it holds no file at all');
  if (opened.kind === 'program') return { kind: 'program', path: join(into, name), name, files, bytes };
  return { kind: 'folder', path: join(into, top), name: top === '' ? name : basename(top), files, bytes };
}

async function realSource(source: string): Promise<string> {
  try {
    return await realpath(source);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR')
      throw new UnpackStop('not_found', 'there is no such file or folder');
    throw new UnpackStop(
      'failed',
      `it cannot be read: ${systemWords(thrown) ?? 'its path cannot be followed'}`,
    );
  }
}

/** What lies there, by its first bytes. */
async function look(path: string): Promise<Opened> {
  const stats = await stat(path);
  if (stats.isDirectory()) return { kind: 'folder' };
  if (!stats.isFile()) throw refuse('it is neither a folder nor a regular file');
  const head = await headOf(path);
  if (head[0] === 0x1f && head[1] === 0x8b) return { kind: 'archive', isGzip: true, packedBytes: stats.size };
  const other = OTHER_ARCHIVES.find(([magic]) => head.toString('hex').startsWith(magic));
  if (other !== undefined)
    throw refuse(`it is ${other[1]}; torud takes a folder, a program, .tar.gz and .tgz`);
  if (GZIP_ENDING.test(path)) throw refuse('it is not packed by gzip, whatever its name says');
  if (looksLikeTar(head)) return { kind: 'archive', isGzip: false, packedBytes: stats.size };
  if (ARCHIVE_ENDING.test(path)) throw refuse('it is no tar archive, whatever its name says');
  return { kind: 'program' };
}

async function headOf(path: string): Promise<Buffer> {
  const file = await openFile(path);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw new UnpackStop('failed', `it cannot be read: ${systemWords(thrown) ?? 'it does not open'}`);
  }
}

async function unpackArchive(
  path: string,
  archive: Archive,
  writer: TreeWriter,
  limits: UnpackLimits,
  checkpoint: () => void,
): Promise<void> {
  const file = await openFile(path);
  const packed = file.createReadStream();
  const gunzip = archive.isGzip ? createGunzip() : undefined;
  // An error of the file ends the unpacking of what was read from it.
  packed.on('error', (thrown) => gunzip?.destroy(thrown));
  const stream: AsyncIterable<Buffer> = gunzip === undefined ? packed : packed.pipe(gunzip);
  try {
    const bytes = counted(stream, limits, archive.packedBytes, checkpoint);
    await readTar(new ByteSource(bytes), async (entry, content) => {
      if (entry.kind === 'folder') await writer.folder(entry.path, entry.mode);
      else if (entry.kind === 'symlink') await writer.symlink(entry.path, entry.target);
      else if (entry.kind === 'hardlink') await writer.hardLink(entry.path, entry.target);
      else await writer.file(entry.path, entry.mode, entry.sizeBytes, content);
    });
  } catch (thrown) {
    if (errnoOf(thrown)?.startsWith('Z_') === true) throw refuse(gzipProblem(thrown));
    throw thrown;
  } finally {
    gunzip?.destroy();
    packed.destroy();
  }
}

/** Lets no more through than a plugin with all its headers may have, and no bomb. */
async function* counted(
  stream: AsyncIterable<Buffer>,
  limits: UnpackLimits,
  packedBytes: number,
  checkpoint: () => void,
): AsyncGenerator<Buffer, void> {
  const mostBytes = limits.maxBytes + limits.maxEntries * 4 * HEAD_BYTES;
  let bytes = 0;
  for await (const piece of stream) {
    checkpoint();
    bytes += piece.length;
    if (bytes > mostBytes) throw refuse(`it is more than ${limitText(limits.maxBytes)} unpacked`);
    if (bytes > limits.minRatioBytes && bytes > packedBytes * limits.maxRatio)
      throw refuse(`it unpacks to more than ${limits.maxRatio} times its size`);
    yield piece;
  }
}

function gzipProblem(thrown: unknown): string {
  return errnoOf(thrown) === 'Z_BUF_ERROR'
    ? 'the archive is cut off'
    : 'the archive is damaged: its gzip data is wrong';
}
