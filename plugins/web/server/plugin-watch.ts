/** The one subscription to plugins' states, which goes on when torud was away. */

import type { WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { Daemon, OwnStream } from './daemon.ts';
import type { WebLog } from './web-log.ts';

const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 5_000;

export class PluginWatch {
  readonly #daemon: Daemon;
  readonly #log: WebLog;
  readonly #onItem: (item: WatchItem) => void;
  #own: OwnStream<'plugin.watch'> | undefined;
  #isThere = false;
  #isClosed = false;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(daemon: Daemon, log: WebLog, onItem: (item: WatchItem) => void) {
    this.#daemon = daemon;
    this.#log = log;
    this.#onItem = onItem;
  }

  /** Whether torud answers now. */
  get isThere(): boolean {
    return this.#isThere;
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
    const own = this.#daemon.stream('plugin.watch', { all: true });
    this.#own = own;
    for await (const item of own.stream) {
      if (!this.#isThere) this.#log.info('torud answers');
      this.#isThere = true;
      this.#delayMs = FIRST_DELAY_MS;
      this.#onItem(item);
    }
    own.close();
    if (this.#isClosed) return;
    const outcome = await own.stream.outcome;
    const why = outcome.ok ? 'it ended the stream' : outcome.failure.message;
    if (this.#isThere) this.#log.warning(`torud is away: ${why}`);
    else this.#log.often('torud is away', why);
    this.#isThere = false;
    this.#timer = setTimeout(() => void this.#follow(), this.#delayMs);
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
  }
}
