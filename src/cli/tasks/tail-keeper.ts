/** The last lines of an output that is read from its beginning. */

import { chunkBytes, type OutputChunk } from './task-output.ts';

const NEWLINE = 0x0a;

export class TailKeeper {
  readonly #lines: number;
  #chunks: { readonly chunk: OutputChunk; readonly bytes: Buffer; readonly newlines: number }[] = [];
  /** In all that is kept. */
  #newlines = 0;

  /** @param lines how many, not below 0; a last one without its newline counts */
  constructor(lines: number) {
    this.#lines = lines;
  }

  push(chunk: OutputChunk): void {
    const bytes = chunkBytes(chunk);
    if (bytes.length === 0) return;
    const newlines = count(bytes);
    this.#chunks.push({ chunk, bytes, newlines });
    this.#newlines += newlines;
    // What lies before the last N+1 newlines is in no line that is wanted.
    while (this.#newlines - (this.#chunks[0]?.newlines ?? 0) > this.#lines) {
      this.#newlines -= this.#chunks.shift()?.newlines ?? 0;
    }
  }

  /** The pieces of the last lines; the first one may be the end of a chunk. */
  chunks(): readonly OutputChunk[] {
    if (this.#lines === 0) return [];
    const isEnded = this.#chunks.at(-1)?.bytes.at(-1) === NEWLINE;
    let excess = this.#newlines + (isEnded ? 0 : 1) - this.#lines;
    const kept: OutputChunk[] = [];
    for (const { chunk, bytes, newlines } of this.#chunks) {
      if (excess > 0 && newlines < excess) {
        excess -= newlines;
        continue;
      }
      const rest = excess > 0 ? bytes.subarray(afterNewline(bytes, excess)) : bytes;
      excess = 0;
      if (rest.length > 0) kept.push(rest.length === bytes.length ? chunk : cut(chunk, rest));
    }
    return kept;
  }
}

function count(bytes: Buffer): number {
  let newlines = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) newlines += 1;
  return newlines;
}

/** Where the text behind the newline of this number (from 1) begins. */
function afterNewline(bytes: Buffer, number: number): number {
  let at = -1;
  for (let left = number; left > 0; left -= 1) at = bytes.indexOf(NEWLINE, at + 1);
  return at + 1;
}

/** A newline stands between characters of UTF-8, so that the rest of a text is text. */
function cut({ kind, stream, at, text, next }: OutputChunk, rest: Buffer): OutputChunk {
  const content = text === undefined ? { base64: rest.toString('base64') } : { text: rest.toString('utf8') };
  return { kind, stream, at, ...content, next };
}
