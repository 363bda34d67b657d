/** The files of a task's output (ARCHITECTURE.md, "Contract of toru-shim"): where they are, which there are, and their removal. */

import { chmodSync, mkdirSync, readdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';

/** Files behind the head that are kept. */
const KEPT_SEGMENTS = 2;
const OUTPUT_FILE = /^([0-9a-f-]{36})\.(\d{1,15})$/;
const HOLD_FILE = /^[0-9a-f-]{36}\.hold$/;
const FOLDER_MODE = 0o700;
const MODE_BITS = 0o7777;

export class OutputFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes the folder, for nobody but torud. Throws what the file system says. */
  open(): void {
    mkdirSync(this.folder, { recursive: true, mode: FOLDER_MODE });
    if ((statSync(this.folder).mode & MODE_BITS) !== FOLDER_MODE) chmodSync(this.folder, FOLDER_MODE);
  }

  /** The spec's `output`. */
  prefix(id: string): string {
    return join(this.folder, id);
  }

  path(id: string, segment: number): string {
    return `${this.prefix(id)}.${segment}`;
  }

  /** Tells the shim how far a follower has come. */
  holdPath(id: string): string {
    return `${this.prefix(id)}.hold`;
  }

  removeHold(id: string): void {
    removeFile(this.holdPath(id));
  }

  /** Numbers of the files that there are, lowest first. */
  segments(id: string): readonly number[] {
    return this.#entries()
      .flatMap((entry) => (entry.id === id ? [entry.segment] : []))
      .sort((one, other) => one - other);
  }

  has(id: string, segment: number): boolean {
    return statSync(this.path(id, segment), { throwIfNoEntry: false }) !== undefined;
  }

  /** Removes what there may be, when the newest file is known. */
  remove(id: string, newest: number): void {
    const first = Math.max(1, newest - KEPT_SEGMENTS + 1);
    const numbers = [0];
    for (let number = first; number <= newest; number += 1) numbers.push(number);
    for (const number of numbers) removeFile(this.path(id, number));
  }

  /** Removes the output of tasks that are not known (any more): torud died between removing the row and the files. */
  sweep(isKnown: (id: string) => boolean): void {
    // Of a torud before: nobody follows yet.
    for (const name of namesIn(this.folder)) if (HOLD_FILE.test(name)) removeFile(join(this.folder, name));
    const known = new Map<string, boolean>();
    for (const { id, segment } of this.#entries()) {
      const keeps = known.get(id) ?? isKnown(id);
      known.set(id, keeps);
      if (!keeps) removeFile(this.path(id, segment));
    }
  }

  #entries(): readonly { readonly id: string; readonly segment: number }[] {
    return namesIn(this.folder).flatMap((name) => {
      const match = OUTPUT_FILE.exec(name);
      return match === null ? [] : [{ id: match[1] ?? '', segment: Number(match[2]) }];
    });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
}

/** What cannot be removed now is swept when torud starts next. */
function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
  }
}
