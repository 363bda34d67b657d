/** Lines of a log, or events, to one subscription. */

import type { Batch, Entry } from '../follow/feed.ts';
import type { Sink } from '../follow/sink.ts';
import { encodeText } from './frame.ts';
import type { Subscription } from './subscription.ts';

/** Bytes of a selection that several clients get under the same id, as those of one page do, are made and kept once. */
const frames = new WeakMap<readonly Entry[], { readonly key: string; readonly frame: Buffer }>();

export class EntrySink implements Sink {
  readonly #subscription: Subscription;
  readonly #type: 'lines' | 'events';

  constructor(subscription: Subscription, type: 'lines' | 'events') {
    this.#subscription = subscription;
    this.#type = type;
  }

  get closed(): AbortSignal {
    return this.#subscription.closed;
  }

  get isSlow(): boolean {
    return this.#subscription.isSlow;
  }

  caughtUp(): Promise<void> {
    return this.#subscription.caughtUp();
  }

  sendEntries(entries: readonly Entry[], { cursor }: Batch): void {
    const subscription = this.#subscription;
    if (subscription.closed.aborted) return;
    const key = `${this.#type} ${subscription.id}`;
    const known = frames.get(entries);
    if (known?.key === key) {
      subscription.sendFrame(known.frame);
      return;
    }
    const list = entries.map(({ json }) => json).join(',');
    const text = subscription.textOf(
      this.#type,
      `"cursor":${JSON.stringify(cursor)},"${this.#type}":[${list}]`,
    );
    const frame = encodeText(text);
    frames.set(entries, { key, frame });
    subscription.sendFrame(frame);
  }

  onLive(): void {
    this.#subscription.send('live');
  }
}
