/**
 * Subscription to plugins' states: a snapshot, then the newest state of each that has changed. Of a client that is slow
 * only the ids of what has changed are kept, so that it gets what is true when it reads again, and not all that was.
 */

import type { PluginStatus } from '../../../../src/protocol/control/plugins.ts';
import { type Identity, mayTouch } from '../../login/identity.ts';
import type { PluginBook, PluginBookReader } from '../../server/plugin-book.ts';
import { publicStatus } from '../public-status.ts';
import type { Subscription } from './subscription.ts';

export class PluginFollower implements PluginBookReader {
  readonly #book: PluginBook;
  readonly #identity: Identity;
  readonly #subscription: Subscription;
  /** Ids that the client has to hear of, with true where it misses states in between. */
  readonly #changed = new Map<string, boolean>();
  #needsSnapshot = true;
  #isWaiting = false;

  constructor(book: PluginBook, identity: Identity, subscription: Subscription) {
    this.#book = book;
    this.#identity = identity;
    this.#subscription = subscription;
  }

  /** Settles when the subscription is closed. */
  async run(): Promise<undefined> {
    const { closed } = this.#subscription;
    this.#subscription.send('subscribed');
    this.#book.join(this);
    this.#flush();
    if (!closed.aborted) {
      await new Promise<void>((resolve) => closed.addEventListener('abort', () => resolve(), { once: true }));
    }
    this.#book.leave(this);
    return undefined;
  }

  onSnapshot(): void {
    this.#needsSnapshot = true;
    this.#changed.clear();
    this.#flush();
  }

  onChange(id: string, isCut: boolean): void {
    if (!mayTouch(this.#identity, id)) return;
    if (!this.#needsSnapshot) this.#changed.set(id, isCut || this.#changed.has(id));
    this.#flush();
  }

  #flush(): void {
    const subscription = this.#subscription;
    if (this.#isWaiting || !this.#book.isKnown) return;
    if (!subscription.isSlow && this.#needsSnapshot) this.#sendSnapshot();
    for (const [id, isCut] of this.#changed) {
      if (subscription.isSlow) break;
      this.#changed.delete(id);
      this.#sendChange(id, isCut);
    }
    if (subscription.closed.aborted || (!this.#needsSnapshot && this.#changed.size === 0)) return;
    this.#isWaiting = true;
    void subscription.caughtUp().then(() => {
      this.#isWaiting = false;
      if (!subscription.closed.aborted) this.#flush();
    });
  }

  #sendSnapshot(): void {
    this.#needsSnapshot = false;
    const seen = [...this.#book.all()].filter(({ id }) => mayTouch(this.#identity, id));
    this.#subscription.send('snapshot', `"plugins":[${seen.map(jsonOf).join(',')}]`);
  }

  #sendChange(id: string, isCut: boolean): void {
    const plugin = this.#book.get(id);
    if (plugin === undefined) this.#subscription.send('removed', `"plugin":${JSON.stringify(id)}`);
    else this.#subscription.send('plugin', `"plugin":${jsonOf(plugin)}${isCut ? ',"isCut":true' : ''}`);
  }
}

/** Made once for all who get it. */
const texts = new WeakMap<PluginStatus, string>();

function jsonOf(plugin: PluginStatus): string {
  const known = texts.get(plugin);
  if (known !== undefined) return known;
  const text = JSON.stringify(publicStatus(plugin));
  texts.set(plugin, text);
  return text;
}
