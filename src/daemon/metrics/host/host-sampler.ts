/**
 * Looks at the machine once a second and keeps an hour of it. The only timer of a torud that has nothing to do, so each
 * look is as cheap as it can be: five short files, read by open descriptors, of which nothing but the totals is worked
 * out (some 0.1 ms, and 0.03 % of a core with the wakeup itself). What is wanted of cores and interfaces is worked out
 * from the kept texts when somebody asks.
 */

import type { Clock, Timer } from '../../base/clock.ts';
import { busyPercent } from './cpu-times.ts';
import { type HostLook, lookAt, ratesBetween } from './host-look.ts';
import { HostRing, type Sample } from './host-ring.ts';
import type { HostSource } from './host-source.ts';

export const STEP_MS = 1_000;
const KEPT_SLOTS = 3_600;
/** After a longer silence nothing is made of the counters: the mean of it would stand for one second. */
const LONGEST_SPAN_MS = 5_000;
/** How far the wall clock may run ahead of the monotonic one in a second; more is a machine that slept, or a clock that was set. */
const WALL_STEP_MS = 1_500;

export class HostSampler {
  readonly #clock: Clock;
  readonly #source: HostSource;
  readonly #ring = new HostRing(KEPT_SLOTS);
  #startMs = 0;
  /** Slots that passed without monotonic time. */
  #skipped = 0;
  /** Wall clock less monotonic clock, at the newest look. */
  #wallOffsetMs = 0;
  #timer: Timer | undefined;
  #latest: HostLook | undefined;
  #before: HostLook | undefined;

  constructor(clock: Clock, source: HostSource) {
    this.#clock = clock;
    this.#source = source;
  }

  get ring(): Pick<HostRing, 'first' | 'last' | 'mean' | 'bytes'> {
    return this.#ring;
  }

  /** The newest look; undefined before `start`. */
  get latest(): HostLook | undefined {
    return this.#latest;
  }

  /** The look before it; undefined where the two are too far apart to be compared. */
  get before(): HostLook | undefined {
    return this.#before;
  }

  /** Wall clock of a slot, in milliseconds since 1970, as the clock goes now. */
  wallMsOf(slot: number): number {
    return this.#startMs + this.#wallOffsetMs + (slot - this.#skipped) * STEP_MS;
  }

  /** Answers with what ends it. */
  start(): () => void {
    this.#startMs = this.#clock.monotonic();
    this.#wallOffsetMs = this.#clock.now() - this.#startMs;
    this.#look();
    return () => {
      this.#timer?.cancel();
      this.#source.close();
    };
  }

  #look(): void {
    const atMs = this.#clock.monotonic();
    const elapsed = Math.round((atMs - this.#startMs) / STEP_MS);
    // By the time of the start, so that delays do not add up.
    const nextMs = this.#startMs + (elapsed + 1) * STEP_MS;
    this.#timer = this.#clock.setTimer(() => this.#look(), nextMs - atMs);
    const wallMs = this.#clock.now();
    this.#noteWall(wallMs - atMs);
    const before = this.#latest;
    const look = lookAt(this.#source.read(), atMs, wallMs);
    this.#latest = look;
    this.#before = before !== undefined && atMs - before.atMs <= LONGEST_SPAN_MS ? before : undefined;
    this.#ring.put(elapsed + this.#skipped, sampleOf(look, this.#before));
  }

  /**
   * While the machine sleeps the monotonic clock stands still, and the wall clock has jumped ahead afterwards. That
   * leaves a gap, and so does a clock that is set ahead; set back, it gives earlier samples earlier times.
   */
  #noteWall(offsetMs: number): void {
    const jumpedMs = offsetMs - this.#wallOffsetMs;
    this.#wallOffsetMs = offsetMs;
    if (jumpedMs > WALL_STEP_MS) this.#skipped += Math.round(jumpedMs / STEP_MS);
  }
}

/** Totals of a look, and rates since the one before. */
function sampleOf(look: HostLook, before: HostLook | undefined): Sample {
  const { memory, load } = look;
  return {
    cpuPercent: busyPercent(before?.cpu, look.cpu),
    memoryPercent: memory === undefined ? null : share(memory.usedBytes, memory.totalBytes),
    swapPercent: memory === undefined ? null : share(memory.swapUsedBytes, memory.swapTotalBytes),
    load: load?.[0] ?? null,
    ...ratesBetween(before, look),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : (part / whole) * 100;
}
