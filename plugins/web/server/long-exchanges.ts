/**
 * Exchanges with plugins that are under way: whoever began one that lasts is looked at again, and when he may have it no
 * more, it ends.
 */

/** How often it is looked at, in milliseconds, beside each time that somebody may do less. */
const LOOK_EVERY_MS = 20_000;

export interface Exchange {
  mayGoOn(): boolean;
  end(): void;
}

export class LongExchanges {
  readonly #exchanges = new Set<Exchange>();
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: () => void;

  /** @param watch tells each time that somebody may do less; returns what ends that */
  constructor(watch: (onRevoked: () => void) => () => void, everyMs = LOOK_EVERY_MS) {
    this.#timer = setInterval(() => this.look(), everyMs).unref();
    this.#unwatch = watch(() => this.look());
  }

  add(exchange: Exchange): void {
    this.#exchanges.add(exchange);
  }

  remove(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  look(): void {
    for (const exchange of [...this.#exchanges]) {
      if (!exchange.mayGoOn()) exchange.end();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unwatch();
  }
}
