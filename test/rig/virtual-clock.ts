/** A clock that stands still until it is told to move. */

import type { Clock, Timer } from '../../src/daemon/base/clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param startMs wall clock at the beginning, milliseconds since 1970 */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = startMs;
  }

  now(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const pending = { dueMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order, callback };
    this.#order += 1;
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** How many timers wait. */
  get timerCount(): number {
    return this.#pending.size;
  }

  /** Milliseconds until the next timer is due; undefined without one. */
  get nextDelayMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#monotonicMs;
  }

  /** Moves both clocks on; every timer that falls due is called at its own time, in order, new ones included. */
  advance(byMs: number): void {
    const target = this.#monotonicMs + byMs;
    for (let next = this.#next(); next !== undefined && next.dueMs <= target; next = this.#next()) {
      this.#pending.delete(next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
      next.callback();
    }
    this.#monotonicMs = target;
  }

  /** As `advance`, but lets promises settle between two timers. */
  async advanceAsync(byMs: number): Promise<void> {
    const target = this.#monotonicMs + byMs;
    await settle();
    for (let next = this.#next(); next !== undefined && next.dueMs <= target; next = this.#next()) {
      this.advance(Math.max(0, next.dueMs - this.#monotonicMs));
      await settle();
    }
    this.advance(Math.max(0, target - this.#monotonicMs));
    await settle();
  }

  /** Sets the wall clock alone, as an admin or NTP does; timers do not notice. */
  setWallClock(ms: number): void {
    this.#wallOffsetMs = ms - this.#monotonicMs;
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const one of this.#pending) {
      if (
        first === undefined ||
        one.dueMs < first.dueMs ||
        (one.dueMs === first.dueMs && one.order < first.order)
      ) {
        first = one;
      }
    }
    return first;
  }
}

/** Lets the microtasks and I/O callbacks that are due run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
