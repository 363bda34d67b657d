/**
 * How full the disks are, read when somebody asks. statfs(2) on a server that is gone never comes back, and holds one of
 * the four threads that libuv has for files. So an answer is waited for no longer than PATIENCE_MS, a file system that owes
 * one is not asked again, and there are never more than so many unanswered questions: at worst three threads hang, and
 * torud goes on with the fourth.
 */

import { readFile, statfs } from 'node:fs/promises';
import type { DiskFigures } from '../../../protocol/control/system.ts';
import { errnoOf } from '../../../protocol/result.ts';
import type { Clock } from '../../base/clock.ts';
import { type Mount, parseMounts } from './mounts.ts';

/** What statfs(2) tells, as far as it is needed. */
export interface Space {
  readonly bsize: number;
  /** What blocks are counted in; of some file systems, those of FUSE above all, another size than that of a transfer. */
  readonly frsize?: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}

export interface DiskSource {
  /** /proc/self/mountinfo; empty when there is none. */
  mounts(): Promise<string>;
  /** Rejects with an error of the system. */
  space(mount: string): Promise<Space>;
}

/** Answers younger than this are given again. */
const FRESH_MS = 1_000;
/** How long all disks may take together; what has not answered by then is left out. */
const PATIENCE_MS = 1_000;

export const systemDisks: DiskSource = {
  async mounts() {
    try {
      return await readFile('/proc/self/mountinfo', 'utf8');
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return '';
    }
  },
  space: (mount) => statfs(mount),
};

export class DiskReader {
  readonly #clock: Clock;
  readonly #source: DiskSource;
  readonly #local = new Lane(2);
  readonly #remote = new Lane(1);
  #reading: Promise<readonly DiskFigures[]> | undefined;
  #readAtMs = 0;

  constructor(clock: Clock, source: DiskSource = systemDisks) {
    this.#clock = clock;
    this.#source = source;
  }

  /** Sorted by mount point; those that do not answer in time are left out. */
  read(): Promise<readonly DiskFigures[]> {
    const now = this.#clock.monotonic();
    if (this.#reading === undefined || now - this.#readAtMs >= FRESH_MS) {
      this.#readAtMs = now;
      this.#reading = this.#read();
    }
    return this.#reading;
  }

  async #read(): Promise<readonly DiskFigures[]> {
    const mounts = parseMounts(await this.#source.mounts());
    const found = new Map<string, DiskFigures>();
    const one = async (mount: Mount): Promise<void> => {
      const disk = await this.#ask(mount);
      if (disk !== undefined) found.set(mount.mount, disk);
    };
    await this.#within(PATIENCE_MS, (isLate) =>
      Promise.all([
        this.#local.ask(
          mounts.filter(({ isRemote }) => !isRemote),
          one,
          isLate,
        ),
        this.#remote.ask(
          mounts.filter(({ isRemote }) => isRemote),
          one,
          isLate,
        ),
      ]),
    );
    return mounts.flatMap(({ mount }) => found.get(mount) ?? []);
  }

  async #ask({ mount, device, type }: Mount): Promise<DiskFigures | undefined> {
    try {
      const { bsize, frsize, blocks, bfree, bavail } = await this.#source.space(mount);
      // A file system without a size is none of a disk.
      if (blocks <= 0) return undefined;
      const unit = frsize || bsize;
      const totalBytes = blocks * unit;
      return {
        mount,
        device,
        type,
        totalBytes,
        usedBytes: totalBytes - bfree * unit,
        availableBytes: bavail * unit,
      };
    } catch (thrown) {
      // Not for torud to look at, or unmounted meanwhile.
      if (errnoOf(thrown) === undefined) throw thrown;
      return undefined;
    }
  }

  async #within(limitMs: number, work: (isLate: () => boolean) => Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    let isLate = false;
    const timer = this.#clock.setTimer(() => {
      isLate = true;
      late.resolve();
    }, limitMs);
    try {
      await Promise.race([work(() => isLate), late.promise]);
    } finally {
      timer.cancel();
    }
  }
}

/** Asks several file systems, a few at a time, those that hang since earlier included. */
class Lane {
  readonly #width: number;
  readonly #unanswered = new Set<string>();

  constructor(width: number) {
    this.#width = width;
  }

  /** Settles when all have answered that can be asked. */
  async ask(
    mounts: readonly Mount[],
    one: (mount: Mount) => Promise<void>,
    isLate: () => boolean,
  ): Promise<void> {
    const queue = mounts.filter(({ mount }) => !this.#unanswered.has(mount));
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined && !isLate(); next = queue.shift()) {
        this.#unanswered.add(next.mount);
        await one(next).finally(() => this.#unanswered.delete(next.mount));
      }
    };
    const free = Math.max(0, this.#width - this.#unanswered.size);
    await Promise.all(Array.from({ length: free }, work));
  }
}
