/**
 * The open file of a log: where the next line goes, rotation, and what others do to it (deleted, truncated). Writes
 * are made at a known place instead of by O_APPEND, so that the same batch can be written again after a short or
 * unfinished write: no line is torn or doubled.
 */

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf, messageOf } from '../../protocol/result.ts';

export interface RotationLimits {
  /** A file that would become larger is rotated; 0: never. */
  readonly maxSizeBytes: number;
  /** Rotated files that are kept: FILE.1 to FILE.keep. */
  readonly keep: number;
}

const FILE_MODE = 0o640;
const NEWLINE = 0x0a;

export class LogOutput {
  readonly file: string;
  readonly #limits: RotationLimits;
  #fd: number | undefined;
  /** Behind the last whole line. */
  #position = 0;
  /** Why the last rotation was not possible. */
  rotationProblem: string | undefined;
  /** The file may hold a piece of a line behind the position. */
  #isTorn = false;

  constructor(file: string, limits: RotationLimits) {
    this.file = file;
    this.#limits = limits;
  }

  /** How many bytes still go into the file before it is rotated. */
  get roomBytes(): number {
    if (this.#limits.maxSizeBytes === 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#limits.maxSizeBytes - this.#position);
  }

  /**
   * Makes the file ready for a batch. Throws the system's error (ENOSPC, EROFS, EACCES, …).
   * @param firstLineBytes length of the line that has to fit, else the file is rotated
   * @returns where to write
   */
  prepare(firstLineBytes: number): { readonly fd: number; readonly position: number } {
    const fd = this.#ensureOpen();
    if (firstLineBytes <= this.roomBytes || this.#position === 0) return { fd, position: this.#position };
    this.#rotate();
    return { fd: this.#ensureOpen(), position: this.#position };
  }

  /** Where the next line goes in the file that is open; throws when none is. */
  get place(): { readonly fd: number; readonly position: number } {
    if (this.#fd === undefined) throw new Error(`${this.file} is not open`);
    return { fd: this.#fd, position: this.#position };
  }

  /** So many bytes of whole lines lie behind the position now. */
  moveOn(bytes: number): void {
    this.#position += bytes;
  }

  /** A write broke off inside a line. */
  noteTorn(): void {
    this.#isTorn = true;
    this.#mend();
  }

  /** The next `prepare` opens the file anew. */
  close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  #ensureOpen(): number {
    if (this.#fd !== undefined) {
      const { nlink, size } = fstatSync(this.#fd);
      if (nlink > 0) {
        this.#follow(size);
        return this.#fd;
      }
      this.close();
    }
    mkdirSync(dirname(this.file), { recursive: true });
    const fd = this.#openFile();
    this.#fd = fd;
    this.#isTorn = false;
    this.#position = fstatSync(fd).size;
    this.#endForeignLine(fd);
    return fd;
  }

  /** 'a+' would append whatever the position, so the file is made first and then opened for both. */
  #openFile(): number {
    closeSync(openSync(this.file, 'a', FILE_MODE));
    return openSync(this.file, 'r+');
  }

  /** Another writer may have truncated the file, or added to it. */
  #follow(size: number): void {
    if (this.#isTorn) this.#mend();
    else this.#position = size;
    if (size < this.#position) this.#position = size;
  }

  #mend(): void {
    if (this.#fd === undefined) return;
    try {
      ftruncateSync(this.#fd, this.#position);
      this.#isTorn = false;
    } catch (thrown) {
      // A file system that refuses even this refuses the next write as well, which tells the reason.
      if (errnoOf(thrown) === undefined) throw thrown;
    }
  }

  /** A last line without its newline was left by a torud that was killed, or by another program. */
  #endForeignLine(fd: number): void {
    if (this.#position === 0) return;
    const last = Buffer.alloc(1);
    readSync(fd, last, 0, 1, this.#position - 1);
    if (last[0] === NEWLINE) return;
    try {
      this.#position += writeSync(fd, '\n', this.#position);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  /** Where that is not possible, the file grows on: an over-long log is better than a lost line. */
  #rotate(): void {
    try {
      this.#shift();
      this.close();
      this.rotationProblem = undefined;
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      this.rotationProblem = messageOf(thrown);
    }
  }

  #shift(): void {
    const { keep } = this.#limits;
    if (keep === 0) rmSync(this.file, { force: true });
    for (let number = keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? this.file : `${this.file}.${number}`;
      this.#move(from, `${this.file}.${number + 1}`);
    }
  }

  #move(from: string, to: string): void {
    try {
      renameSync(from, to);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    }
  }
}
