/** One stream of the control protocol, read item by item at the reader's own pace. */

import type { EndOf, ItemOf, StreamName } from '../protocol/control/methods.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';

/** Items that wait for the reader before the socket is told to wait. */
const HIGH_WATER_ITEMS = 16;

/** What a stream needs of the connection it is on. */
export interface StreamSource {
  pause(): void;
  resume(): void;
  cancel(): void;
}

export class ControlStream<Name extends StreamName> implements AsyncIterable<ItemOf<Name>> {
  readonly #source: StreamSource;
  readonly #outcome = Promise.withResolvers<Result<EndOf<Name>, ErrorBody>>();
  #queue: ItemOf<Name>[] = [];
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(source: StreamSource) {
    this.#source = source;
  }

  /** How the stream ended; settles once, when no more items come. */
  get outcome(): Promise<Result<EndOf<Name>, ErrorBody>> {
    return this.#outcome.promise;
  }

  /** Asks the daemon to end it. */
  cancel(): void {
    if (!this.#isOver) this.#source.cancel();
  }

  /** For the connection alone. */
  push(item: ItemOf<Name>): void {
    this.#queue.push(item);
    if (this.#queue.length >= HIGH_WATER_ITEMS) this.#source.pause();
    this.#wake?.();
  }

  /** For the connection alone. */
  finish(outcome: Result<EndOf<Name>, ErrorBody>): void {
    this.#isOver = true;
    this.#outcome.resolve(outcome);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ItemOf<Name>, void, void> {
    try {
      for (;;) {
        const batch = this.#queue;
        this.#queue = [];
        for (const item of batch) yield item;
        if (this.#queue.length > 0) continue;
        if (this.#isOver) return;
        this.#source.resume();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } finally {
      // A reader that leaves early must not leave the connection paused.
      this.cancel();
      this.#source.resume();
    }
  }
}
