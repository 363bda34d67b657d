/** One life of torud: where it can be killed, and nothing of it that acts once it is dead. */

import type { Clock, Timer } from '../../src/daemon/base/clock.ts';
import { messageOf } from '../../src/protocol/result.ts';
import type { VirtualClock } from '../rig/virtual-clock.ts';

/** Thrown through torud's code when it is killed; nobody may catch it but the simulation. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

export interface MortalOptions {
  readonly clock: VirtualClock;
  readonly onDeath: (where: string) => void;
  /** torud threw something: a bug. */
  readonly onBug: (text: string) => void;
}

export class Mortal {
  readonly clock: Clock;
  readonly #options: MortalOptions;
  readonly #timers = new Set<Timer>();
  #isAlive = true;
  #pointsLeft: number | undefined;

  constructor(options: MortalOptions) {
    this.#options = options;
    const { clock } = options;
    this.clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (callback, delayMs) => this.#setTimer(callback, delayMs),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Kills it at the n-th point from now; 0 is the next one. */
  armKill(afterPoints: number): void {
    this.#pointsLeft = afterPoints;
  }

  /** A place where torud may be killed. Throws when it is, or when it is dead already. */
  point(where: string): void {
    if (!this.#isAlive) throw new Killed('dead already');
    if (this.#pointsLeft === undefined) return;
    if (this.#pointsLeft > 0) {
      this.#pointsLeft -= 1;
      return;
    }
    this.die(where);
    throw new Killed(where);
  }

  die(where: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#options.onDeath(where);
  }

  /** Runs a piece of torud from outside; undefined when torud is dead or was killed in it. */
  enter<Value>(work: () => Value): Value | undefined {
    if (!this.#isAlive) return undefined;
    try {
      return work();
    } catch (thrown) {
      if (!(thrown instanceof Killed)) this.#onBug(thrown);
      return undefined;
    }
  }

  /** For what torud does asynchronously. */
  async follow(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (thrown) {
      if (!(thrown instanceof Killed)) this.#onBug(thrown);
    }
  }

  #onBug(thrown: unknown): void {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    this.#options.onBug(`torud threw: ${stack ?? messageOf(thrown)}`);
  }

  #setTimer(callback: () => void, delayMs: number): Timer {
    if (!this.#isAlive) throw new Killed('dead already');
    const timer: Timer = this.#options.clock.setTimer(() => {
      this.#timers.delete(timer);
      this.enter(callback);
    }, delayMs);
    this.#timers.add(timer);
    return {
      cancel: () => {
        this.#timers.delete(timer);
        timer.cancel();
      },
    };
  }
}
