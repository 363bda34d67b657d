/** Merges logs by time into items, and goes on as they grow when they are followed. */

import type { LogEnd, LogItem } from '../../protocol/control/logs.ts';
import { joinCursor } from './cursor.ts';
import { isInScope, isWanted, type LineFilter } from './filter.ts';
import type { LogSource } from './log-source.ts';
import { MergeHeap } from './merge-heap.ts';
import type { Wakeup } from './wakeup.ts';

const MAX_ITEM_LINES = 256;
const MAX_ITEM_BYTES = 128 * 1024;

/** A log and what is wanted of it. */
export interface MergeInput {
  readonly source: LogSource;
  readonly filter: LineFilter;
}

export interface StreamOptions {
  readonly isFollowed: boolean;
  /** Wanted lines after which it ends, whatever has been written meanwhile. */
  readonly maxLines: number;
  readonly wakeup: Wakeup<MergeInput>;
  /** Told of a file that cannot be read; the log goes on with the next one. */
  readonly onUnreadable: (plugin: string, thrown: unknown) => void;
}

export class LogStream {
  readonly #inputs: readonly MergeInput[];
  readonly #options: StreamOptions;
  readonly #heap = new MergeHeap<MergeInput>(comesBefore);
  /** Logs without a line at their head that may have one. */
  #toFill: MergeInput[];
  #lines: string[] = [];
  #bytes = 0;
  #linesLost = 0;
  #taken = 0;
  #hasCaughtUp = false;

  constructor(inputs: readonly MergeInput[], options: StreamOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#toFill = [...inputs];
  }

  async *items(signal: AbortSignal): AsyncGenerator<LogItem, LogEnd> {
    while (!signal.aborted) {
      this.#toFill.push(...this.#options.wakeup.takeWoken());
      // Once all has been read to the end, no line waits for a file to be read.
      if (this.#toFill.length > 0 && this.#hasCaughtUp && this.#lines.length > 0) yield this.#item();
      await this.#fillAll(signal);
      if (signal.aborted) break;
      this.#takeLines();
      if (this.#isFull()) yield this.#item();
      if (this.#isOver) {
        if (this.#lines.length > 0) yield this.#item();
        break;
      }
      if (this.#heap.top !== undefined || this.#toFill.length > 0) continue;
      this.#hasCaughtUp = true;
      if (this.#lines.length > 0) yield this.#item();
      if (!this.#options.isFollowed) break;
      await this.#options.wakeup.wait(signal);
    }
    return { linesLost: this.#linesLost };
  }

  async #fillAll(signal: AbortSignal): Promise<void> {
    for (let input = this.#toFill.pop(); input !== undefined; input = this.#toFill.pop()) {
      const { source } = input;
      try {
        const result = await source.fill();
        if (result === 'line') this.#heap.push(input);
        else if (result === 'idle') this.#options.wakeup.setIdle(input);
      } catch (thrown) {
        // The files are closed when the signal is given, also under a read in flight.
        if (signal.aborted) return;
        this.#options.onUnreadable(source.plugin, thrown);
        if (source.hasFilesLeft) this.#toFill.push(input);
        else if (this.#options.isFollowed) this.#options.wakeup.setIdle(input);
      }
    }
  }

  /** Takes lines from the heads until the item is full or a log has to be read on. */
  #takeLines(): void {
    while (!this.#isFull() && !this.#isOver) {
      const first = this.#heap.top;
      if (first === undefined) return;
      this.#takeLine(first);
      if (first.source.advance()) {
        this.#heap.sinkTop();
        continue;
      }
      this.#heap.removeTop();
      this.#toFill.push(first);
      return;
    }
  }

  #takeLine({ source, filter }: MergeInput): void {
    const { line } = source;
    if (isInScope(line.facts, line.time, filter)) {
      this.#linesLost += line.facts.lost;
      if (isWanted(line.facts, filter)) {
        this.#taken += 1;
        this.#lines.push(line.text());
        this.#bytes += line.lengthBytes;
      }
    }
    source.consume();
  }

  get #isOver(): boolean {
    return this.#taken >= this.#options.maxLines;
  }

  #isFull(): boolean {
    return this.#lines.length >= MAX_ITEM_LINES || this.#bytes >= MAX_ITEM_BYTES;
  }

  #item(): LogItem {
    const lines = this.#lines;
    this.#lines = [];
    this.#bytes = 0;
    return { lines, cursor: joinCursor(this.#inputs.map(({ source }) => source.encodedPosition)) };
  }
}

function comesBefore(a: MergeInput, b: MergeInput): boolean {
  const [one, other] = [a.source, b.source];
  return one.line.time < other.line.time || (one.line.time === other.line.time && one.order < other.order);
}
