/** Bytes of one connection as lines, one at a time: what is not asked for yet stays as it came. */

import { LineSplitter } from '../../protocol/frames.ts';

const NEWLINE = 0x0a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class LineInput {
  readonly #splitter: LineSplitter;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that are used up. */
  #offset = 0;
  #waitingBytes = 0;

  /** @param maxBytes longest line, its newline not counted */
  constructor(maxBytes: number) {
    this.#splitter = new LineSplitter(maxBytes);
  }

  /** Bytes that are held: chunks not looked at yet, and the unfinished line. */
  get heldBytes(): number {
    return this.#waitingBytes + this.#splitter.heldBytes;
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
  }

  /** The next whole line without its newline; undefined until more comes; `over-limit` for ever once a line was too long. */
  next(): Buffer | 'over-limit' | undefined {
    for (;;) {
      const [chunk] = this.#chunks;
      if (chunk === undefined) return undefined;
      const newline = chunk.indexOf(NEWLINE, this.#offset);
      const end = newline === -1 ? chunk.length : newline + 1;
      const { lines, isOverLimit } = this.#splitter.push(chunk.subarray(this.#offset, end));
      if (isOverLimit) return 'over-limit';
      this.#waitingBytes -= end - this.#offset;
      this.#offset = end;
      if (end === chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
      const [line] = lines;
      if (line !== undefined) return line;
    }
  }

  /** Lets go of everything. */
  clear(): void {
    this.#chunks = [];
    this.#offset = 0;
    this.#waitingBytes = 0;
    this.#splitter.reset();
  }
}

/**
 * Objects, arrays and their members in a JSON text, roughly: commas and opening brackets outside of strings. Each costs
 * up to 60 times its bytes in memory once parsed, which a limit on bytes alone does not see.
 */
export function countJsonParts(line: Buffer): number {
  let parts = 0;
  let isText = false;
  for (let index = 0; index < line.length; index++) {
    const byte = line[index];
    if (isText) {
      if (byte === BACKSLASH) index++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === COMMA || byte === OPEN_BRACKET || byte === OPEN_BRACE) parts++;
  }
  return parts;
}
