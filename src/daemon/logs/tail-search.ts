/** Finds where the last N wanted lines of several logs, merged by time, begin: read backwards, holding positions only. */

import { BackwardGzip } from './backward-gzip.ts';
import { BackwardPlain } from './backward-plain.ts';
import type { LineFilter } from './filter.ts';
import { type Generation, openGeneration } from './generations.ts';
import { MergeHeap } from './merge-heap.ts';

/** Where to begin reading a log: a file of its list and an offset in it, in (unpacked) bytes. */
export interface StartPoint {
  readonly index: number;
  readonly offset: number;
}

/** A wanted line, seen from behind. */
export interface BackwardLine {
  readonly offset: number;
  /** Microseconds since 1970; -1 when neither it nor a line behind it has one. */
  readonly time: number;
}

/** Gives the wanted lines of one file from its last to its first. */
export interface BackwardFile {
  /** End of the last whole line, in bytes; known after the first `previous`. */
  readonly lastLineEnd: number;
  /** True when a line of an older run than the wanted one was met: nothing older is wanted. */
  readonly isPastRun: boolean;
  previous(): Promise<BackwardLine | undefined>;
  close(): Promise<void>;
}

export interface TailedLog {
  /** Path of ID.log. */
  readonly base: string;
  /** Its files, oldest first. */
  readonly generations: readonly Generation[];
  readonly filter: LineFilter;
}

/** What a search may hold of one log. */
export interface SearchLimits {
  /** Largest block of a plain file. */
  readonly blockBytes: number;
  /** Lines of a compressed file that are remembered at once, 16 bytes each. */
  readonly windowLines: number;
}

/** One log, walked backwards over all its files. */
export class BackwardLog {
  readonly #base: string;
  readonly #generations: readonly Generation[];
  readonly #filter: LineFilter;
  readonly #limits: SearchLimits;
  readonly #onUnreadable: (thrown: unknown) => void;
  readonly order: number;
  /** Time of the line that `advance` found. */
  time = -1;
  start: StartPoint;
  /** A listed file was gone when its turn came: the list has to be made anew. */
  isStale = false;
  #found: StartPoint | undefined;
  #index: number;
  #file: BackwardFile | undefined;
  #isStarted = false;

  /**
   * @param order breaks ties of time; the reverse of the order of reading
   * @param onUnreadable told of a file that cannot be read
   */
  constructor(
    { base, generations, filter }: TailedLog,
    order: number,
    limits: SearchLimits,
    onUnreadable: (thrown: unknown) => void,
  ) {
    this.#onUnreadable = onUnreadable;
    this.#base = base;
    this.#generations = generations;
    this.#filter = filter;
    this.#limits = limits;
    this.order = order;
    this.#index = generations.length - 1;
    this.start = { index: Math.max(0, this.#index), offset: 0 };
  }

  /** Goes to the wanted line before; false when there is none. */
  async advance(): Promise<boolean> {
    while (this.#index >= 0) {
      const line = await this.#previous();
      if (line !== undefined) {
        this.time = line.time === -1 ? this.time : line.time;
        this.#found = { index: this.#index, offset: line.offset };
        return true;
      }
      const isOver = this.#file === undefined || this.#file.isPastRun;
      await this.close();
      this.#index = isOver ? -1 : this.#index - 1;
    }
    return false;
  }

  async #previous(): Promise<BackwardLine | undefined> {
    try {
      this.#file ??= await this.#open(this.#index);
      const line = await this.#file?.previous();
      this.#noteEnd();
      return line;
    } catch (thrown) {
      this.#onUnreadable(thrown);
      return undefined;
    }
  }

  /** The line that `advance` found belongs to the result. */
  take(): void {
    if (this.#found !== undefined) this.start = this.#found;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Without any wanted line, reading begins behind the last whole line of the newest file. */
  #noteEnd(): void {
    if (this.#isStarted || this.#file === undefined) return;
    this.#isStarted = true;
    this.start = { index: this.#index, offset: this.#file.lastLineEnd };
  }

  async #open(index: number): Promise<BackwardFile | undefined> {
    const generation = this.#generations[index];
    if (generation === undefined) return undefined;
    const opened = await openGeneration(this.#base, generation);
    if (opened === undefined) {
      this.isStale = true;
      return undefined;
    }
    if (opened.isGzip)
      return new BackwardGzip(opened.handle, opened.inode, this.#filter, this.#limits.windowLines);
    return new BackwardPlain(opened.handle, generation.sizeBytes, this.#filter, this.#limits.blockBytes);
  }
}

/** Walks all logs back over their last `count` wanted lines; each log's `start` says then where to begin. */
export async function findTail(logs: readonly BackwardLog[], count: number): Promise<void> {
  const heap = new MergeHeap<BackwardLog>(
    (a, b) => a.time > b.time || (a.time === b.time && a.order > b.order),
  );
  try {
    const haveLines = await Promise.all(logs.map((log) => log.advance()));
    for (const [at, log] of logs.entries()) if (haveLines[at]) heap.push(log);
    for (let taken = 0; taken < count; taken += 1) {
      const newest = heap.top;
      if (newest === undefined) return;
      newest.take();
      if (await newest.advance()) heap.sinkTop();
      else heap.removeTop();
    }
  } finally {
    for (const log of logs) await log.close();
  }
}
