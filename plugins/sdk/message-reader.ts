/** Bytes in, messages out, however the bytes are cut. Never holds more than the limit of an unfinished line. */

import { LineSplitter } from '../../src/protocol/frames.ts';
import { MAX_PLUGIN_LINE_BYTES, type PluginMessage } from '../../src/protocol/plugin/envelope.ts';
import { failure, type Result } from '../../src/protocol/result.ts';
import { lineTooLong, type MessageFault, readMessage } from './message.ts';

const NEWLINE = 0x0a;

export class MessageReader {
  readonly #maxBytes: number;
  #splitter: LineSplitter;
  #isSkipping = false;

  /** @param maxBytes longest line that is taken, in bytes, its newline not counted */
  constructor(maxBytes: number = MAX_PLUGIN_LINE_BYTES) {
    this.#maxBytes = maxBytes;
    this.#splitter = new LineSplitter(maxBytes);
  }

  /** Bytes of the unfinished line that are held now. */
  get heldBytes(): number {
    return this.#splitter.heldBytes;
  }

  /**
   * Takes a chunk and returns what its complete lines say, in order. A line over the limit becomes one `too_large`
   * fault and is thrown away up to its newline; what follows is read again, for those who cannot close (stdio).
   */
  push(chunk: Buffer): Result<PluginMessage, MessageFault>[] {
    const results: Result<PluginMessage, MessageFault>[] = [];
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined) rest = this.#isSkipping ? this.#skip(rest) : this.#read(rest, results);
    return results;
  }

  /** Returns what follows the line to throw away, or undefined when that line goes on. */
  #skip(chunk: Buffer): Buffer | undefined {
    const end = chunk.indexOf(NEWLINE);
    if (end === -1) return undefined;
    this.#isSkipping = false;
    this.#splitter = new LineSplitter(this.#maxBytes);
    return chunk.subarray(end + 1);
  }

  /** Returns the bytes from the over-long line on, or undefined when all were taken. */
  #read(chunk: Buffer, results: Result<PluginMessage, MessageFault>[]): Buffer | undefined {
    const heldBefore = this.#splitter.heldBytes;
    const batch = this.#splitter.push(chunk);
    let lineBytes = 0;
    for (const line of batch.lines) {
      lineBytes += line.length + 1;
      results.push(readMessage(line));
    }
    if (!batch.isOverLimit) return undefined;
    results.push(failure(lineTooLong(this.#maxBytes)));
    this.#isSkipping = true;
    return batch.lines.length === 0 ? chunk : chunk.subarray(lineBytes - heldBefore);
  }
}
