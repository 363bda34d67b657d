/** Wanted lines of a plain log file from its last to its first, by reading blocks from the end. */

import type { FileHandle } from 'node:fs/promises';
import { isInScope, isWanted, type LineFilter } from './filter.ts';
import { emptyFacts, MAX_LINE_BYTES, NEWLINE, scanLine } from './log-line.ts';
import type { BackwardFile, BackwardLine } from './tail-search.ts';

const FIRST_BLOCK_BYTES = 4 * 1024;

export class BackwardPlain implements BackwardFile {
  readonly #handle: FileHandle;
  readonly #filter: LineFilter;
  /** Of the line that `previous` gave. */
  readonly facts = emptyFacts();
  /** Holds the file's bytes from `#blockAt` on. */
  #block: Buffer = Buffer.alloc(0);
  #blockAt: number;
  readonly #maxBlockBytes: number;
  #blockBytes = FIRST_BLOCK_BYTES;
  /** File offset behind the newline of the line that comes next. */
  #end: number;
  #time = -1;
  #isStarted = false;
  lastLineEnd = 0;
  isPastRun = false;

  /**
   * @param sizeBytes what lies behind it is not looked at
   * @param maxBlockBytes blocks grow up to this, but for a longer line
   */
  constructor(handle: FileHandle, sizeBytes: number, filter: LineFilter, maxBlockBytes = FIRST_BLOCK_BYTES) {
    this.#maxBlockBytes = maxBlockBytes;
    this.#handle = handle;
    this.#filter = filter;
    this.#end = sizeBytes;
    this.#blockAt = sizeBytes;
  }

  async previous(): Promise<BackwardLine | undefined> {
    if (!this.#isStarted) await this.#begin();
    while (this.#end > 0 && !this.isPastRun) {
      const start = await this.#lineStart();
      const from = start - this.#blockAt;
      const isWhole = this.#block[this.#end - 1 - this.#blockAt] === NEWLINE;
      scanLine(this.#block, from, this.#end - this.#blockAt - (isWhole ? 1 : 0), this.facts);
      this.#end = start;
      if (!Number.isNaN(this.facts.time)) this.#time = this.facts.time;
      const { run } = this.#filter;
      this.isPastRun = run !== undefined && this.facts.run !== -1 && this.facts.run < run;
      if (isInScope(this.facts, this.#time, this.#filter) && isWanted(this.facts, this.#filter)) {
        return { offset: start, time: this.#time };
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Passes over an unfinished last line. */
  async #begin(): Promise<void> {
    this.#isStarted = true;
    while (this.#end > 0) {
      const from = Math.max(0, this.#end - this.#blockBytes);
      await this.#load(from, this.#end);
      const newlineAt = this.#block.lastIndexOf(NEWLINE);
      this.#end = newlineAt === -1 ? from : from + newlineAt + 1;
      if (newlineAt !== -1) break;
    }
    this.lastLineEnd = this.#end;
  }

  /** Offset of the line that ends at `#end`; its bytes are in the block then. */
  async #lineStart(): Promise<number> {
    for (;;) {
      // The last byte is this line's own newline. A negative offset would count from the end of the buffer.
      const searchFrom = this.#end - 2 - this.#blockAt;
      const newlineAt = searchFrom < 0 ? -1 : this.#block.lastIndexOf(NEWLINE, searchFrom);
      if (newlineAt !== -1) return this.#blockAt + newlineAt + 1;
      const heldBytes = this.#end - this.#blockAt;
      if (this.#blockAt === 0 || heldBytes >= MAX_LINE_BYTES) return this.#blockAt;
      this.#blockBytes = Math.min(this.#maxBlockBytes, this.#blockBytes * 2);
      await this.#load(Math.max(0, this.#blockAt - Math.max(this.#blockBytes, heldBytes)), this.#end);
    }
  }

  async #load(from: number, to: number): Promise<void> {
    const block = Buffer.allocUnsafeSlow(to - from);
    const { bytesRead } = await this.#handle.read(block, 0, block.length, from);
    // A file that was truncated meanwhile reads short; zeros are no lines, so nothing is found in them.
    block.fill(0, bytesRead);
    this.#block = block;
    this.#blockAt = from;
  }
}
