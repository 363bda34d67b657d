/**
 * Subscription to the states of plugins or tasks: a snapshot, then the newest state of each that has changed. Of a client
 * that is slow only the ids of what has changed are kept, so that it gets what is true when it reads again, and not all
 * that was.
 */

import type { Identity } from '../../login/identity.ts';
import type { StateBook, StateReader } from '../../server/state-book.ts';
import type { Subscription } from './subscription.ts';

interface Known {
  readonly id: string;
}

/** How states of one kind go out. */
export interface StateKind<State extends Known> {
  /** Key of all of them in a snapshot. */
  readonly plural: string;
  /** Type of a message about one, and its key. */
  readonly singular: string;
  /** Said when the id is gone; undefined: nothing is said of that. */
  readonly removed?: string;
  /** After a snapshot the client is told that it has all. */
  readonly saysLive?: boolean;
  maySee(identity: Identity, id: string): boolean;
  shown(state: State): unknown;
}

export class StateFollower<State extends Known> implements StateReader {
  readonly #kind: StateKind<State>;
  readonly #book: StateBook<State>;
  readonly #identity: Identity;
  protected readonly subscription: Subscription;
  /** Ids that the client has to hear of, with true where it misses states in between. */
  readonly #changed = new Map<string, boolean>();
  #needsSnapshot = true;
  #isWaiting = false;

  constructor(
    kind: StateKind<State>,
    book: StateBook<State>,
    identity: Identity,
    subscription: Subscription,
  ) {
    this.#kind = kind;
    this.#book = book;
    this.#identity = identity;
    this.subscription = subscription;
  }

  /** Settles when the subscription is closed. */
  async run(): Promise<undefined> {
    const { closed } = this.subscription;
    this.subscription.send('subscribed');
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
    if (!this.#kind.maySee(this.#identity, id)) return;
    if (!this.#needsSnapshot) this.#changed.set(id, isCut || this.#changed.has(id));
    this.#flush();
  }

  #flush(): void {
    const subscription = this.subscription;
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
    const { plural, maySee, saysLive } = this.#kind;
    const seen = [...this.#book.all()].filter((state) => maySee(this.#identity, state.id));
    const list = seen.map((state) => this.#jsonOf(state)).join(',');
    this.subscription.send('snapshot', `"${plural}":[${list}]`);
    if (saysLive === true) this.subscription.send('live');
  }

  #sendChange(id: string, isCut: boolean): void {
    const state = this.#book.get(id);
    const { singular, removed } = this.#kind;
    if (state !== undefined) {
      this.subscription.send(singular, `"${singular}":${this.#jsonOf(state)}${isCut ? ',"isCut":true' : ''}`);
    } else if (removed !== undefined) {
      this.subscription.send(removed, `"${singular}":${JSON.stringify(id)}`);
    }
  }

  #jsonOf(state: State): string {
    const known = texts.get(state);
    if (known !== undefined) return known;
    const text = JSON.stringify(this.#kind.shown(state));
    texts.set(state, text);
    return text;
  }
}

/** Made once for all who get it. */
const texts = new WeakMap<object, string>();
