/**
 * One client. Life: greeting (until its hello) → open → ended (its last word is sent; what it still sends is thrown
 * away until it goes, or lingered for long enough).
 */

import type { Socket } from 'node:net';
import type { ReplyFrame, WelcomeFrame } from '../../protocol/control/envelope.ts';
import { MAX_CONTROL_LINE_BYTES, MAX_REQUESTS_IN_FLIGHT } from '../../protocol/control/envelope.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { encodeFrame } from '../../protocol/frames.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Caller } from './access.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type RawRequest, readHello, readRequest } from './frame-reading.ts';
import { HELLO_TIMEOUT_MS, LINGER_BYTES, LINGER_MS, MAX_STALLED_BYTES } from './limits.ts';
import { LineInput } from './line-input.ts';
import { type Reply, serveRequest } from './request.ts';
import { WriteGate } from './write-gate.ts';

/** What a connection needs of the server. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly dispatcher: Dispatcher;
  welcome(caller: Caller): WelcomeFrame;
  /** False when too many requests are in flight over all connections. */
  admits(connection: Connection): boolean;
  onInputHeld(connection: Connection, bytes: number, hasMoved: boolean): void;
  onOutputHeld(connection: Connection, bytes: number, hasMoved: boolean): void;
  /** An answer of this length was made. */
  onSent(length: number): void;
  /** No more requests will come of it; its socket may stay for a while. */
  onEnded(connection: Connection): void;
  /** It was cut off because it does not read. */
  onStalled(connection: Connection): void;
  /** A bug. */
  onFault(thrown: unknown): void;
}

export class Connection {
  readonly caller: Caller;
  /** What the client calls itself; empty before its hello. */
  client = '';
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #input = new LineInput(MAX_CONTROL_LINE_BYTES);
  readonly #gate: WriteGate;
  readonly #inFlight = new Map<number, AbortController>();
  #state: 'greeting' | 'open' | 'ended' = 'greeting';
  #isPumping = false;
  #thrownAwayBytes = 0;
  #timer: Timer | undefined;

