/**
 * A file that holds some space back, so that torud can still write its state when the disk is full: it is deleted
 * then, and made again when there is room.
 */

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { fileFailureOf } from './store-failure.ts';

export const RESERVE_BYTES = 256 * 1024;
/** Free space that must be there before the reserve is made again: it must not fill the disk itself. */
const ROOM_BYTES = 4 * RESERVE_BYTES;
const RETRY_AFTER_MS = 30_000;

export class Reserve {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #log: SupervisorLog;
  #isHeld = false;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(file: string, clock: Clock, log: SupervisorLog) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Looks whether an earlier torud left its reserve. */
  find(): void {
    this.#isHeld = this.#exists();
  }

  /** Finds the reserve of an earlier torud, or makes it. Without room there is none, and it is tried again later. */
  prepare(): void {
    this.find();
    this.remakeIfDue();
  }

  /** Gives the space back; false when there was none to give. */
  release(): boolean {
    if (!this.#isHeld) return false;
    this.#isHeld = false;
    this.#triedAt = this.#clock.monotonic();
    const isGone = this.#attempt('released', () => rmSync(this.#file, { force: true }));
    if (isGone) this.#log.write('warning', 'reserve-released', { path: this.#file, bytes: RESERVE_BYTES });
    return isGone;
  }

  /** Makes the reserve when it is missing, there is room, and the last try is some time ago. Cheap when it is held. */
  remakeIfDue(): void {
    if (this.#isHeld) return;
    const now = this.#clock.monotonic();
    if (now - this.#triedAt < RETRY_AFTER_MS) return;
    this.#triedAt = now;
    this.#attempt('made', () => this.#make());
  }

  /** Makes the reserve when it is missing and there is room, however short ago the last try was. True: it is held. */
  remake(): boolean {
    if (!this.#isHeld) this.#attempt('made', () => this.#make());
    return this.#isHeld;
  }

  #make(): void {
    const space = statfsSync(dirname(this.#file));
    if (space.bavail * space.bsize < ROOM_BYTES) return;
    const unfinished = `${this.#file}.new`;
    const descriptor = openSync(unfinished, 'w', 0o600);
    try {
      // Random, because a file system that compresses would keep no space for zeros.
      writeAll(descriptor, randomBytes(RESERVE_BYTES));
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, this.#file);
    this.#isHeld = true;
  }

  #exists(): boolean {
    try {
      return statSync(this.#file).size === RESERVE_BYTES;
    } catch (thrown) {
      if (fileFailureOf(thrown, this.#file) === undefined) throw thrown;
      return false;
    }
  }

  #attempt(verb: string, step: () => void): boolean {
    try {
      step();
      return true;
    } catch (thrown) {
      const problem = fileFailureOf(thrown, this.#file);
      if (problem === undefined) throw thrown;
      rmSync(`${this.#file}.new`, { force: true });
      this.#log.write('warning', 'reserve-failed', {
        path: this.#file,
        reason: `the reserve could not be ${verb}: ${(thrown as Error).message}`,
      });
      return false;
    }
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written);
  }
}
