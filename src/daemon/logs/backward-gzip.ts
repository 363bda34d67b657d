/**
 * Wanted lines of a compressed log file from its last to its first. Such a file can only be unpacked from its
 * beginning, so each pass remembers where the last lines before the former pass's lie, at most a window of them.
 */

import type { FileHandle } from 'node:fs/promises';
import { isInScope, isWanted, type LineFilter } from './filter.ts';
import { GzipLines } from './gzip-lines.ts';
import { LineCutter } from './line-cutter.ts';
import type { BackwardFile, BackwardLine } from './tail-search.ts';

export class BackwardGzip implements BackwardFile {
  readonly #handle: FileHandle;
  readonly #inode: number;
  readonly #filter: LineFilter;
  readonly #offsets: Float64Array;
  readonly #times: Float64Array;
  /** Wanted lines seen in the last pass; the ring holds the last of them. */
  #seen = 0;
  #left = 0;
  /** Lines from here on were given already. */
  #before = Number.POSITIVE_INFINITY;
  #isStarted = false;
  lastLineEnd = 0;
  isPastRun = false;

  /** @param windowLines lines remembered a pass, 16 bytes each */
  constructor(handle: FileHandle, inode: number, filter: LineFilter, windowLines: number) {
    this.#handle = handle;
    this.#inode = inode;
    this.#filter = filter;
    this.#offsets = new Float64Array(windowLines);
    this.#times = new Float64Array(windowLines);
  }

  async previous(): Promise<BackwardLine | undefined> {
    const hasMore = this.#seen > this.#offsets.length;
    if (this.#left === 0 && (hasMore || !this.#isStarted)) await this.#pass();
    if (this.#left === 0) return undefined;
    this.#left -= 1;
    const slot =
      (this.#seen - Math.min(this.#seen, this.#offsets.length) + this.#left) % this.#offsets.length;
    const offset = this.#offsets[slot] ?? 0;
    this.#before = offset;
    return { offset, time: this.#times[slot] ?? -1 };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #pass(): Promise<void> {
    this.#isStarted = true;
    this.#seen = 0;
    const lines = new GzipLines(this.#handle, this.#inode, 0);
    try {
      const cutter = new LineCutter();
      for (let block = await lines.next(); block !== undefined; block = await lines.next()) {
        cutter.take(block, lines.offset - block.length);
        this.#remember(cutter);
        if (this.#before === Number.POSITIVE_INFINITY) this.lastLineEnd = lines.offset;
      }
    } finally {
      lines.stop();
    }
    this.#left = Math.min(this.#seen, this.#offsets.length);
  }

  #remember(cutter: LineCutter): void {
    while (cutter.cut()) {
      if (cutter.offset >= this.#before) continue;
      const { facts, time } = cutter;
      this.isPastRun ||= this.#filter.run !== undefined && facts.run !== -1 && facts.run < this.#filter.run;
      if (!isInScope(facts, time, this.#filter) || !isWanted(facts, this.#filter)) continue;
      const slot = this.#seen % this.#offsets.length;
      this.#offsets[slot] = cutter.offset;
      this.#times[slot] = time;
      this.#seen += 1;
    }
  }
}
