/** One stream of torud for all of this server, opened again when torud was away. */

import type { ItemOf, ParamsOf, StreamName } from '../../../src/protocol/control/methods.ts';
import type { Daemon, OwnStream } from './daemon.ts';

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;

export interface SteadyStreamOptions<Name extends StreamName> {
  readonly daemon: Daemon;
  readonly method: Name;
  readonly params: ParamsOf<Name>;
  readonly onItem: (item: ItemOf<Name>) => void;
  /** It has ended, or could not be opened: it is tried again. */
  readonly onAway?: (why: string) => void;
}

export class SteadyStream<Name extends StreamName> {
  readonly #options: SteadyStreamOptions<Name>;
  #own: OwnStream<Name> | undefined;
  #isClosed = false;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SteadyStreamOptions<Name>) {
    this.#options = options;
  }

  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#own?.close();
  }

  async #follow(): Promise<void> {
    const { daemon, method, params, onItem, onAway } = this.#options;
    const own = daemon.stream(method, params);
    this.#own = own;
    for await (const item of own.stream) {
      if (this.#isClosed) break;
      this.#delayMs = FIRST_DELAY_MS;
      onItem(item);
    }
    own.close();
    if (this.#isClosed) return;
    const outcome = await own.stream.outcome;
    onAway?.(outcome.ok ? 'it ended the stream' : outcome.failure.message);
    this.#timer = setTimeout(() => void this.#follow(), this.#delayMs);
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
  }
}
