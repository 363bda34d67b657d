/** Writes a POSIX ustar archive (pax(1), "ustar Interchange Format") of regular files, all 0600 and owned by nobody. */

const BLOCK_BYTES = 512;
const MAX_NAME_BYTES = 100;
const MODE = 0o600;

export interface ArchivedFile {
  /** At most 100 bytes, slashes between. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** @param modifiedAt seconds since 1970, for every file */
export function tarOf(files: readonly ArchivedFile[], modifiedAt: number): Buffer {
  const parts = files.flatMap(({ name, bytes }) => [
    headerOf(name, bytes.length, modifiedAt),
    bytes,
    Buffer.alloc((BLOCK_BYTES - (bytes.length % BLOCK_BYTES)) % BLOCK_BYTES),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK_BYTES)]);
}

function headerOf(name: string, size: number, modifiedAt: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new RangeError(`a name in the archive is too long: ${name}`);
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0);
  header.write(octal(MODE, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(Math.floor(modifiedAt), 12), 136);
  // The checksum is made with blanks in its own place.
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Octal digits that fill a field, ended by NUL. */
function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}
