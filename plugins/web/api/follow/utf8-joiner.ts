/**
 * Bytes of one stream as text. A character that is cut between two pieces is put together; what is no UTF-8 becomes
 * U+FFFD, one for each maximal ill-formed part (Unicode 15, §3.9, table 3-8).
 */

const NOTHING = Buffer.alloc(0);

export class Utf8Joiner {
  #kept: Buffer = NOTHING;

  /** Bytes that wait for the rest of their character: 0 to 3. */
  get keptBytes(): number {
    return this.#kept.length;
  }

  push(piece: Buffer): string {
    const bytes = this.#kept.length === 0 ? piece : Buffer.concat([this.#kept, piece]);
    const end = bytes.length - openBytes(bytes);
    // A copy: the piece may be a part of something long.
    this.#kept = end === bytes.length ? NOTHING : Buffer.from(bytes.subarray(end));
    return bytes.toString('utf8', 0, end);
  }

  /** What was left over: nothing, or one U+FFFD. */
  end(): string {
    const rest = this.#kept.toString('utf8');
    this.#kept = NOTHING;
    return rest;
  }
}

/** Bytes at the end that begin a character and may yet become one. */
function openBytes(bytes: Buffer): number {
  for (let count = 1; count <= 3 && count <= bytes.length; count += 1) {
    const byte = bytes[bytes.length - count] ?? 0;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (byte > 0xf4 || byte < 0xc2 || needs <= count) return 0;
    return count > 1 && !isSecond(byte, bytes[bytes.length - count + 1] ?? 0) ? 0 : count;
  }
  return 0;
}

/** Whether the second byte can stand behind the first one (Unicode 15, table 3-7). */
function isSecond(first: number, second: number): boolean {
  switch (first) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return true;
  }
}
