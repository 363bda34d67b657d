/** Server-sent events (WHATWG HTML, "Server-sent events") to one client, with a word on how far it is behind. */

import type { Outgoing } from '../../server/http-types.ts';
import type { Batch, Entry } from './feed.ts';
import type { Sink } from './sink.ts';

/** A comment goes out so often: proxies end what is silent, and a client that is gone is noticed. */
const BEAT_MS = 20_000;
/** Bytes that wait for the client before it counts as slow. */
export const MAX_WAITING_BYTES = 128 * 1024;

export class EventWriter implements Sink {
  readonly #response: Outgoing;
  readonly #mayGoOn: () => boolean;
  readonly #closed = new AbortController();
  readonly #beat: NodeJS.Timeout;

  /**
   * Sends the head.
   * @param mayGoOn asked at each beat: false when the client is signed in no more
   * @param closing aborted when the server closes
   */
  constructor(response: Outgoing, mayGoOn: () => boolean, closing: AbortSignal) {
    this.#response = response;
    this.#mayGoOn = mayGoOn;
    response.statusCode = 200;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    // So that nginx passes on what comes, when it comes.
    response.setHeader('x-accel-buffering', 'no');
    this.#write(': begin\n\n');
    response.once('close', () => this.#onClosed());
    // A client that leaves is no error; `close` follows.
    response.on('error', () => undefined);
    const end = (): void => this.end();
    closing.addEventListener('abort', end);
    this.closed.addEventListener('abort', () => closing.removeEventListener('abort', end));
    this.#beat = setInterval(() => this.#onBeat(), BEAT_MS);
  }

  /** Aborted when the client is gone, or the answer has ended. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get isSlow(): boolean {
    return this.#waitingBytes > MAX_WAITING_BYTES;
  }

  write(chunk: Buffer | string): void {
    if (!this.closed.aborted) this.#write(chunk);
  }

  /** Settles when a slow client has taken what waited for it, or is gone; at once with any other. */
  caughtUp(): Promise<void> {
    // Below that nobody says `drain`: it comes only after a write that went over the stream's own mark.
    if (this.closed.aborted || !this.isSlow) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#response.removeListener('drain', settle);
        this.closed.removeEventListener('abort', settle);
        resolve();
      };
      this.#response.once('drain', settle);
      this.closed.addEventListener('abort', settle);
    });
  }

  sendEntries(entries: readonly Entry[], batch: Batch): void {
    this.write(encode(entries, batch));
  }

  /** @param event its name; `data` is one line */
  send(event: string, data: string): void {
    this.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  end(): void {
    if (!this.closed.aborted) this.#response.end();
    this.#onClosed();
  }

  get #waitingBytes(): number {
    const { stream } = this.#response as { readonly stream?: { readonly writableLength: number } };
    return stream?.writableLength ?? this.#response.writableLength;
  }

  /** The two kinds of response have the same `write`, in types that do not go together. */
  #write(chunk: Buffer | string): void {
    (this.#response as NodeJS.WritableStream).write(chunk);
  }

  #onBeat(): void {
    if (!this.#mayGoOn()) {
      this.send('end', '{"reason":"signed out"}');
      this.end();
    } else if (!this.isSlow) this.write(':\n\n');
  }

  #onClosed(): void {
    clearInterval(this.#beat);
    this.#closed.abort();
  }
}

/** Bytes of a selection that several clients get are made once. */
const encoded = new WeakMap<readonly Entry[], Buffer>();

function encode(entries: readonly Entry[], { cursor }: Batch): Buffer {
  const known = encoded.get(entries);
  if (known !== undefined) return known;
  const bodies = entries.map(({ json }) => `data: ${json}\n\n`);
  const last = bodies.pop() ?? '';
  // The cursor comes with the last one, so that who comes back with it has missed none.
  const bytes = Buffer.from(`${bodies.join('')}id: ${cursor}\n${last}`);
  encoded.set(entries, bytes);
  return bytes;
}
