/** Whole lines of a plain log file, block by block; the file may grow or be truncated meanwhile. */

import type { FileHandle } from 'node:fs/promises';
import { MAX_LINE_BYTES, NEWLINE } from './log-line.ts';

/** So many bytes before the offset are compared to notice a file that was truncated and has grown past it again. */
const ANCHOR_BYTES = 96;

/** Reads a file's whole lines from an offset on. */
export interface SegmentLines {
  readonly inode: number;
  /** Where the next block begins, in bytes (unpacked ones). */
  readonly offset: number;
  /**
   * Whole lines with their newlines (a line over MAX_LINE_BYTES comes in pieces, without); undefined when there is
   * no whole line more. Valid until the next call. Rejects when the file cannot be read.
   */
  next(): Promise<Buffer | undefined>;
  /** True when the file has no name any more. */
  isDeleted(): Promise<boolean>;
  close(): Promise<void>;
}

export class PlainLines implements SegmentLines {
  readonly inode: number;
  readonly #handle: FileHandle;
  readonly #end: number;
  readonly #blockBytes: number;
  #offset: number;
  #buffer: Buffer | undefined;
  #anchor: Buffer = Buffer.alloc(0);
  #wasAtEnd = false;

  /** @param end where to stop, in bytes; Infinity: the file may grow, and `next` may be asked again after its end */
  constructor(handle: FileHandle, inode: number, offset: number, end: number, blockBytes: number) {
    this.#handle = handle;
    this.inode = inode;
    this.#offset = offset;
    this.#end = end;
    this.#blockBytes = blockBytes;
  }

  get offset(): number {
    return this.#offset;
  }

  async next(): Promise<Buffer | undefined> {
    if (this.#wasAtEnd) await this.#checkStillTheSame();
    let wanted = this.#blockBytes;
    for (;;) {
      const bytes = Math.min(wanted, this.#end - this.#offset);
      const block = bytes > 0 ? await this.#readAt(this.#offset, bytes) : undefined;
      if (block === undefined) return this.#rest();
      const lineEnd = block.lastIndexOf(NEWLINE) + 1;
      if (lineEnd > 0) return this.#give(block.subarray(0, lineEnd));
      if (block.length < wanted) return this.#rest();
      if (wanted >= MAX_LINE_BYTES) return this.#give(block);
      wanted *= 2;
    }
  }

  async isDeleted(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0;
  }

  async close(): Promise<void> {
    this.#buffer = undefined;
    await this.#handle.close();
  }

  #give(block: Buffer): Buffer {
    this.#wasAtEnd = false;
    this.#offset += block.length;
    if (this.#end === Number.POSITIVE_INFINITY) this.#anchor = Buffer.from(block.subarray(-ANCHOR_BYTES));
    return block;
  }

  /** At the end; nothing but the offset is kept, an unfinished line is read again when there is more. */
  #rest(): undefined {
    this.#wasAtEnd = true;
    this.#buffer = undefined;
    return undefined;
  }

  async #readAt(offset: number, bytes: number): Promise<Buffer | undefined> {
    if (this.#buffer === undefined || this.#buffer.length < bytes)
      this.#buffer = Buffer.allocUnsafeSlow(bytes);
    const { bytesRead } = await this.#handle.read(this.#buffer, 0, bytes, offset);
    return bytesRead === 0 ? undefined : this.#buffer.subarray(0, bytesRead);
  }

  async #checkStillTheSame(): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size >= this.#offset && (await this.#hasAnchor())) return;
    this.#offset = 0;
    this.#anchor = Buffer.alloc(0);
  }

  async #hasAnchor(): Promise<boolean> {
    if (this.#anchor.length === 0) return true;
    const found = Buffer.alloc(this.#anchor.length);
    await this.#handle.read(found, 0, found.length, this.#offset - found.length);
    return found.equals(this.#anchor);
  }
}
