/**
 * One log read forwards, over all its files and, when it is followed, on into those to come. Between two lines it
 * holds one block and one open file; at the end of a followed log it holds the open file alone.
 *
 * Rotation: a file is finished only when the next newer one has data, for its writer has left it then, or when it was
 * deleted; it is read to its end once more after that was seen.
 */

import { encodePosition, isBehind, type Position } from './cursor.ts';
import { type Generation, inodeAt, listAnew, type OpenedFile, openGeneration } from './generations.ts';
import { GzipLines } from './gzip-lines.ts';
import { LineCutter } from './line-cutter.ts';
import { PlainLines, type SegmentLines } from './plain-lines.ts';
import { filesBehind, type Plan } from './resume.ts';

/** How often in a row the list is made anew because a file of it is gone. */
const MAX_ANEW = 20;

/** `line`: there is a line; `idle`: none now, but there may be; `done`: none any more. */
export type FillResult = 'line' | 'idle' | 'done';

export interface SourceOptions {
  /** Plugin id, or '' for the supervisor's own log. */
  readonly plugin: string;
  /** Path of ID.log. */
  readonly base: string;
  readonly isFollowed: boolean;
  readonly blockBytes: number;
  /** Where among equal times it comes. */
  readonly order: number;
}

export class LogSource {
  readonly plugin: string;
  readonly order: number;
  /** The line at the head, after `fill` said `line` or `advance` true. */
  readonly line = new LineCutter();
  readonly #base: string;
  readonly #isFollowed: boolean;
  readonly #blockBytes: number;
  #files: Generation[] = [];
  #offset = 0;
  /** The next file may begin with lines that were read already. */
  #mayRepeat = false;
  #after: Position | undefined;
  #current: SegmentLines | undefined;
  /** The current file gets no more lines than it has now. */
  #isFinal = false;
  #position: Position;
  #encoded: string | undefined;
  readonly #newestInode: number | undefined;

  constructor(options: SourceOptions, plan: Plan) {
    this.plugin = options.plugin;
    this.order = options.order;
    this.#base = options.base;
    this.#isFollowed = options.isFollowed;
    this.#blockBytes = options.blockBytes;
    this.#follow(plan);
    this.#position = plan.position;
    this.#newestInode = plan.files.at(-1)?.inode;
  }

  /** Its part of the cursor: behind the last line that `consume` was called for. */
  get encodedPosition(): string {
    this.#encoded ??= encodePosition(this.plugin, this.#position);
    return this.#encoded;
  }

  /** True when files are known that have not been opened yet. */
  get hasFilesLeft(): boolean {
    return this.#files.length > 0;
  }

  /** Counts the line at the head as read. */
  consume(): void {
    const { facts, nextOffset, time } = this.line;
    const { run, seq } = facts.run === -1 ? this.#position : facts;
    this.#position = { inode: this.#current?.inode ?? 0, offset: nextOffset, run, seq, time };
    this.#encoded = undefined;
  }

  /** Goes to the next line of the block at hand; false when `fill` has to get another one. */
  advance(): boolean {
    while (this.line.cut()) {
      if (this.#after === undefined) return true;
      if (isBehind(this.line.facts, this.#after)) {
        this.#after = undefined;
        return true;
      }
    }
    return false;
  }

  /** Gets the next line from the files. Rejects when a file cannot be read; that file is left behind then. */
  async fill(): Promise<FillResult> {
    try {
      for (;;) {
        const result = this.#current === undefined ? await this.#goOn() : await this.#readOn(this.#current);
        if (result !== undefined) return result;
      }
    } catch (thrown) {
      await this.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    this.line.drop();
    await current?.close();
  }

  /** Without a file: opens the next one. Undefined when there is one now. */
  async #goOn(): Promise<FillResult | undefined> {
    if (await this.#openNext()) return undefined;
    if (!this.#isFollowed) return 'done';
    return (await this.#findNewer()) ? undefined : 'idle';
  }

  /** Undefined when the current file, or another one, has to be read on. */
  async #readOn(current: SegmentLines): Promise<FillResult | undefined> {
    const block = await current.next();
    if (block === undefined) {
      this.line.drop();
      return this.#atEnd();
    }
    this.line.take(block, current.offset - block.length);
    return this.advance() ? 'line' : undefined;
  }

  /** The current file has no line more: undefined to go on with another file. */
  async #atEnd(): Promise<FillResult | undefined> {
    if (!this.#isFollowed || this.#isFinal) {
      this.#isFinal = false;
      await this.close();
      return undefined;
    }
    if (!hasData(this.#files) && !(await this.#findNewer())) {
      // An open file keeps its deleted folder alive, and the watch would never tell that the folder is gone.
      if (!(await this.#current?.isDeleted())) return 'idle';
    }
    this.#isFinal = true;
    return undefined;
  }

  /** Looks for files behind the current one, or behind all that was read; true when one of them has data. */
  async #findNewer(): Promise<boolean> {
    const inode = this.#current?.inode ?? 0;
    if (inode !== 0 && (await inodeAt(this.#base)) === inode) return false;
    const generations = await listAnew(this.#base);
    const at = generations.findIndex((generation) => generation.inode === inode);
    if (at !== -1) {
      this.#files = generations.slice(at + 1);
    } else {
      this.#follow(await filesBehind(this.#base, generations, this.#position));
    }
    return hasData(this.#files);
  }

  /** Opens the next file of the list; false when the list is at its end. */
  async #openNext(): Promise<boolean> {
    for (let tries = 0; ; tries += 1) {
      const generation = this.#files[0];
      if (generation === undefined) return false;
      this.#files.shift();
      const opened = await openGeneration(this.#base, generation);
      if (opened !== undefined) {
        this.#begin(opened, generation);
        return true;
      }
      // It was compressed or deleted: what is left of the log behind the last line that was read.
      if (tries < MAX_ANEW)
        this.#follow(await filesBehind(this.#base, this.#wanted(await listAnew(this.#base)), this.#position));
    }
  }

  /** Without following, nothing behind the file that was the newest when the request came: a flood would never end. */
  #wanted(generations: readonly Generation[]): readonly Generation[] {
    if (this.#isFollowed) return generations;
    return generations.slice(0, generations.findIndex((one) => one.inode === this.#newestInode) + 1);
  }

  #follow(plan: Plan): void {
    this.#files = [...plan.files];
    this.#offset = plan.offset;
    this.#mayRepeat = plan.mayRepeat;
  }

  #begin({ handle, inode, isGzip }: OpenedFile, generation: Generation): void {
    const offset = this.#offset;
    this.#offset = 0;
    if (this.#mayRepeat) this.#after = this.#position;
    this.#mayRepeat = false;
    // Without following, the end is where it was when the request came: a fast writer would never let it end.
    const isEndless = this.#isFollowed || generation.number > 0;
    const end = isEndless ? Number.POSITIVE_INFINITY : generation.sizeBytes;
    this.#current = isGzip
      ? new GzipLines(handle, inode, offset)
      : new PlainLines(handle, inode, offset, end, this.#blockBytes);
  }
}

function hasData(files: readonly Generation[]): boolean {
  return files.some((file) => file.sizeBytes > 0);
}
