/** How long a request waits for what it began: until its time limit, or until its client cancels or leaves. */

import type { Clock, Timer } from '../../base/clock.ts';

export type Ending = 'timeout' | 'interrupted';

export class Patience {
  readonly limitMs: number;
  readonly #signal: AbortSignal;
  readonly #ended = Promise.withResolvers<Ending>();
  readonly #timer: Timer | undefined;
  readonly #onAbort = (): void => this.#ended.resolve('interrupted');

  /** @param limitMs 0: no limit */
  constructor(clock: Clock, limitMs: number, signal: AbortSignal) {
    this.limitMs = limitMs;
    this.#signal = signal;
    this.#timer = limitMs === 0 ? undefined : clock.setTimer(() => this.#ended.resolve('timeout'), limitMs);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** What came of it, or why nobody waits any longer. */
  waitFor<Outcome extends object>(outcome: Promise<Outcome>): Promise<Outcome | Ending> {
    return Promise.race([outcome, this.#ended.promise]);
  }

  /** To be called when nothing is waited for any more. */
  end(): void {
    this.#timer?.cancel();
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
