/** Subscription to figures: those of all plugins first, then those that are others. A slow client gets the newest of all. */

import type { HostUsage, UsageRow } from '../../../../src/protocol/control/plugins.ts';
import { type Identity, mayTouch } from '../../login/identity.ts';
import type { UsageReader, UsageWatch } from '../../server/usage-watch.ts';
import type { Subscription } from './subscription.ts';

export class UsageFollower implements UsageReader {
  readonly #watch: UsageWatch;
  readonly #identity: Identity;
  readonly #subscription: Subscription;
  #hasMissed = false;

  constructor(watch: UsageWatch, identity: Identity, subscription: Subscription) {
    this.#watch = watch;
    this.#identity = identity;
    this.#subscription = subscription;
  }

  /** Settles when the subscription is closed. */
  async run(): Promise<undefined> {
    const { closed } = this.#subscription;
    this.#subscription.send('subscribed');
    this.#watch.join(this);
    if (!closed.aborted) {
      await new Promise<void>((resolve) => closed.addEventListener('abort', () => resolve(), { once: true }));
    }
    this.#watch.leave(this);
    return undefined;
  }

  onUsage(changed: readonly UsageRow[], host: HostUsage): void {
    if (this.#subscription.isSlow) {
      this.#hasMissed = true;
      return;
    }
    const rows = (this.#hasMissed ? this.#watch.rows() : changed).filter(([id]) =>
      mayTouch(this.#identity, id),
    );
    this.#hasMissed = false;
    this.#subscription.send('usage', `"rows":${JSON.stringify(rows)},"host":${JSON.stringify(host)}`);
  }

  onPresence(isThere: boolean): void {
    this.#subscription.send('daemon', `"isThere":${isThere}`);
  }
}
