/** Who follows what: one tail a feed, and a bound on reads and clients. */

import { setMaxListeners } from 'node:events';
import { errorBody } from '../../../../src/protocol/errors.ts';
import type { Daemon } from '../../server/daemon.ts';
import { type NoSeat, type SeatLimits, Seats, type Sitter } from '../../server/seats.ts';
import { EventFeed } from './event-feed.ts';
import type { BatchStream, Feed } from './feed.ts';
import { LogFeed } from './log-feed.ts';
import { Tail } from './tail.ts';

/** Reads of what was at the same time: each has a connection to torud, which has a bound on them too, and some MB in transit. */
const MAX_READS = 3;
/** Feeds that are followed at the same time, for the same reason; and how many of them by others than admins. */
const MAX_TAILS = 64;
const MAX_TAILS_OF_OTHERS = 48;
/** Clients that follow something. */
const FOLLOWERS: SeatLimits = { all: 512, others: 448, user: 256 };
/** Streams that one client has for itself, for the same reason. */
export const OWN_STREAMS: SeatLimits = { all: 64, others: 56, user: 32 };

export class FollowHub {
  readonly #daemon: Daemon;
  readonly #tails = new Map<string, Tail>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  readonly #followers = new Seats(FOLLOWERS);
  readonly #ownStreams = new Seats(OWN_STREAMS);
  #reads = 0;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
    setMaxListeners(FOLLOWERS.all + 1, this.#closing.signal);
  }

  /** Aborted when the server closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Lets one more follow, who has to say when it leaves; or says why not.
   * @param plugin undefined: events
   */
  enter(plugin: string | undefined, who: Sitter): NoSeat | undefined {
    const maxTails = who.role === 'admin' ? MAX_TAILS : MAX_TAILS_OF_OTHERS;
    if (!this.#tails.has(plugin ?? '') && this.#tails.size >= maxTails) {
      return { error: errorBody('busy', 'too much is followed already'), status: 503 };
    }
    return this.#followers.take(who);
  }

  leave(who: Sitter): void {
    this.#followers.giveBack(who);
  }

  /** The same for a stream that nobody else reads; whoever opened it has to say when it has ended. */
  enterOwn(who: Sitter): NoSeat | undefined {
    return this.#ownStreams.take(who);
  }

  leaveOwn(who: Sitter): void {
    this.#ownStreams.giveBack(who);
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
