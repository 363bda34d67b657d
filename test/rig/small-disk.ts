/** A disk of its own for one folder of a root: small, so that it can be filled, and frozen at will. Needs root. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../src/protocol/result.ts';

/** What a test's title says where it cannot run. */
export const NEEDS_MOUNT = canMount() ? '' : ' (skipped: only root may mount the small disk)';

export class SmallDisk {
  readonly folder: string;
  #isFrozen = false;

  /** A tmpfs of this size on a folder of its own. */
  constructor(kibibytes: number) {
    this.folder = mkdtempSync('/tmp/toru-disk-');
    mount('-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=0755`, 'toru-test-disk', this.folder);
  }

  /** Takes all the space that is left. */
  fill(): void {
    const descriptor = openSync(this.#filler, 'a');
    try {
      for (const bytes of [65_536, 4096, 1]) writeUntilFull(descriptor, Buffer.alloc(bytes, 'x'));
    } finally {
      closeSync(descriptor);
    }
  }

  /** Gives the space back. */
  free(): void {
    rmSync(this.#filler, { force: true });
  }

  /** Nothing can be made, removed, renamed or opened for writing by its path. What is open already stays writable. */
  freeze(): void {
    mount('--bind', this.folder, this.folder);
    this.#isFrozen = true;
    mount('-o', 'remount,bind,ro', this.folder);
  }

  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
  }

  /** Makes it as it was. */
  restore(): void {
    this.thaw();
    this.free();
  }

  remove(): void {
    this.thaw();
    execFileSync('umount', ['-l', this.folder], { stdio: 'pipe' });
    rmdirSync(this.folder);
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}

function mount(...args: readonly string[]): void {
  execFileSync('mount', args, { stdio: 'pipe' });
}

function writeUntilFull(descriptor: number, block: Buffer): void {
  try {
    while (writeSync(descriptor, block) === block.length);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOSPC') throw thrown;
  }
}

/** Root often may mount, but not in every container. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync('/tmp/toru-disk-');
  try {
    mkdirSync(folder, { recursive: true });
    mount('-t', 'tmpfs', '-o', 'size=64k', 'toru-test-disk', folder);
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}
