/**
 * Writes queued lines to a log file: one write in flight, all that waits in one batch. What cannot be written waits
 * and is tried again; what finds no room is counted, and the log itself says so when writing works again.
 */

import { write, writeSync } from 'node:fs';
import { errnoOf, messageOf } from '../../protocol/result.ts';
import type { Clock, Timer } from './clock.ts';
import { LogOutput, type RotationLimits } from './log-output.ts';
import { type Batch, LogQueue, type QueueLimits } from './log-queue.ts';

export interface LogFileOptions extends RotationLimits, QueueLimits {
  readonly file: string;
  readonly clock: Clock;
  /** The line, newline included, that tells of dropped ones. */
  readonly droppedLine: (count: number) => string;
}

/** Between two tries while writing fails, in milliseconds. */
const RETRY_DELAY_MS = 500;
const MAX_BATCH_BYTES = 256 * 1024;

/** A batch that is being written. */
interface Flight {
  readonly fd: number;
  readonly position: number;
  readonly batch: Batch;
  /** Bytes of it that are in the file. */
  done: number;
  /** `flushSync` writes the batch itself. */
  isOvertaken: boolean;
  /** It came to the end with that. */
  isWritten: boolean;
}

export class LogFile {
  readonly #clock: Clock;
  readonly #queue: LogQueue;
  readonly #output: LogOutput;
  #flight: Flight | undefined;
  #retry: Timer | undefined;
  #problem: string | undefined;
  #wantsReopen = false;
  #isClosed = false;
  #onSettled: (() => void) | undefined;

  constructor(options: LogFileOptions) {
    this.#clock = options.clock;
    this.#queue = new LogQueue(options, options.droppedLine);
    this.#output = new LogOutput(options.file, options);
  }

  /** What keeps lines from being written, or files from being rotated; undefined when all is well. */
  get problem(): string | undefined {
    const { file, rotationProblem } = this.#output;
    if (this.#problem === undefined) {
      return rotationProblem === undefined ? undefined : `${file} cannot be rotated: ${rotationProblem}`;
    }
    const { length, dropped } = this.#queue;
    return `${file} cannot be written: ${this.#problem}; ${length} lines wait, ${dropped} dropped`;
  }

  /** @param line with its newline */
  append(line: string): void {
    this.#queue.push(line);
    // The process is about to end: nobody will be there to write it later.
    if (this.#isClosed) this.flushSync();
    else this.#pump();
  }

  /** Goes on in the file that has the log's name now; for logrotate(8). */
  reopen(): void {
    this.#wantsReopen = true;
    if (this.#flight === undefined) this.#tryReopen();
  }

  /** Writes what waits, trying for at most `limitMs`; lines that come later are written at once. */
  async close(limitMs: number): Promise<void> {
    if (this.#isClosed) return this.flushSync();
    this.#cancelRetry();
    this.#pump();
    if (this.#queue.length > 0) await this.#settled(limitMs);
    this.#isClosed = true;
    this.#cancelRetry();
    if (this.#flight === undefined) this.#output.close();
  }

  /** Writes all that waits before it returns, as far as the disk lets it; for a process that is about to die. */
  flushSync(): void {
    const flight = this.#flight;
    try {
      if (flight !== undefined && !flight.isOvertaken) this.#overtake(flight);
      this.#queue.tellDropped();
      while (this.#queue.length > 0) {
        this.#writeBatchSync();
        this.#queue.tellDropped();
      }
      this.#problem = undefined;
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #pump(): void {
    if (this.#flight !== undefined || this.#retry !== undefined || this.#isClosed) return;
    try {
      if (this.#wantsReopen) this.#reopenNow();
      const first = this.#queue.peek(1);
      if (first === undefined) return;
      const { fd, position } = this.#output.prepare(first.bytes.length);
      const batch = this.#queue.peek(this.#batchBytes) ?? first;
      this.#flight = { fd, position, batch, done: 0, isOvertaken: false, isWritten: false };
      this.#writeOn(this.#flight);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #writeOn(flight: Flight): void {
    const { fd, batch, done, position } = flight;
    write(fd, batch.bytes, done, batch.bytes.length - done, position + done, (error, written) => {
      if (!error) flight.done += written;
      if (!error && flight.done < batch.bytes.length && !flight.isOvertaken) this.#writeOn(flight);
      else this.#onWritten(flight, error);
    });
  }

  #onWritten(flight: Flight, error: unknown): void {
    this.#flight = undefined;
    if (!flight.isOvertaken) {
      this.#accept(flight.done);
      if (error) this.#fail(error, flight.done > 0);
      else this.#problem = undefined;
    } else if (!flight.isWritten) {
      this.#output.noteTorn();
    }
    if (!error && this.#queue.length === 0) this.#queue.tellDropped();
    this.#pump();
    if (this.#queue.length === 0) this.#onSettled?.();
  }

  /** So many bytes are in the file: whole lines leave the queue. */
  #accept(bytes: number): void {
    this.#output.moveOn(this.#queue.remove(bytes));
  }

  #fail(thrown: unknown, isTorn = false): void {
    if (errnoOf(thrown) === undefined) throw thrown;
    this.#problem = messageOf(thrown);
    if (isTorn) this.#output.noteTorn();
    if (this.#queue.length === 0 || this.#isClosed) return;
    this.#retry ??= this.#clock.setTimer(() => {
      this.#retry = undefined;
      this.#pump();
    }, RETRY_DELAY_MS);
  }

  /** Writes the same bytes at the same place as the write in flight: whichever comes last changes nothing. */
  #overtake(flight: Flight): void {
    flight.isOvertaken = true;
    writeWhole(flight.fd, flight.batch.bytes, flight.position);
    flight.isWritten = true;
    this.#accept(flight.batch.bytes.length);
  }

  #writeBatchSync(): void {
    // With a write in flight its file is not to be closed, so there is no rotation then.
    const canRotate = this.#flight === undefined;
    const firstBytes = this.#queue.peek(1)?.bytes.length ?? 0;
    const { fd, position } = canRotate ? this.#output.prepare(firstBytes) : this.#output.place;
    const bytes = this.#queue.peek(canRotate ? this.#batchBytes : MAX_BATCH_BYTES)?.bytes ?? Buffer.alloc(0);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
    } finally {
      this.#accept(done);
      if (done < bytes.length) this.#output.noteTorn();
    }
  }

  get #batchBytes(): number {
    return Math.min(MAX_BATCH_BYTES, this.#output.roomBytes);
  }

  #tryReopen(): void {
    try {
      this.#reopenNow();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #reopenNow(): void {
    this.#wantsReopen = false;
    this.#output.close();
    this.#output.prepare(0);
  }

  #cancelRetry(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  async #settled(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(resolve, limitMs);
      this.#onSettled = () => {
        timer.cancel();
        resolve();
      };
    });
    this.#onSettled = undefined;
  }
}

function writeWhole(fd: number, bytes: Buffer, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}
