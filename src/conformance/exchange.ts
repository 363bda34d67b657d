/** One connection to a plugin, as torud would hold it, but frank: what torud would break off for is noted, and nothing is sent by itself. */

import { connect, type Socket } from 'node:net';
import { formatTime, systemClock } from '../daemon/base/clock.ts';
import { oneLine } from '../daemon/base/one-line.ts';
import { encodeFrame, LineSplitter, parseFrame } from '../protocol/frames.ts';
import { MAX_PLUGIN_LINE_BYTES, type PluginError } from '../protocol/plugin/envelope.ts';
import type { Result } from '../protocol/result.ts';

export type Payload = Readonly<Record<string, unknown>>;

export type Reply =
  | { readonly kind: 'answer'; readonly payload: Payload; readonly ms: number }
  | { readonly kind: 'error'; readonly code: string; readonly message: string; readonly ms: number }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'closed'; readonly ms: number };

/** What came of bytes that ask for no answer by an id. */
export type Reaction = 'error' | 'closed' | 'message' | 'silence';

export interface ExchangeReport {
  /** A line that went out (`> …`) or came in (`< …`). */
  onLine(text: string): void;
  /** Something for which torud would end the plugin, or which no answer can be. */
  onFault(what: string): void;
  /** Serves a request of the plugin; undefined: it stays unanswered. */
  serve(type: string, payload: Payload): Result<Payload, PluginError> | undefined;
}

interface Pending {
  readonly type: string;
  readonly settle: (reply: Reply) => void;
}

const MAX_REQUEST_ID_LENGTH = 128;
const MAX_SHOWN = 400;
/** Types that a plugin asks the core. */
const PLUGIN_REQUESTS: ReadonlySet<string> = new Set(['kv', 'service', 'shared', 'event']);

let lastRequest = 0;

export class Exchange {
  readonly #socket: Socket;
  readonly #report: ExchangeReport;
  readonly #splitter = new LineSplitter(MAX_PLUGIN_LINE_BYTES);
  readonly #pending = new Map<string, Pending>();
  readonly #answered = new Set<string>();
  #reactions: ((reaction: Reaction) => void)[] = [];
  #isClosed = false;
  /** How long answers of ours are held back. */
  answerDelayMs = 0;
  /** Messages that were no answer to a request of ours, or answered one with an error of the connection. */
  readonly strays: string[] = [];

  private constructor(socket: Socket, report: ExchangeReport) {
    this.#socket = socket;
    this.#report = report;
    socket.on('data', (chunk) => this.#onData(chunk));
    // `close` follows and says all that matters.
    socket.on('error', () => undefined);
    socket.on('end', () => this.#onClosed());
    socket.on('close', () => this.#onClosed());
  }

  /** Failure: the system's error code. */
  static open(socketPath: string, report: ExchangeReport): Promise<Exchange | string> {
    return new Promise((resolve) => {
      const socket = connect({ path: socketPath, allowHalfOpen: true });
      const onError = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
      socket.once('error', onError);
      socket.once('connect', () => {
        socket.off('error', onError);
        resolve(new Exchange(socket, report));
      });
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @param more further fields of the envelope */
  request(type: string, payload: object, timeoutMs: number, more: object = {}): Promise<Reply> {
    const { id, frame } = this.prepare(type, payload, more);
    this.send(frame);
    return this.answerTo(id, type, timeoutMs);
  }

  /** A request as the line that it is sent as. */
  prepare(type: string, payload: object, more: object = {}): { readonly id: string; readonly frame: string } {
    lastRequest += 1;
    const id = `check-${lastRequest}`;
    const timestamp = formatTime(systemClock.now());
    return { id, frame: encodeFrame({ type, timestamp, request_id: id, payload, ...more }) };
  }

  /** To be called in the same turn as the request is sent, so that no answer comes before. */
  answerTo(id: string, type: string, timeoutMs: number): Promise<Reply> {
    const startedAt = performance.now();
    const ms = (): number => performance.now() - startedAt;
    if (this.#isClosed) return Promise.resolve({ kind: 'closed', ms: 0 });
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle({ kind: 'silence', ms: ms() }), timeoutMs);
      const settle = (reply: Reply): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
        resolve({ ...reply, ms: ms() });
      };
      this.#pending.set(id, { type, settle });
    });
  }

  send(text: string | Buffer): void {
    this.#report.onLine(`> ${shown(text)}`);
    if (!this.#isClosed) this.#socket.write(text);
  }

  /** Sends without a note, and settles when the system has taken it or the connection is closed. */
  pour(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed || this.#socket.destroyed) return resolve();
      const settle = (): void => {
        this.#socket.off('close', settle);
        resolve();
      };
      this.#socket.once('close', settle);
      this.#socket.write(bytes, settle);
    });
  }

  /** The next thing that the plugin does on this connection without being asked by an id. */
  reaction(timeoutMs: number): Promise<Reaction> {
    if (this.#isClosed) return Promise.resolve('closed');
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle('silence'), timeoutMs);
      const settle = (reaction: Reaction): void => {
        clearTimeout(timer);
        this.#reactions = this.#reactions.filter((one) => one !== settle);
        resolve(reaction);
      };
      this.#reactions.push(settle);
    });
  }

