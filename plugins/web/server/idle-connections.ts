/**
 * Connections that wait for a request: a bounded number, in the order in which they fell idle. Whoever opens thousands of
 * them loses his oldest ones, and takes no place from requests.
 */

import type { Socket } from 'node:net';
import { MAX_IDLE } from './limits.ts';

export class IdleConnections {
  readonly #idle = new Set<Socket>();
  readonly #max: number;

  constructor(max = MAX_IDLE) {
    this.#max = max;
  }

  get size(): number {
    return this.#idle.size;
  }

  /** A connection is new, or its last request was answered. */
  add(socket: Socket): void {
    if (socket.destroyed) return;
    this.#idle.delete(socket);
    this.#idle.add(socket);
    if (this.#idle.size <= this.#max) return;
    const [oldest] = this.#idle;
    if (oldest === undefined) return;
    this.#idle.delete(oldest);
    oldest.destroy();
  }

  /** It has a request now, or is gone. */
  remove(socket: Socket): void {
    this.#idle.delete(socket);
  }

  closeAll(): void {
    for (const socket of this.#idle) socket.destroy();
    this.#idle.clear();
  }
}
