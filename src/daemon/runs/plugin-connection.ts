/** One connection to a plugin: requests out, answers in, requests in, answers out. Bounded in every direction. */

import { connect, type Socket } from 'node:net';
import { encodeFrame, LineSplitter, parseFrame } from '../../protocol/frames.ts';
import {
  isPluginMessageType,
  MAX_PLUGIN_LINE_BYTES,
  type PluginError,
  type PluginMessageType,
} from '../../protocol/plugin/envelope.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { type Clock, formatTime, type Timer } from '../base/clock.ts';

export type Payload = Readonly<Record<string, unknown>>;
export type PluginAnswer = Result<Payload, PluginError>;

/** Serves what a plugin asks of the core. Never rejects. */
export type ServePlugin = (type: PluginMessageType, payload: Payload) => Promise<PluginAnswer>;

export interface ConnectionOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly serve: ServePlugin;
  readonly onConnected: () => void;
  /** Once, after onConnected or instead of it. `error` is the system's code (`ECONNREFUSED`, …) or undefined. */
  readonly onClosed: (error: string | undefined) => void;
  /** Instead of onClosed: the plugin broke the protocol, has been told, and the connection is closed. */
  readonly onViolation: (detail: string) => void;
}

interface Pending {
  readonly type: PluginMessageType;
  readonly settle: (answer: PluginAnswer) => void;
  readonly timer: Timer;
}

/** Requests of the plugin that are served at once; more wait in the socket. */
const MAX_SERVED_AT_ONCE = 64;
/** Bytes that may wait to be read by the plugin before we stop reading from it. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
const MAX_REQUEST_ID_LENGTH = 128;
/** How long a plugin that broke the protocol has to read what it is told, before it is ended. */
const TOLD_MS = 250;
/** Types that only the core sends as requests: from a plugin they can only be (late) answers. */
const CORE_REQUESTS: ReadonlySet<string> = new Set(['lifecycle', 'health', 'http', 'hook']);
const SERVED: ReadonlySet<string> = new Set(['kv', 'service', 'shared', 'event']);

export class PluginConnection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter(MAX_PLUGIN_LINE_BYTES);
  readonly #pending = new Map<string, Pending>();
  #nextRequest = 1;
  #servedNow = 0;
  #error: string | undefined;
  /** Set once the plugin broke the protocol: what it did. */
  #violation: string | undefined;
  #violationTimer: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = connect(options.socketPath);
    this.#socket.on('connect', options.onConnected);
    this.#socket.on('data', (chunk) => this.#onData(chunk));
    this.#socket.on('drain', () => this.#adjustReading());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? error.message;
    });
    this.#socket.on('close', () => this.#onClosed());
  }

  /** Asks the plugin. Fails with `timeout`, with `unavailable` when the connection is gone, or with the plugin's error. */
  request(type: PluginMessageType, payload: object, timeoutMs: number): Promise<PluginAnswer> {
    if (this.#socket.destroyed) return Promise.resolve(failure(unavailable()));
    const requestId = `core-${this.#nextRequest++}`;
    return new Promise((resolve) => {
      const settle = (answer: PluginAnswer): void => {
        this.#pending.get(requestId)?.timer.cancel();
        this.#pending.delete(requestId);
        resolve(answer);
      };
      const timer = this.#options.clock.setTimer(() => {
        settle(failure({ code: 'timeout', message: `no answer to ${type} within ${timeoutMs} ms` }));
      }, timeoutMs);
      this.#pending.set(requestId, { type, settle, timer });
      this.#send(type, requestId, payload);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(type: string, requestId: string, payload: object): void {
    const timestamp = formatTime(this.#options.clock.now());
    this.#socket.write(encodeFrame({ type, timestamp, request_id: requestId, payload }));
  }

  #onData(chunk: Buffer): void {
    if (this.#violation !== undefined) return;
    const { lines, isOverLimit } = this.#splitter.push(chunk);
    for (const line of lines) {
      if (this.#violation !== undefined) return;
      this.#onLine(line);
    }
    if (isOverLimit && this.#violation === undefined)
      this.#break('too_large', `it sent a line of more than ${MAX_PLUGIN_LINE_BYTES} bytes`);
    this.#adjustReading();
  }

  #onLine(line: Buffer): void {
    const message = parseFrame(line);
    if (message === undefined) {
      this.#break('invalid', `it sent a line that is no JSON object: ${excerpt(line)}`);
      return;
    }
    const { type, request_id: requestId, payload } = message;
    if (
      typeof type !== 'string' ||
      typeof requestId !== 'string' ||
      requestId.length > MAX_REQUEST_ID_LENGTH
    ) {
      this.#break('invalid', 'it sent a message without a "type" and "request_id" that are text');
      return;
    }
    const content = isObject(payload) ? payload : {};
    const pending = this.#pending.get(requestId);
    if (pending !== undefined && (pending.type === type || type === 'error'))
      pending.settle(toAnswer(content));
    else if (!CORE_REQUESTS.has(type) && type !== 'error') this.#serve(type, requestId, content);
  }

  #serve(type: string, requestId: string, payload: Payload): void {
    if (!isPluginMessageType(type) || !SERVED.has(type)) {
      const error: PluginError = { code: 'unknown_type', message: `no such type: ${type.slice(0, 64)}` };
      this.#send(type.slice(0, 64), requestId, { error });
      return;
    }
    this.#servedNow += 1;
    void this.#options.serve(type, payload).then((answer) => {
      this.#servedNow -= 1;
      if (this.#socket.destroyed) return;
      this.#send(type, requestId, answer.ok ? answer.value : { error: answer.failure });
      this.#adjustReading();
    });
  }

  /** A plugin that asks faster than it reads the answers waits in its own socket buffer, not in our memory. */
  #adjustReading(): void {
    const isFull = this.#servedNow >= MAX_SERVED_AT_ONCE || this.#socket.writableLength > MAX_UNREAD_BYTES;
    if (isFull && !this.#socket.isPaused()) this.#socket.pause();
    else if (!isFull && this.#socket.isPaused()) this.#socket.resume();
  }

  #break(code: PluginError['code'], detail: string): void {
    this.#violation = detail;
    const error: PluginError = { code, message: detail.replace(/^it sent/, 'you sent') };
    const timestamp = formatTime(this.#options.clock.now());
    this.#socket.end(encodeFrame({ type: 'error', timestamp, request_id: '', payload: { error } }));
    this.#violationTimer = this.#options.clock.setTimer(() => this.#socket.destroy(), TOLD_MS);
  }

  #onClosed(): void {
    for (const pending of [...this.#pending.values()]) pending.settle(failure(unavailable()));
    this.#violationTimer?.cancel();
    if (this.#violation === undefined) this.#options.onClosed(this.#error);
    else this.#options.onViolation(this.#violation);
  }
}

function toAnswer(payload: Payload): PluginAnswer {
  const { error } = payload;
  if (!isObject(error)) return success(payload);
  const code = typeof error.code === 'string' ? (error.code as PluginError['code']) : 'internal';
  return failure({ code, message: typeof error.message === 'string' ? error.message : code });
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unavailable(): PluginError {
  return { code: 'unavailable', message: 'the connection to the plugin is closed' };
}

function excerpt(line: Buffer): string {
  return JSON.stringify(line.subarray(0, 80).toString('utf8'));
}