  constructor(socket: Socket, caller: Caller, host: ConnectionHost) {
    this.#socket = socket;
    this.caller = caller;
    this.#host = host;
    this.#gate = new WriteGate(socket);
    socket.on('drain', () => this.#gate.serve());
    this.#timer = host.clock.setTimer(() => {
      this.end(errorBody('usage', `no hello came within ${HELLO_TIMEOUT_MS / 1000} s`));
    }, HELLO_TIMEOUT_MS);
  }

  get requestsInFlight(): number {
    return this.#inFlight.size;
  }

  onData(chunk: Buffer): void {
    if (this.#state === 'ended') {
      this.#throwAway(chunk.length);
      return;
    }
    this.#input.add(chunk);
    // A pump that waits takes its next line itself; until then nothing more is read.
    if (this.#isPumping) this.#socket.pause();
    else this.#startPump();
    this.#host.onInputHeld(this, this.#input.heldBytes, false);
  }

  onClosed(): void {
    this.#finish();
    this.#timer?.cancel();
  }

  /** Gives the client its last word and ends the connection. `id` where the error answers a known request. */
  end(error: ErrorBody, id?: number): void {
    if (this.#state === 'ended') return;
    this.#send(id === undefined ? { error } : { id, error });
    this.#finish();
    this.#socket.end();
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#timer?.cancel();
    this.#timer = this.#host.clock.setTimer(() => this.destroy(), LINGER_MS);
  }

  /** Answers everything in flight with this error, then ends. */
  endAll(error: ErrorBody): void {
    if (this.#state === 'ended') return;
    for (const id of [...this.#inFlight.keys()]) this.#answer(id, { error });
    this.end(error);
  }

  destroy(): void {
    this.#finish();
    this.#timer?.cancel();
    this.#socket.destroy();
  }

  #finish(): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    for (const controller of this.#inFlight.values()) controller.abort();
    this.#inFlight.clear();
    this.#gate.close();
    this.#input.clear();
    this.#host.onEnded(this);
  }

  #throwAway(bytes: number): void {
    this.#thrownAwayBytes += bytes;
    if (this.#thrownAwayBytes > LINGER_BYTES) this.destroy();
  }

  #startPump(): void {
    this.#isPumping = true;
    this.#pump().catch((thrown: unknown) => {
      this.#host.onFault(thrown);
      this.destroy();
    });
  }

  async #pump(): Promise<void> {
    for (let line = this.#input.next(); line !== undefined; line = this.#input.next()) {
      if (line === 'over-limit') {
        this.end(errorBody('too_large', `a line may have at most ${MAX_CONTROL_LINE_BYTES} bytes`));
      } else if (this.#state === 'greeting') {
        this.#onHello(line);
      } else if (await this.#gate.turn()) {
        this.#onLine(line);
      }
      if (this.#isOver()) return;
      this.#host.onInputHeld(this, this.#input.heldBytes, true);
    }
    this.#isPumping = false;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #isOver(): boolean {
    return this.#state === 'ended';
  }

  #onHello(line: Buffer): void {
    const hello = readHello(line);
    if (!hello.ok) {
      this.end(hello.failure);
      return;
    }
    this.client = hello.value;
    this.#state = 'open';
    this.#timer?.cancel();
    this.#send(this.#host.welcome(this.caller));
  }

  #onLine(line: Buffer): void {
    const read = readRequest(line);
    if (!read.ok) this.end(read.failure);
    else if ('cancel' in read.value) this.#inFlight.get(read.value.id)?.abort();
    else this.#onRequest(read.value);
  }

  #onRequest(request: RawRequest): void {
    const { id } = request;
    if (this.#inFlight.has(id)) {
      // Two answers with one id could not be told apart: this one ends both requests, and the connection.
      this.end(errorBody('usage', `id ${id} is in flight already`), id);
    } else if (this.#inFlight.size >= MAX_REQUESTS_IN_FLIGHT) {
      const limit = `${MAX_REQUESTS_IN_FLIGHT} requests are in flight on this connection`;
      this.#send({ id, error: errorBody('busy', limit, { hint: 'wait for answers, or cancel streams' }) });
    } else if (!this.#host.admits(this)) {
      this.#send({ id, error: errorBody('busy', 'too many requests are in flight', { hint: 'try again' }) });
    } else {
      this.#serve(request);
    }
  }

  #serve(request: RawRequest): void {
    const controller = new AbortController();
    this.#inFlight.set(request.id, controller);
    serveRequest(request, {
      dispatcher: this.#host.dispatcher,
      caller: this.caller,
      client: this.client,
      signal: controller.signal,
      turn: () => this.#gate.turn(),
      item: (item) => {
        if (this.#inFlight.get(request.id) === controller) this.#send({ id: request.id, item });
      },
    })
      .then((reply) => {
        if (this.#inFlight.get(request.id) === controller) this.#answer(request.id, reply);
      })
      .catch((thrown: unknown) => {
        this.#host.onFault(thrown);
        this.destroy();
      });
  }

  #answer(id: number, reply: Reply): void {
    this.#inFlight.get(id)?.abort();
    this.#inFlight.delete(id);
    this.#send({ id, ...reply });
  }

  #send(frame: ReplyFrame | WelcomeFrame): void {
    if (this.#state === 'ended' || !this.#socket.writable) return;
    const wasStalled = this.#socket.writableNeedDrain;
    const line = encodeFrame(frame);
    this.#host.onSent(line.length);
    this.#socket.write(line, () => {
      if (this.#state !== 'ended') this.#host.onOutputHeld(this, this.#socket.writableLength, true);
    });
    const waiting = this.#socket.writableLength;
    if (wasStalled && waiting > MAX_STALLED_BYTES) this.#host.onStalled(this);
    else if (waiting > 0) this.#host.onOutputHeld(this, waiting, false);
  }
}
