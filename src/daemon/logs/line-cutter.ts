/** Goes through the lines of a block and knows of each its place and its facts. */

import { emptyFacts, NEWLINE, scanLine } from './log-line.ts';

export class LineCutter {
  readonly facts = emptyFacts();
  /** Microseconds since 1970 of the line, or of the last one before it that had a time; -1 before the first. */
  time = -1;
  /** Where the line begins in its file, in (unpacked) bytes. */
  offset = 0;
  /** Where the next line begins in its file. */
  nextOffset = 0;
  #block: Buffer = Buffer.alloc(0);
  #blockAt = 0;
  #start = 0;
  #end = 0;
  #next = 0;

  /** @param blockAt where the block begins in its file */
  take(block: Buffer, blockAt: number): void {
    this.#block = block;
    this.#blockAt = blockAt;
    this.#next = 0;
  }

  /** Lets go of the block. */
  drop(): void {
    this.#block = Buffer.alloc(0);
    this.#next = 0;
  }

  /** Goes to the next line; false when the block has none more. */
  cut(): boolean {
    if (this.#next >= this.#block.length) return false;
    const newlineAt = this.#block.indexOf(NEWLINE, this.#next);
    this.#start = this.#next;
    this.#end = newlineAt === -1 ? this.#block.length : newlineAt;
    this.#next = newlineAt === -1 ? this.#end : newlineAt + 1;
    this.offset = this.#blockAt + this.#start;
    this.nextOffset = this.#blockAt + this.#next;
    scanLine(this.#block, this.#start, this.#end, this.facts);
    if (!Number.isNaN(this.facts.time)) this.time = this.facts.time;
    return true;
  }

  /** The line's length in bytes, its newline not counted. */
  get lengthBytes(): number {
    return this.#end - this.#start;
  }

  /** The line as text, its newline not included. */
  text(): string {
    return this.#block.toString('utf8', this.#start, this.#end);
  }
}
