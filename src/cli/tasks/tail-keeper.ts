/** The last lines of an output that is read from its beginning. */

import type { OutputGap } from './output-gap.ts';
import { chunkBytes, type OutputChunk } from './task-output.ts';

const NEWLINE = 0x0a;

interface Piece {
  readonly item: OutputChunk | OutputGap;
  /** Empty for a gap. */
  readonly bytes: Buffer;
  readonly newlines: number;
}

export class TailKeeper {
  readonly #lines: number;
  #pieces: Piece[] = [];
  /** In all that is kept. */
  #newlines = 0;

  /** @param lines how many, not below 0; a last one without its newline counts */
  constructor(lines: number) {
    this.#lines = lines;
  }

  push(item: OutputChunk | OutputGap): void {
    const bytes = item.kind === 'gap' ? Buffer.alloc(0) : chunkBytes(item);
    if (bytes.length === 0 && item.kind === 'chunk') return;
    const newlines = count(bytes);
    this.#pieces.push({ item, bytes, newlines });
    this.#newlines += newlines;
    // What lies before the last N+1 newlines is in no line that is wanted.
    while (this.#newlines - (this.#pieces[0]?.newlines ?? 0) > this.#lines) {
      this.#newlines -= this.#pieces.shift()?.newlines ?? 0;
    }
  }

  /** The pieces of the last lines, and the gaps among them; the first one may be the end of a chunk. */
  items(): readonly (OutputChunk | OutputGap)[] {
    if (this.#lines === 0) return [];
    const isEnded = this.#pieces.findLast(({ item }) => item.kind === 'chunk')?.bytes.at(-1) === NEWLINE;
    let excess = this.#newlines + (isEnded ? 0 : 1) - this.#lines;
    const kept: (OutputChunk | OutputGap)[] = [];
    for (const { item, bytes, newlines } of this.#pieces) {
      if (excess > 0 && newlines < excess) {
        excess -= newlines;
        continue;
      }
      const rest = excess > 0 ? bytes.subarray(afterNewline(bytes, excess)) : bytes;
      excess = 0;
      if (item.kind === 'gap') kept.push(item);
      else if (rest.length > 0) kept.push(rest.length === bytes.length ? item : cut(item, rest));
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
