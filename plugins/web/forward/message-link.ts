/**
 * One connection to a plugin for `http` messages: many exchanges at once, told apart by their request_id. A plugin that
 * breaks the protocol loses the connection, and with it all exchanges on it.
 */

import { connect, type Socket } from 'node:net';
import { encodeFrame, LineSplitter, parseFrame } from '../../../src/protocol/frames.ts';
import { MAX_PLUGIN_LINE_BYTES } from '../../../src/protocol/plugin/envelope.ts';
import { Outbox } from '../../sdk/outbox.ts';

export type Payload = Readonly<Record<string, unknown>>;

/** One request and all that belongs to it. */
export interface LinkExchange {
  /** The plugin's answer, or a word on the bodies. */
  onMessage(payload: Payload): void;
  /** Once: the connection is gone, and nothing more will come. `errno` when the system said it. */
  onLost(reason: string, errno: string | undefined): void;
}

/** Sends messages of one exchange. */
export interface LinkSide {
  send(payload: object): void;
  /** Nothing that comes for the exchange is wanted any more. */
  leave(): void;
}

/** Unanswered at most on one connection: the least that a plugin made with the SDK takes. */
export const MAX_LINK_EXCHANGES = 1024;
/** How long a connection without exchanges is kept, in milliseconds. */
const IDLE_MS = 15_000;

export class MessageLink {
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter(MAX_PLUGIN_LINE_BYTES);
  readonly #outbox: Outbox;
  readonly #exchanges = new Map<string, LinkExchange>();
  readonly #onClosed: () => void;
  #count = 0;
  #isClosed = false;
  #reason = 'it closed the connection';
  #errno: string | undefined;

  /** @param onClosed called once; the link takes no exchange any more */
  constructor(socketPath: string, onClosed: () => void) {
    this.#onClosed = onClosed;
    this.#socket = connect(socketPath);
    // Requests that came in the same turn of the event loop, from however many clients, go out as one write.
    this.#outbox = new Outbox(this.#socket, (flush) => void setImmediate(flush));
    this.#socket.setTimeout(IDLE_MS, () => {
      if (this.#exchanges.size === 0) this.close('it was idle');
    });
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#errno = error.code;
      this.#reason = error.message;
    });
    this.#socket.on('close', () => this.close(this.#reason));
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /** Bytes that the plugin has not taken yet, roughly. */
  get waitingBytes(): number {
    return this.#outbox.waiting;
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  begin(payload: object, exchange: LinkExchange): LinkSide {
    this.#count += 1;
    const requestId = `web-${this.#count}`;
    this.#exchanges.set(requestId, exchange);
    this.#send(requestId, payload);
    return {
      send: (more) => this.#send(requestId, more),
      leave: () => {
        this.#exchanges.delete(requestId);
      },
    };
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.destroy();
    this.#onClosed();
    const exchanges = [...this.#exchanges.values()];
    this.#exchanges.clear();
    for (const exchange of exchanges) exchange.onLost(reason, this.#errno);
  }

  #send(request_id: string, payload: object): void {
    if (this.#isClosed) return;
    const timestamp = new Date().toISOString();
    this.#outbox.push(encodeFrame({ type: 'http', timestamp, request_id, payload }));
  }

  #onData(chunk: Buffer): void {
    const { lines, isOverLimit } = this.#splitter.push(chunk);
    for (const line of lines) {
      if (this.#isClosed) return;
      this.#onLine(line);
    }
    if (isOverLimit) this.close(`it sent a line of more than ${MAX_PLUGIN_LINE_BYTES} bytes`);
  }

  #onLine(line: Buffer): void {
    const message = parseFrame(line);
    if (message === undefined) {
      this.close('it sent a line that is no JSON object');
      return;
    }
    const { type, request_id: requestId, payload } = message;
    const exchange = typeof requestId === 'string' ? this.#exchanges.get(requestId) : undefined;
    // What nobody waits for may be late; it may also be a request of the plugin's, which only torud serves.
    if (exchange === undefined || (type !== 'http' && type !== 'error')) return;
    if (isObject(payload)) exchange.onMessage(payload);
    else exchange.onMessage({});
  }
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
