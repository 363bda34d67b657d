/**
 * Reads a tar archive strictly: what is not understood to the last byte is refused, since whoever guesses can be led
 * to guess differently from the one who looked at the archive before.
 */

import { decodeUtf8 } from '../base/small-file.ts';
import type { ByteSource } from './byte-source.ts';
import { readPaxRecords } from './pax-records.ts';
import { BLOCK_BYTES, isZeroBlock, readTarHeader, type TarHeader, untilNul } from './tar-header.ts';
import { quoteName, refuse } from './unpack-failure.ts';

export interface TarEntry {
  readonly kind: 'file' | 'folder' | 'symlink' | 'hardlink';
  /** As the archive has it; not checked. */
  readonly path: string;
  /** Of a link, as the archive has it; empty for others. */
  readonly target: string;
  /** The low twelve bits. */
  readonly mode: number;
  readonly sizeBytes: number;
}

/** Content must be read before it returns; what it leaves is skipped. */
export type OnTarEntry = (entry: TarEntry, content: AsyncGenerator<Buffer, void>) => Promise<void>;

/** Longest extended header, and longest long name. */
const MAX_EXTENSION_BYTES = 64 * 1024;

const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'folder',
};

/** What a type that is not taken is, for the message. */
const REFUSED_TYPES: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file',
  M: 'a file that goes on from another volume',
  V: 'a volume label',
};

/** What the extension headers before an entry say of it. */
interface Extension {
  path?: string;
  linkPath?: string;
  sizeBytes?: number;
}

/** Throws UnpackStop for everything that is not taken; what `onEntry` throws goes through. */
export async function readTar(source: ByteSource, onEntry: OnTarEntry): Promise<void> {
  let extension: Extension = {};
  let isExtended = false;
  for (;;) {
    const block = await wholeBlock(source);
    if (isZeroBlock(block)) break;
    const read = readTarHeader(block);
    if (!read.ok) throw refuse(read.failure);
    const header = read.value;
    if (isExtension(header.type)) {
      extension = { ...extension, ...(await readExtension(source, header)) };
      isExtended = true;
      continue;
    }
    await readEntry(source, header, extension, onEntry);
    extension = {};
    isExtended = false;
  }
  if (isExtended) throw refuse('the archive ends after a header that belongs to an entry');
  await readEnd(source);
}

async function readEntry(
  source: ByteSource,
  header: TarHeader,
  extension: Extension,
  onEntry: OnTarEntry,
): Promise<void> {
  const path = extension.path ?? textOf(header.name);
  const kind = KINDS[header.type];
  if (kind === undefined) {
    const what = REFUSED_TYPES[header.type] ?? `of the unknown type ${quoteName(header.type)}`;
    throw refuse(`${quoteName(path)} is ${what}; a plugin has files, folders and links alone`);
  }
  const sizeBytes = extension.sizeBytes ?? header.sizeBytes;
  const isLink = kind === 'symlink' || kind === 'hardlink';
  if (kind !== 'file' && sizeBytes !== 0) throw refuse(`${quoteName(path)} is no file but has a size`);
  const target = isLink ? (extension.linkPath ?? textOf(header.linkName)) : '';
  // The old format has no type for folders: a file whose name ends with a slash is one.
  const isOldFolder = kind === 'file' && path.endsWith('/');
  if (isOldFolder && sizeBytes !== 0) throw refuse(`${quoteName(path)} is no file but has a size`);
  const entry: TarEntry = {
    kind: isOldFolder ? 'folder' : kind,
    path,
    target,
    mode: header.mode,
    sizeBytes,
  };
  await readContent(source, sizeBytes, (content) => onEntry(entry, content));
}

/** Calls back with the content, then sees to it that all of it and its padding have been read. */
async function readContent(
  source: ByteSource,
  sizeBytes: number,
  work: (content: AsyncGenerator<Buffer, void>) => Promise<void>,
): Promise<void> {
  let readBytes = 0;
  async function* counted(): AsyncGenerator<Buffer, void> {
    for await (const piece of source.pieces(sizeBytes)) {
      readBytes += piece.length;
      yield piece;
    }
    if (readBytes < sizeBytes) throw refuse('the archive is cut off');
  }
  await work(counted());
  for await (const piece of source.pieces(sizeBytes - readBytes)) readBytes += piece.length;
  const padding = paddingOf(sizeBytes);
  const rest = await source.take(padding);
  if (readBytes < sizeBytes || rest.length < padding) throw refuse('the archive is cut off');
}

function isExtension(type: string): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K' || type === 'X';
}

async function readExtension(source: ByteSource, header: TarHeader): Promise<Extension> {
  if (header.sizeBytes > MAX_EXTENSION_BYTES)
    throw refuse(`an extended header is longer than ${MAX_EXTENSION_BYTES / 1024} KiB`);
  const pieces: Buffer[] = [];
  await readContent(source, header.sizeBytes, async (content) => {
    for await (const piece of content) pieces.push(Buffer.from(piece));
  });
  const bytes = Buffer.concat(pieces);
  if (header.type === 'L') return { path: textOf(untilNul(bytes)) };
  if (header.type === 'K') return { linkPath: textOf(untilNul(bytes)) };
  const records = readPaxRecords(bytes);
  if (!records.ok) throw refuse(records.failure);
  return extensionOf(records.value, header.type === 'g');
}

function extensionOf(records: ReadonlyMap<string, string>, isGlobal: boolean): Extension {
  const extension: Extension = {};
  for (const [key, value] of records) {
    if (key.startsWith('GNU.sparse.')) throw refuse('it holds a sparse file');
    if (key !== 'path' && key !== 'linkpath' && key !== 'size') continue;
    if (isGlobal) throw refuse(`a header for all entries sets "${key}"`);
    if (key === 'path') extension.path = value;
    else if (key === 'linkpath') extension.linkPath = value;
    else extension.sizeBytes = sizeOf(value);
  }
  return extension;
}

function sizeOf(text: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(size)) throw refuse('a header has a size that is none');
  return size;
}

async function wholeBlock(source: ByteSource): Promise<Buffer> {
  const block = await source.take(BLOCK_BYTES);
  if (block.length < BLOCK_BYTES) throw refuse('the archive is cut off');
  return block;
}

/** After the first block of zeros come zeros alone, up to the end. Read to the end, so that gzip checks its sum. */
async function readEnd(source: ByteSource): Promise<void> {
  for await (const piece of source.pieces(Number.MAX_SAFE_INTEGER)) {
    if (!isZeroBlock(piece)) throw refuse('the archive goes on after its end');
  }
}

function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function textOf(bytes: Buffer): string {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refuse(`the name ${quoteName(bytes.toString('latin1'))} is not UTF-8`);
  return text;
}
