/** A torud whose wall clock is another one than the machine's, and can be set while it runs. */

import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './programs.ts';

/** torud's wall clock, kept in a file of the root that its preloaded script reads. */
export class SetClock {
  readonly file: string;

  constructor(folder: string) {
    this.file = join(folder, 'clock');
    this.set(0);
  }

  get env(): Readonly<Record<string, string>> {
    const script = join(CHECKOUT, 'test/fixtures/shifted-clock.cjs');
    return { NODE_OPTIONS: `--require=${script}`, SHIFTED_CLOCK: this.file };
  }

  /** Sets it to a moment of the wall clock. */
  setTo(time: string): void {
    this.set(Date.parse(time) - Date.now());
  }

  set(shiftMs: number): void {
    writeFileSync(`${this.file}.new`, String(shiftMs));
    renameSync(`${this.file}.new`, this.file);
  }
}
