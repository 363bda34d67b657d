/** A reader of server-sent events: raw enough to stall, and to see what a browser would. */

import { type IncomingMessage, request } from 'node:http';

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

const LIMIT_MS = 15_000;

export class EventSourceRig implements AsyncDisposable {
  readonly #incoming: IncomingMessage;
  readonly #events: ServerEvent[] = [];
  #text = '';
  #isOver = false;
  #wake: (() => void) | undefined;

  private constructor(incoming: IncomingMessage) {
    this.#incoming = incoming;
    incoming.setEncoding('utf8');
    incoming.on('data', (piece: string) => this.#onText(piece));
    for (const end of ['end', 'error', 'close'] as const) incoming.on(end, () => this.#onOver());
  }

  /** Throws when the answer is no stream of events. */
  static open(
    port: number,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<EventSourceRig> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port, path, headers, agent: false }, (incoming) => {
        if (incoming.headers['content-type']?.startsWith('text/event-stream')) {
          resolve(new EventSourceRig(incoming));
          return;
        }
        incoming.resume();
        reject(new Error(`${path}: ${incoming.statusCode} ${incoming.headers['content-type']}`));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  /** Events until one is as wanted, that one included; throws when none comes in time. */
  async until(isLast: (event: ServerEvent) => boolean): Promise<readonly ServerEvent[]> {
    const seen: ServerEvent[] = [];
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) {
        seen.push(event);
        if (isLast(event)) return seen;
      }
      if (this.#isOver) throw new Error(`ended after ${JSON.stringify(seen.at(-1))}`);
      await this.#more(deadline - performance.now(), seen);
    }
  }

  /** Settles when the stream has ended; all its events that nobody read. */
  async ended(): Promise<readonly ServerEvent[]> {
    while (!this.#isOver) await this.#more(LIMIT_MS, this.#events);
    return this.#events;
  }

  /** Reads nothing more, as a client that hangs. */
  stall(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#incoming.destroy();
  }

  #more(limitMs: number, seen: readonly ServerEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`nothing more came after ${seen.length} events: ${JSON.stringify(seen.at(-1))}`));
      }, limitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #onText(piece: string): void {
    this.#text += piece;
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line));
      const field = (name: string) => fields.find((match) => match?.[1] === name)?.[2];
      const data = field('data');
      if (data !== undefined)
        this.#events.push({ id: field('id') ?? '', event: field('event') ?? 'message', data });
    }
    this.#wake?.();
  }

  #onOver(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}
