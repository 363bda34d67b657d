/**
 * Line splitting with a limit, shared by both wire protocols. Pure: bytes in, complete lines out. Work is linear in
 * the bytes however they are cut, and never more than `maxBytes` of an unfinished line is held.
 */

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

export interface FrameBatch {
  /** Complete lines, without their newline. */
  readonly lines: readonly Buffer[];
  /** True once a line went over the limit; the splitter takes nothing more after that. */
  readonly isOverLimit: boolean;
}

export class LineSplitter {
  readonly #maxBytes: number;
  /** Holds the unfinished line in its first `#heldBytes`. It doubles when it is full, so that copying stays linear. */
  #buffer: Buffer = EMPTY;
  #heldBytes = 0;
  #isOverLimit = false;

  /** @param maxBytes longest line that is taken, in bytes, its newline not counted */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the unfinished line that are held now. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Takes a chunk; the lines it completes come back in order. A returned line may share memory with the chunk. */
  push(chunk: Buffer): FrameBatch {
    const lines: Buffer[] = [];
    if (this.#isOverLimit) return { lines, isOverLimit: true };
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const stop = end === -1 ? chunk.length : end;
      if (this.#heldBytes + (stop - start) > this.#maxBytes) return this.#refuse(lines);
      if (end === -1) {
        this.#hold(chunk.subarray(start));
        return { lines, isOverLimit: false };
      }
      lines.push(this.#finish(chunk.subarray(start, end)));
      start = end + 1;
    }
  }

  /** Gives up what is held; for a peer that ended without a last newline. */
  reset(): void {
    this.#buffer = EMPTY;
    this.#heldBytes = 0;
  }

  /** Copies, so that a small remainder does not keep a whole 64 KiB read buffer alive. */
  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    const needed = this.#heldBytes + piece.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(
        Math.min(this.#maxBytes, Math.max(needed, 2 * this.#buffer.length)),
      );
      this.#buffer.copy(grown, 0, 0, this.#heldBytes);
      this.#buffer = grown;
    }
    piece.copy(this.#buffer, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #finish(tail: Buffer): Buffer {
    if (this.#heldBytes === 0) return tail;
    const line = Buffer.concat([this.#buffer.subarray(0, this.#heldBytes), tail]);
    this.reset();
    return line;
  }

  #refuse(lines: readonly Buffer[]): FrameBatch {
    this.#isOverLimit = true;
    this.reset();
    return { lines, isOverLimit: true };
  }
}

/** A frame's text as an object, or undefined when it is not JSON or not an object (`null`, `5`, `[]` are not). */
export function parseFrame(line: Buffer): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

/** One message as a line, newline included. */
export function encodeFrame(message: object): string {
  return `${JSON.stringify(message)}\n`;
}
