/** One peer: reads its messages, writes ours, and stays within bounds whatever the peer does. */

import type { Readable, Writable } from 'node:stream';
import type { PluginError, PluginMessage } from '../../src/protocol/plugin/envelope.ts';
import type { Payload } from './kv-requests.ts';
import { encodeMessage, pluginError } from './message.ts';
import { MessageReader } from './message-reader.ts';
import { Outbox } from './outbox.ts';

/** Requests of one peer that are being answered at most; one more is refused with `unavailable`. */
export const MAX_REQUESTS_IN_FLIGHT = 1024;
/** How long a peer that was sent away may take to leave. */
const LINGER_MS = 1_000;

export interface ConnectionEvents {
  /** True when the message is an answer to one of ours (or a word on one), and needs none itself. */
  onAnswer(message: PluginMessage, connection: Connection): boolean;
  /** To be answered exactly once, by `answer` or `refuse`. */
  onRequest(message: PluginMessage, connection: Connection): void;
  /** Called once: the peer is gone, or was sent away. */
  onClosed(connection: Connection): void;
}

export interface ConnectionOptions {
  /** True when the streams are the process's own (stdio): after a broken line it reads on instead of closing. */
  readonly isLasting: boolean;
}

export class Connection {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #events: ConnectionEvents;
  readonly #isLasting: boolean;
  readonly #reader = new MessageReader();
  readonly #outbox: Outbox;
  #requestsOpen = 0;
  /** The peer will say nothing more; what it still waits for is answered all the same. */
  #isOver = false;

  constructor(input: Readable, output: Writable, events: ConnectionEvents, options: ConnectionOptions) {
    this.#input = input;
    this.#output = output;
    this.#outbox = new Outbox(output);
    this.#events = events;
    this.#isLasting = options.isLasting;
    input.on('data', (chunk: Buffer) => this.#onData(chunk));
    input.on('end', () => {
      this.#onOver();
      this.#endWhenAnswered();
    });
    // A peer that vanishes (ECONNRESET, EPIPE) is no fault of the plugin; `close` follows and is handled.
    for (const stream of new Set([input, output])) stream.on('error', () => this.close());
    input.on('close', () => this.#onOver());
  }

  /** Sends a request of ours. A text says why it could not go out: it is too long. */
  ask(type: string, requestId: string, payload: Payload): string | undefined {
    return this.#write(type, requestId, payload)?.message;
  }

  answer(request: PluginMessage, payload: Payload): void {
    const onFlushed = () => {
      this.#requestsOpen -= 1;
      this.#endWhenAnswered();
    };
    const refusal = this.#write(request.type, request.request_id, payload, onFlushed);
    if (refusal !== undefined) this.refuse(request, refusal);
  }

  refuse(request: PluginMessage, error: PluginError): void {
    this.answer(request, { error });
  }

  /** Settles when all that was written has left the process. */
  flushed(): Promise<void> {
    this.#outbox.flush();
    return new Promise((resolve) => {
      if (!this.#output.writable || this.#output.writableLength === 0) resolve();
      else this.#output.write('', () => resolve());
    });
  }

  close(): void {
    this.#input.destroy();
    this.#output.destroy();
    this.#onOver();
  }

  #onData(chunk: Buffer): void {
    for (const result of this.#reader.push(chunk)) {
      if (result.ok) {
        this.#take(result.value);
        continue;
      }
      const { error, requestId, isBroken } = result.failure;
      this.#write('error', requestId, { error });
      if (!isBroken || this.#isLasting) continue;
      this.#sendAway();
      return;
    }
  }

  #take(message: PluginMessage): void {
    if (this.#events.onAnswer(message, this)) return;
    if (this.#requestsOpen >= 2 * MAX_REQUESTS_IN_FLIGHT && !this.#isLasting) {
      // Refusals pile up as well when the peer reads nothing at all: then it is sent away.
      this.close();
      return;
    }
    this.#requestsOpen += 1;
    if (this.#requestsOpen <= MAX_REQUESTS_IN_FLIGHT) this.#events.onRequest(message, this);
    else this.refuse(message, pluginError('unavailable', 'too many requests at once'));
  }

  /** Lets the last error go out, then closes; nothing more is taken. */
  #sendAway(): void {
    this.#onOver();
    this.#outbox.flush();
    this.#output.end();
    // What the peer still sends is thrown away for a moment: a close at once could cost it that error (EPIPE).
    this.#input.removeAllListeners('data');
    this.#input.resume();
    const timer = setTimeout(() => this.#input.destroy(), LINGER_MS);
    this.#input.on('end', () => this.#input.destroy());
    this.#input.on('close', () => clearTimeout(timer));
  }

  #endWhenAnswered(): void {
    if (!this.#isOver || this.#requestsOpen > 0 || this.#isLasting) return;
    this.#outbox.flush();
    this.#output.end();
  }

  /** A peer that has gone takes nothing: then nothing is written, and that is no error. */
  #write(type: string, requestId: string, payload: Payload, onFlushed?: () => void): PluginError | undefined {
    if (!this.#output.writable) return undefined;
    const line = encodeMessage({ type, request_id: requestId, payload });
    if (!line.ok) return line.failure;
    this.#outbox.push(line.value, onFlushed);
    return undefined;
  }

  #onOver(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onClosed(this);
  }
}
