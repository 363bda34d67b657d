/** Memory and CPU of a plugin's main process, read from /proc when somebody asks; never by a timer. */

import type { Clock } from '../base/clock.ts';
import { PAGE_BYTES, readProcess, TICKS_PER_SECOND } from '../base/process-identity.ts';

export interface Usage {
  readonly memoryBytes: number | null;
  /** Share of one core since the last reading, or since the start of the process. */
  readonly cpuPercent: number | null;
}

interface Sample {
  readonly pid: number;
  readonly cpuTicks: number;
  /** Monotonic milliseconds. */
  readonly takenAt: number;
  readonly usage: Usage;
}

const NONE: Usage = { memoryBytes: null, cpuPercent: null };
/** Two readings closer together than this share one answer: a tick is 10 ms, so less would be noise. */
const SHORTEST_SPAN_MS = 500;

export class ProcessUsage {
  readonly #clock: Clock;
  readonly #samples = new Map<string, Sample>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param ageMs age of the process, for the first reading */
  read(plugin: string, pid: number | null, ageMs: number): Usage {
    if (pid === null) {
      this.#samples.delete(plugin);
      return NONE;
    }
    const now = this.#clock.monotonic();
    const last = this.#samples.get(plugin);
    const isSame = last?.pid === pid;
    if (isSame && now - last.takenAt < SHORTEST_SPAN_MS) return last.usage;
    const facts = readProcess(pid);
    if (facts === undefined || facts.state === 'Z') return NONE;
    const ticks = isSame ? facts.cpuTicks - last.cpuTicks : facts.cpuTicks;
    const spanMs = isSame ? now - last.takenAt : Math.max(ageMs, 10);
    const cpuPercent = Math.round(((ticks / TICKS_PER_SECOND) * 1000 * 1000) / spanMs) / 10;
    const usage: Usage = { memoryBytes: facts.residentPages * PAGE_BYTES, cpuPercent };
    this.#samples.set(plugin, { pid, cpuTicks: facts.cpuTicks, takenAt: now, usage });
    return usage;
  }

  forget(plugin: string): void {
    this.#samples.delete(plugin);
  }
}
