/** Makes tar archives byte by byte, also such as no tar would make. */

const BLOCK = 512;

export interface TarPart {
  readonly name: string | Buffer;
  /** `0` a file, `1` a hard link, `2` a symbolic link, `5` a folder, … */
  readonly type?: string;
  readonly mode?: number;
  readonly content?: string | Buffer;
  readonly target?: string;
  /** Another size than that of the content. */
  readonly size?: number;
  readonly prefix?: string;
  readonly checksum?: number;
  /** Bytes of the size field as they are to be. */
  readonly rawSize?: Buffer;
}

/** Header, content and padding of one entry. */
export function tarPart(part: TarPart): Buffer {
  const content = Buffer.from(part.content ?? '');
  const header = Buffer.alloc(BLOCK);
  Buffer.from(part.name).copy(header, 0, 0, 100);
  header.write(octal(part.mode ?? 0o644, 7), 100, 'latin1');
  header.write(octal(0, 7), 108, 'latin1');
  header.write(octal(0, 7), 116, 'latin1');
  header.write(octal(part.size ?? content.length, 11), 124, 'latin1');
  part.rawSize?.copy(header, 124);
  header.write(octal(0, 11), 136, 'latin1');
  header.write(part.type ?? '0', 156, 'latin1');
  header.write(part.target ?? '', 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(part.prefix ?? '', 345, 155, 'utf8');
  header.fill(' ', 148, 156);
  const sum = part.checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

/** A whole archive with its end. */
export function tarBytes(...parts: readonly TarPart[]): Buffer {
  return Buffer.concat([...parts.map(tarPart), Buffer.alloc(2 * BLOCK)]);
}

/** A pax extended header for the next entry; `g` for all that follow. */
export function paxPart(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): TarPart {
  return { name: 'PaxHeader', type, content: Object.entries(records).map(paxRecord).join('') };
}

function paxRecord([key, value]: readonly [string, string]): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return `${length} ${key}=${value}\n`;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
