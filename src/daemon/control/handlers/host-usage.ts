/** The machine in few words, for the top line of a reader that watches. */

import { freemem, loadavg, totalmem } from 'node:os';
import type { FullDisk, HostUsage } from '../../../protocol/control/plugins.ts';
import type { DiskFigures } from '../../../protocol/control/system.ts';
import type { Clock } from '../../base/clock.ts';

/** What of the machine is needed. */
export interface HostReadings {
  /** Share of all cores in the last second; null while it is not known. */
  cpuPercent(): number | null;
  readDisks(): Promise<readonly DiskFigures[]>;
}

/** Disks fill slowly, and asking them is not free. */
const DISKS_EVERY_MS = 10_000;
const FULL_PERCENT = 90;

export class HostUsageReader {
  readonly #clock: Clock;
  readonly #host: HostReadings | undefined;
  #fullDisks: readonly FullDisk[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, host: HostReadings | undefined) {
    this.#clock = clock;
    this.#host = host;
  }

  /** The figures now; how full disks are, as they said when they were asked last. */
  read(): HostUsage {
    const memoryTotalBytes = totalmem();
    this.#askDisks();
    return {
      load: loadavg()[0] ?? 0,
      memoryUsedBytes: memoryTotalBytes - freemem(),
      memoryTotalBytes,
      cpuPercent: this.#host?.cpuPercent() ?? null,
      ...(this.#fullDisks.length === 0 ? {} : { fullDisks: this.#fullDisks }),
    };
  }

  #askDisks(): void {
    const now = this.#clock.monotonic();
    if (this.#host === undefined || now - this.#askedAtMs < DISKS_EVERY_MS) return;
    this.#askedAtMs = now;
    void this.#host.readDisks().then((disks) => {
      this.#fullDisks = fullOf(disks);
    });
  }
}

/** Those that have little room left, the fullest first. */
export function fullOf(disks: readonly DiskFigures[]): readonly FullDisk[] {
  return disks
    .map(({ mount, usedBytes, availableBytes }) => {
      const room = usedBytes + availableBytes;
      return { mount, usedPercent: room === 0 ? 0 : Math.ceil((100 * usedBytes) / room) };
    })
    .filter(({ usedPercent }) => usedPercent >= FULL_PERCENT)
    .sort((one, other) => other.usedPercent - one.usedPercent);
}
