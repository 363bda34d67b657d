/**
 * One WebSocket (RFC 6455), server side, after the handshake:
 *
 *   open ── our close frame ──▶ closing ── theirs, or a moment has passed ──▶ closed
 *    └───── their close frame, answered ──────────────────────────────────────▶ closed
 *
 * What waits for the client is the senders' to bound: they ask isSlow, and wait with caughtUp.
 */

import type { Duplex } from 'node:stream';
import { CLOSE_CODES, encodeClose, encodeFrame, OPCODES } from './frame.ts';
import { type Incoming, MessageReader } from './message-reader.ts';

export interface ConnectionLimits {
  /** Longest message of a client, in bytes. */
  readonly maxMessageBytes: number;
  /** Bytes that wait for the client before it counts as slow. */
  readonly maxWaitingBytes: number;
  /** A ping goes out so often, in milliseconds: proxies end what is silent. */
  readonly pingEveryMs: number;
  /** A client of which nothing was heard for so long, in milliseconds, is gone. */
  readonly silentMs: number;
  /** How long the close frame of the client is waited for, in milliseconds. */
  readonly closeMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  maxMessageBytes: 16 * 1024,
  maxWaitingBytes: 128 * 1024,
  pingEveryMs: 20_000,
  silentMs: 60_000,
  closeMs: 1_000,
};

export interface ConnectionHandlers {
  onText(text: string): void;
  /** The client breaks the rules, and is sent away. */
  onFault(reason: string): void;
  /** Asked at each ping and message: false when the client is signed in no more. */
  mayGoOn(): boolean;
}

/** What a connection tells of its bytes; sockets of TCP and TLS do. */
interface Counted extends Duplex {
  readonly bytesWritten?: number;
}

/** Codes of faults behind which nothing can be read. */
const UNREADABLE: ReadonlySet<number> = new Set([CLOSE_CODES.protocolError, CLOSE_CODES.tooBig]);

export class SocketConnection {
  readonly #socket: Counted;
  readonly #handlers: ConnectionHandlers;
  readonly #limits: ConnectionLimits;
  readonly #reader: MessageReader;
  readonly #closed = new AbortController();
  readonly #waiting = new Set<() => void>();
  #state: 'open' | 'closing' | 'closed' = 'open';
  #beat: NodeJS.Timeout | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #heardAt = performance.now();
  #takenBytes = 0;

  constructor(socket: Duplex, handlers: ConnectionHandlers, limits = CONNECTION_LIMITS) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#limits = limits;
    this.#reader = new MessageReader(limits.maxMessageBytes);
  }

  /** Begins to read. @param head what came behind the handshake already */
  begin(head: Buffer): void {
    const socket = this.#socket;
    socket.on('data', (piece: Buffer) => this.#onData(piece));
    socket.on('drain', () => this.#onDrain());
    socket.on('end', () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#onClosed());
    this.#beat = setInterval(() => this.#onBeat(), this.#limits.pingEveryMs);
    if (socket.destroyed) this.#onClosed();
    else if (head.length > 0) this.#onData(head);
  }

  /** Aborted when nothing may be sent any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get isSlow(): boolean {
    return this.#socket.writableLength > this.#limits.maxWaitingBytes;
  }

  /** @param frame a whole one, which may wait for other clients as well */
  sendFrame(frame: Buffer): void {
    if (this.#state === 'open') this.#write(frame);
  }

  /** Settles when a slow client has taken what waited for it, or the signal is aborted; at once with any other. */
  caughtUp(signal: AbortSignal): Promise<void> {
    if (!this.isSlow || signal.aborted || this.#state !== 'open') return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        this.#waiting.delete(settle);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      this.#waiting.add(settle);
      signal.addEventListener('abort', settle);
    });
  }

  /** Sends a client away that is signed in no more. */
  look(): void {
    if (this.#state === 'open' && !this.#handlers.mayGoOn()) this.#signOut();
  }

  /** @param reason ASCII, at most 123 bytes */
  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#write(encodeClose(code, reason));
    this.#leave('closing');
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), this.#limits.closeMs);
    // What the client still sends is read, so that our answer reaches it.
    this.#socket.resume();
  }

  #onData(piece: Buffer): void {
    if (this.#state === 'closed') return;
    this.#heardAt = performance.now();
    for (const incoming of this.#reader.read(piece)) {
      if (this.#state === 'open') this.#onIncoming(incoming);
      else if (incoming.kind === 'close') this.#end();
    }
    // Whoever does not read what he asks for may ask for no more.
    if (this.isSlow && this.#state === 'open') this.#socket.pause();
  }

  #onIncoming(incoming: Incoming): void {
    switch (incoming.kind) {
      case 'text':
        if (this.#handlers.mayGoOn()) this.#handlers.onText(incoming.text);
        else this.#signOut();
        return;
      case 'ping':
        this.#write(encodeFrame(OPCODES.pong, incoming.payload));
        return;
      case 'pong':
        return;
      case 'close': {
        const code = incoming.code === 1005 ? CLOSE_CODES.normal : incoming.code;
        this.#write(encodeClose(code, ''));
        this.#closeTimer = setTimeout(() => this.#socket.destroy(), this.#limits.closeMs);
        this.#end();
        return;
      }
      case 'fault':
        this.#handlers.onFault(incoming.fault.reason);
        this.close(incoming.fault.code, incoming.fault.reason);
        // Where its next frame begins nobody knows, so that no close frame of it can be waited for (§7.1.7).
        if (UNREADABLE.has(incoming.fault.code)) this.#socket.end();
        return;
    }
  }

  #onBeat(): void {
    if (!this.#handlers.mayGoOn()) {
      this.#signOut();
      return;
    }
    const now = performance.now();
    // Who is slow is not read from, but alive as long as it takes something.
    const { bytesWritten = 0, writableLength } = this.#socket;
    const takenBytes = bytesWritten - writableLength;
    if (this.isSlow && takenBytes > this.#takenBytes) this.#heardAt = now;
    this.#takenBytes = takenBytes;
    if (now - this.#heardAt >= this.#limits.silentMs) this.close(CLOSE_CODES.timeout, 'silent for too long');
    else if (!this.isSlow) this.#write(encodeFrame(OPCODES.ping, Buffer.alloc(0)));
  }

  #signOut(): void {
    this.close(CLOSE_CODES.unauthorized, 'signed out');
  }

  #onDrain(): void {
    this.#socket.resume();
    for (const wake of [...this.#waiting]) wake();
  }

  #write(frame: Buffer): void {
    if (this.#socket.writable) this.#socket.write(frame);
  }

  /** Both close frames are there: the server ends the connection (§7.1.1). */
  #end(): void {
    this.#leave('closed');
    this.#socket.end();
  }

  #leave(state: 'closing' | 'closed'): void {
    this.#state = state;
    clearInterval(this.#beat);
    this.#closed.abort();
    for (const wake of [...this.#waiting]) wake();
  }

  #onClosed(): void {
    clearTimeout(this.#closeTimer);
    this.#leave('closed');
  }
}
