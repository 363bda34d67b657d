/** The one subscription to plugins' states, which goes on when torud was away. */

import type { WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { Daemon } from './daemon.ts';
import { SteadyStream } from './steady-stream.ts';
import type { WebLog } from './web-log.ts';

export class PluginWatch {
  readonly #stream: SteadyStream<'plugin.watch'>;
  #isThere = false;

  constructor(daemon: Daemon, log: WebLog, onItem: (item: WatchItem) => void) {
    this.#stream = new SteadyStream({
      daemon,
      method: 'plugin.watch',
      params: { all: true },
      onItem: (item) => {
        if (!this.#isThere) log.info('torud answers');
        this.#isThere = true;
        onItem(item);
      },
      onAway: (why) => {
        if (this.#isThere) log.warning(`torud is away: ${why}`);
        else log.often('torud is away', why);
        this.#isThere = false;
      },
    });
  }

  /** Whether torud answers now. */
  get isThere(): boolean {
    return this.#isThere;
  }

  open(): void {
    this.#stream.open();
  }

  close(): void {
    this.#stream.close();
  }
}
