/**
 * How a run is brought to its end: `shutdown` message, SIGTERM, SIGKILL to everything. The shim holds the last two
 * deadlines as well, so the sequence ends even when torud dies in the middle of it.
 */

import type { ShutdownRequest } from '../../protocol/plugin/messages.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { ShimOrder } from './shim-process.ts';

export interface StopOptions {
  readonly clock: Clock;
  /** From now to SIGKILL, in milliseconds; 0 kills at once. */
  readonly graceMs: number;
  readonly reason: string;
  readonly order: (order: ShimOrder) => void;
  /** Sends `shutdown` and says whether the plugin agreed; undefined for a plugin that speaks no protocol. */
  readonly askToShutDown: ((request: ShutdownRequest, timeoutMs: number) => Promise<boolean>) | undefined;
}

/** A plugin that does not answer `shutdown` within this gets SIGTERM. */
const ANSWER_TIMEOUT_MS = 2_000;

export class StopSequence {
  readonly #options: StopOptions;
  readonly #killTimer: Timer | undefined;
  #termTimer: Timer | undefined;
  #isOver = false;

  constructor(options: StopOptions) {
    this.#options = options;
    if (options.graceMs <= 0) {
      options.order('kill-all');
      return;
    }
    this.#killTimer = options.clock.setTimer(() => options.order('kill-all'), options.graceMs);
    if (options.askToShutDown === undefined) options.order('stop');
    else void this.#ask(options.askToShutDown);
  }

  /** The run has ended: nothing more is sent. */
  cancel(): void {
    this.#isOver = true;
    this.#killTimer?.cancel();
    this.#termTimer?.cancel();
  }

  /** An agreed shutdown has half of the grace before SIGTERM reminds the plugin of it. */
  async #ask(askToShutDown: NonNullable<StopOptions['askToShutDown']>): Promise<void> {
    const { clock, graceMs, reason, order } = this.#options;
    const halfMs = graceMs / 2;
    const request: ShutdownRequest = { action: 'shutdown', reason, grace_ms: graceMs };
    const hasAgreed = await askToShutDown(request, Math.min(ANSWER_TIMEOUT_MS, halfMs));
    if (this.#isOver) return;
    if (hasAgreed) this.#termTimer = clock.setTimer(() => order('stop'), halfMs);
    else order('stop');
  }
}
