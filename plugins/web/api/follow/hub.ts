/** Who follows what: one tail a feed, and a bound on reads and clients. */

import { setMaxListeners } from 'node:events';
import type { Daemon } from '../../server/daemon.ts';
import { EventFeed } from './event-feed.ts';
import type { BatchStream, Feed } from './feed.ts';
import { LogFeed } from './log-feed.ts';
import { Tail } from './tail.ts';

/** Reads of what was at the same time: each has a connection to torud, which has a bound on them too, and some MB in transit. */
const MAX_READS = 3;
/** Feeds that are followed at the same time, for the same reason. */
const MAX_TAILS = 64;
/** Clients that follow something. */
const MAX_FOLLOWERS = 512;
/** Streams that one client has for itself, for the same reason. */
export const MAX_OWN_STREAMS = 64;

export class FollowHub {
  readonly #daemon: Daemon;
  readonly #tails = new Map<string, Tail>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #reads = 0;
  #followers = 0;
  #ownStreams = 0;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
    setMaxListeners(MAX_FOLLOWERS + 1, this.#closing.signal);
  }

  /** Aborted when the server closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Whether one more may follow; it has to say when it leaves. @param plugin undefined: events */
  enter(plugin: string | undefined): boolean {
    const isNew = !this.#tails.has(plugin ?? '');
    if (this.#followers >= MAX_FOLLOWERS || (isNew && this.#tails.size >= MAX_TAILS)) return false;
    this.#followers += 1;
    return true;
  }

  leave(): void {
    this.#followers -= 1;
  }

  /** Whether one more stream may be opened that nobody else reads; whoever opened it has to say when it has ended. */
  enterOwn(): boolean {
    if (this.#ownStreams >= MAX_OWN_STREAMS) return false;
    this.#ownStreams += 1;
    return true;
  }

  leaveOwn(): void {
    this.#ownStreams -= 1;
  }

  logFeed(...plugins: readonly string[]): LogFeed {
    return new LogFeed(this.#daemon, plugins);
  }

  eventFeed(): EventFeed {
    return new EventFeed(this.#daemon);
  }

  /** @param plugin undefined: events */
  tail(plugin: string | undefined): Tail {
    const key = plugin ?? '';
    let tail = this.#tails.get(key);
    if (tail === undefined) {
      const feed = plugin === undefined ? this.eventFeed() : this.logFeed(plugin);
      tail = new Tail(feed, () => this.#tails.delete(key));
      this.#tails.set(key, tail);
    }
    return tail;
  }

  /** Opens a read when its turn has come; whoever opened it has to close it. */
  async read(open: () => BatchStream): Promise<BatchStream> {
    await this.#turn();
    const { batches, outcome, close } = open();
    let isOpen = true;
    const end = (): void => {
      close();
      if (isOpen) this.#onRead();
      isOpen = false;
    };
    return { batches, outcome, close: end };
  }

  /** The newest entry of a feed, when its turn has come. */
  async newest(feed: Feed): ReturnType<Feed['newest']> {
    await this.#turn();
    try {
      return await feed.newest();
    } finally {
      this.#onRead();
    }
  }

  /** Ends all that is followed. */
  close(): void {
    this.#closing.abort();
    for (const tail of [...this.#tails.values()]) tail.close();
  }

  async #turn(): Promise<void> {
    if (this.#reads >= MAX_READS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reads += 1;
  }

  /** Its place goes to the next one at once. */
  #onRead(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#reads -= 1;
    else next();
  }
}
