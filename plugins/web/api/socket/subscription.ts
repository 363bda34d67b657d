/** One subscription of a client: where what comes of it goes, until either ends it. */

import type { SocketConnection } from './connection.ts';
import { encodeText } from './frame.ts';

/** What it needs of the connection that it is on. */
export type Carrier = Pick<SocketConnection, 'isSlow' | 'caughtUp' | 'sendFrame'>;

export class Subscription {
  readonly id: string;
  readonly #carrier: Carrier;
  readonly #closed = new AbortController();

  constructor(id: string, carrier: Carrier) {
    this.id = id;
    this.#carrier = carrier;
  }

  /** Aborted when the client wants no more of it, or is gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get isSlow(): boolean {
    return this.#carrier.isSlow;
  }

  caughtUp(): Promise<void> {
    return this.#carrier.caughtUp(this.closed);
  }

  /** @param fields behind `type` and `id`, as JSON without the braces; empty: none */
  textOf(type: string, fields = ''): string {
    const more = fields === '' ? '' : `,${fields}`;
    return `{"type":"${type}","id":${JSON.stringify(this.id)}${more}}`;
  }

  /** @param fields as of textOf */
  send(type: string, fields = ''): void {
    this.sendFrame(encodeText(this.textOf(type, fields)));
  }

  sendFrame(frame: Buffer): void {
    if (!this.closed.aborted) this.#carrier.sendFrame(frame);
  }

  close(): void {
    this.#closed.abort();
  }
}