  /** Goes away without a word. */
  close(): void {
    this.#socket.destroy();
    this.#onClosed();
  }

  #onData(chunk: Buffer): void {
    const { lines, isOverLimit } = this.#splitter.push(chunk);
    for (const line of lines) this.#onLine(line);
    if (!isOverLimit) return;
    this.#report.onFault(`it sent a line of more than ${MAX_PLUGIN_LINE_BYTES} bytes`);
    this.close();
  }

  #onLine(line: Buffer): void {
    this.#report.onLine(`< ${shown(line)}`);
    const message = parseFrame(line);
    if (message === undefined) {
      this.#fault(`it sent a line that is no JSON object: ${oneLine(line.toString('utf8'), 80)}`);
      return;
    }
    const { type, request_id: id, payload } = message;
    // Of a line that cannot be read, nobody can say which request it was.
    if (type === 'error' && (id === undefined || id === null)) {
      this.#stray('a message of type "error" without a request_id');
      this.#react('error');
      return;
    }
    if (typeof type !== 'string' || typeof id !== 'string' || id.length > MAX_REQUEST_ID_LENGTH) {
      this.#fault('it sent a message without a "type" and "request_id" that are text');
      return;
    }
    this.#onMessage(type, id, isObject(payload) ? payload : {});
  }

  #onMessage(type: string, id: string, payload: Payload): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined && (pending.type === type || type === 'error')) {
      this.#answered.add(id);
      pending.settle(replyOf(payload));
      return;
    }
    const isError = type === 'error' || isObject(payload.error);
    if (!isError && PLUGIN_REQUESTS.has(type)) {
      this.#serve(type, id, payload);
      return;
    }
    if (pending !== undefined)
      this.#stray(`an answer of type "${type}" to a request of type "${pending.type}"`);
    else if (this.#answered.has(id)) this.#stray(`a second answer to the request ${id}`);
    else this.#stray(`a message of type "${type.slice(0, 64)}" with the request_id "${oneLine(id, 64)}"`);
    this.#react(isError ? 'error' : 'message');
  }

  #serve(type: string, id: string, payload: Payload): void {
    const served = this.#report.serve(type, payload);
    if (served === undefined || this.#isClosed) return;
    const timestamp = formatTime(systemClock.now());
    const answer = served.ok ? served.value : { error: served.failure };
    const frame = encodeFrame({ type, timestamp, request_id: id, payload: answer });
    if (this.answerDelayMs === 0) this.send(frame);
    else setTimeout(() => this.send(frame), this.answerDelayMs);
  }

  #stray(what: string): void {
    this.strays.push(what);
  }

  #fault(what: string): void {
    this.#report.onFault(what);
    this.strays.push(what.replace(/^it sent /, ''));
    this.#react('message');
  }

  #react(reaction: Reaction): void {
    for (const settle of [...this.#reactions]) settle(reaction);
  }

  #onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { settle } of [...this.#pending.values()]) settle({ kind: 'closed', ms: 0 });
    this.#react('closed');
    // What is still to be written would wait for a peer that reads nothing any more.
    this.#socket.destroy();
  }
}

function replyOf(payload: Payload): Reply {
  const { error } = payload;
  if (!isObject(error)) return { kind: 'answer', payload, ms: 0 };
  const code = typeof error.code === 'string' ? error.code : 'no code';
  return { kind: 'error', code, message: typeof error.message === 'string' ? error.message : code, ms: 0 };
}

export function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(bytes: string | Buffer): string {
  const head = bytes.slice(0, MAX_SHOWN).toString().trimEnd();
  const text = oneLine(head, MAX_SHOWN);
  return bytes.length > MAX_SHOWN ? `${text} (${bytes.length} bytes)` : text;
}
