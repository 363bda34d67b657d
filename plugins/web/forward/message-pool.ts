/** The connections for messages to one run of a plugin. One carries all, until it is busy. */

import { type LinkExchange, type LinkSide, MAX_LINK_EXCHANGES, MessageLink } from './message-link.ts';

/** Connections at most, and how many exchanges make one more worth while. */
const MAX_LINKS = 4;
const BUSY_EXCHANGES = 256;
/** Bytes that a plugin has left unread on a connection before the next request goes elsewhere, or nowhere. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export class MessagePool {
  readonly #socketPath: string;
  readonly #links = new Set<MessageLink>();

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** undefined: the plugin has more before it than it takes. */
  begin(payload: object, exchange: LinkExchange): LinkSide | undefined {
    let best: MessageLink | undefined;
    for (const link of this.#links) {
      if (link.waitingBytes > MAX_UNREAD_BYTES || link.size >= MAX_LINK_EXCHANGES) continue;
      if (best === undefined || link.size < best.size) best = link;
    }
    if ((best === undefined || best.size >= BUSY_EXCHANGES) && this.#links.size < MAX_LINKS)
      best = this.#open();
    return best?.begin(payload, exchange);
  }

  /** Ends what nobody waits for; the rest ends with the plugin, or when it has been idle. */
  closeIdle(): void {
    for (const link of [...this.#links]) if (link.size === 0) link.close('it was idle');
  }

  close(reason: string): void {
    for (const link of [...this.#links]) link.close(reason);
  }

  #open(): MessageLink {
    const link: MessageLink = new MessageLink(this.#socketPath, () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }
}
