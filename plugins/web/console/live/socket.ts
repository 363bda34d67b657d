/**
 * The one connection to /api/ws, which comes back by itself:
 *
 *   closed ── open() ──▶ connecting ── accepted ──▶ open ── lost ──▶ waiting ── a while ──▶ connecting
 *
 * What is followed is followed again on the next connection, from the last cursor on.
 */

import type { ClientMessage, Follow, LinkState, ServerMessage } from './messages.ts';

const FIRST_DELAY_MS = 250;
const LAST_DELAY_MS = 10_000;
/** RFC 6455 leaves 3000 and on to programs (README.md: signed out, or of a lower role now). */
const SIGNED_OUT = 3000;

type Handler = (message: ServerMessage) => void;

interface Followed {
  readonly follow: Follow | { readonly topic: 'plugins' | 'usage' };
  readonly handler: Handler;
  cursor: string | undefined;
}

export class LiveSocket {
  readonly #url: string;
  readonly #onState: (state: LinkState) => void;
  readonly #onDoubt: () => void;
  readonly #followed = new Map<string, Followed>();
  readonly #handlers = new Set<Handler>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delayMs = FIRST_DELAY_MS;
  #lastId = 0;

  /** @param onDoubt it was refused or ended in a way that may mean: nobody is signed in any more */
  constructor(url: string, onState: (state: LinkState) => void, onDoubt: () => void) {
    this.#url = url;
    this.#onState = onState;
    this.#onDoubt = onDoubt;
  }

  open(): void {
    if (this.#socket !== undefined || this.#timer !== undefined) return;
    addEventListener('online', this.#hurry);
    document.addEventListener('visibilitychange', this.#hurry);
    this.#connect();
  }

  close(): void {
    removeEventListener('online', this.#hurry);
    document.removeEventListener('visibilitychange', this.#hurry);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  /** Answers what ends it. */
  follow(follow: Followed['follow'], handler: Handler): () => void {
    this.#lastId += 1;
    const id = `${follow.topic}-${this.#lastId}`;
    const followed: Followed = { follow, handler, cursor: undefined };
    this.#followed.set(id, followed);
    this.#subscribe(id, followed);
    return () => {
      this.#followed.delete(id);
      this.#sendText({ type: 'unsubscribe', id });
    };
  }

  /** Everything that is about no subscription. Answers what ends it. */
  onMessage(handler: Handler): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** False: there is no connection now, and it was not sent. */
  send(message: ClientMessage): boolean {
    return this.#sendText(message);
  }

  #connect(): void {
    this.#timer = undefined;
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    let wasOpen = false;
    socket.addEventListener('open', () => {
      wasOpen = true;
      this.#delayMs = FIRST_DELAY_MS;
      this.#onState('open');
      for (const [id, followed] of this.#followed) this.#subscribe(id, followed);
    });
    socket.addEventListener('message', ({ data }: MessageEvent<string>) =>
      this.#onText(JSON.parse(data) as ServerMessage),
    );
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket === socket) this.#onLost(code === SIGNED_OUT || !wasOpen);
    });
  }

  #onLost(isDoubtful: boolean): void {
    this.#socket = undefined;
    this.#onState('lost');
    if (isDoubtful) this.#onDoubt();
    const delayMs = this.#delayMs * (0.75 + Math.random() / 2);
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
    this.#timer = setTimeout(() => this.#connect(), delayMs);
  }

  /** Somebody looks at it, or the network is back: now is a better time than the one that was set. */
  readonly #hurry = (): void => {
    if (this.#timer === undefined || document.visibilityState === 'hidden') return;
    clearTimeout(this.#timer);
    this.#delayMs = FIRST_DELAY_MS;
    this.#connect();
  };

  #subscribe(id: string, { follow, cursor }: Followed): void {
    this.#sendText({ ...follow, type: 'subscribe', id, ...(cursor === undefined ? {} : { cursor }) });
  }

  #sendText(message: object): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #onText(message: ServerMessage): void {
    if (message.id === undefined) {
      for (const handler of [...this.#handlers]) handler(message);
      return;
    }
    const followed = this.#followed.get(message.id);
    if (followed === undefined) return;
    if (message.cursor !== undefined) followed.cursor = message.cursor;
    followed.handler(message);
  }
}
