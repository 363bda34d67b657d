/** One header of a tar archive (POSIX.1-1988 ustar, with the GNU forms of long names and large numbers), pure. */

import { failure, type Result, success } from '../../protocol/result.ts';

export const BLOCK_BYTES = 512;

export interface TarHeader {
  /** As the bytes say, prefix included; not checked. */
  readonly name: Buffer;
  readonly linkName: Buffer;
  /** One character; `0` for a file, also where the old format has NUL. */
  readonly type: string;
  readonly mode: number;
  readonly sizeBytes: number;
}

const CHECKSUM_AT = 148;
const SPACE = 0x20;

/** @param block BLOCK_BYTES long. Failure: what is wrong, without a place. */
export function readTarHeader(block: Buffer): Result<TarHeader, string> {
  const checksum = readNumber(block.subarray(CHECKSUM_AT, CHECKSUM_AT + 8));
  if (checksum === undefined || checksum !== sumOf(block))
    return failure('the checksum of a header is wrong');
  const mode = readNumber(block.subarray(100, 108));
  const sizeBytes = readNumber(block.subarray(124, 136));
  if (mode === undefined || sizeBytes === undefined) return failure('a header has a number that is none');
  const typeByte = block[156] ?? 0;
  const name = untilNul(block.subarray(0, 100));
  // GNU's "ustar  " has other things where POSIX has the prefix.
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isPosix ? untilNul(block.subarray(345, 500)) : Buffer.alloc(0);
  return success({
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    linkName: untilNul(block.subarray(157, 257)),
    type: typeByte === 0 ? '0' : String.fromCharCode(typeByte),
    mode: mode & 0o7777,
    sizeBytes,
  });
}

export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

/** True when the bytes begin with a header whose checksum is right. */
export function looksLikeTar(bytes: Buffer): boolean {
  return bytes.length >= BLOCK_BYTES && readTarHeader(bytes.subarray(0, BLOCK_BYTES)).ok;
}

/** The header's bytes added up, with the checksum itself counted as spaces. */
function sumOf(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < BLOCK_BYTES; at++)
    sum += at >= CHECKSUM_AT && at < CHECKSUM_AT + 8 ? SPACE : (block[at] ?? 0);
  return sum;
}

/** Octal digits between spaces and NULs, or GNU's base 256; undefined for anything else, or beyond 2^53. */
function readNumber(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  if (first >= 0x80) {
    // 0xff begins a negative number.
    if (first !== 0x80) return undefined;
    let value = 0n;
    for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
  }
  const text = field
    .toString('latin1')
    .replace(/^ +/, '')
    .replace(/[\0 ]+$/, '');
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}
