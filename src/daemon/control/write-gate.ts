/**
 * Backpressure of one connection. Whoever is about to make output waits for its turn first: turns are given in order,
 * one a round of the event loop, and only while the client takes what it was sent. So a client that stops reading
 * stops its own work, at one answer beyond the socket's buffer, and one that asks a thousand things at once does not
 * keep others waiting.
 */

import type { Socket } from 'node:net';

export class WriteGate {
  readonly #socket: Pick<Socket, 'writableNeedDrain'>;
  #waiting: ((isOpen: boolean) => void)[] = [];
  #isResting = false;
  #isClosed = false;

  constructor(socket: Pick<Socket, 'writableNeedDrain'>) {
    this.#socket = socket;
  }

  /** Resolves true when it is the caller's turn, false when the connection is over. */
  turn(): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.serve();
    });
  }

  /** To be called when the socket has drained. */
  serve(): void {
    if (this.#isResting || this.#isClosed || this.#socket.writableNeedDrain) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#isResting = true;
    setImmediate(() => {
      this.#isResting = false;
      this.serve();
    });
    next(true);
  }

  close(): void {
    this.#isClosed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(false);
  }
}
