/** Whole lines of a compressed log file, unpacked as they are asked for. */

import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { MAX_LINE_BYTES, NEWLINE } from './log-line.ts';
import type { SegmentLines } from './plain-lines.ts';

const READ_BYTES = 16 * 1024;
const UNPACKED_BYTES = 32 * 1024;

export class GzipLines implements SegmentLines {
  readonly inode: number;
  readonly #handle: FileHandle;
  readonly #gunzip: Gunzip;
  readonly #chunks: AsyncIterator<Buffer>;
  #toSkip: number;
  #offset: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** @param offset how many unpacked bytes to pass over */
  constructor(handle: FileHandle, inode: number, offset: number) {
    this.inode = inode;
    this.#handle = handle;
    this.#toSkip = offset;
    this.#offset = offset;
    this.#gunzip = createGunzip({ chunkSize: UNPACKED_BYTES });
    const packed = Readable.from(blocksOf(handle), { objectMode: false, highWaterMark: READ_BYTES });
    packed.on('error', (error) => this.#gunzip.destroy(error));
    this.#gunzip.on('close', () => packed.destroy());
    this.#chunks = packed.pipe(this.#gunzip)[Symbol.asyncIterator]();
  }

  get offset(): number {
    return this.#offset;
  }

  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      const chunk = this.#skip(value);
      const lineEnd = chunk.lastIndexOf(NEWLINE) + 1;
      if (lineEnd > 0) return this.#give(chunk, lineEnd);
      if (this.#heldBytes + chunk.length >= MAX_LINE_BYTES) return this.#give(chunk, chunk.length);
      this.#hold(chunk);
    }
  }

  /** Ends the unpacking and leaves the file open, for another pass over it. */
  stop(): void {
    this.#gunzip.destroy();
  }

  async isDeleted(): Promise<boolean> {
    return (await this.#handle.stat()).nlink === 0;
  }

  async close(): Promise<void> {
    this.stop();
    await this.#handle.close();
  }

  #skip(chunk: Buffer): Buffer {
    const skipped = Math.min(this.#toSkip, chunk.length);
    this.#toSkip -= skipped;
    return chunk.subarray(skipped);
  }

  #give(chunk: Buffer, end: number): Buffer {
    const block = Buffer.concat([...this.#held, chunk.subarray(0, end)]);
    this.#held = [];
    this.#heldBytes = 0;
    this.#hold(chunk.subarray(end));
    this.#offset += block.length;
    return block;
  }

  #hold(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#held.push(piece);
    this.#heldBytes += piece.length;
  }
}

/** A read stream of the handle would close it when it is destroyed, and there may be another pass. */
async function* blocksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
