/** The client of the control protocol (PROTOCOL.md, section 2). Connects at the first request, hello and request in one write. */

import { connect, type Socket } from 'node:net';
import type { WelcomeFrame } from '../protocol/control/envelope.ts';
import { MAX_CONTROL_LINE_BYTES } from '../protocol/control/envelope.ts';
import type {
  CallName,
  EndOf,
  ItemOf,
  MethodName,
  ParamsOf,
  ResultOf,
  StreamName,
} from '../protocol/control/methods.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import { encodeFrame, LineSplitter, parseFrame } from '../protocol/frames.ts';
import type { Result } from '../protocol/result.ts';
import { errnoOf, failure, success } from '../protocol/result.ts';
import { CONTROL_PROTOCOL, VERSION } from '../protocol/version.ts';
import { ControlStream } from './control-stream.ts';
import { limitText, MAX_TIMER_MS } from './time-limit.ts';
import { connectionError, lostConnection, socketPathFault } from './unreachable.ts';

/** Longest answer that is taken, in bytes: a peer that is not torud must not fill the memory. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** How long a listener may take no connection, and from one try to the next. */
const FULL_BACKLOG_MS = 5_000;
const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 250;

/** A limit below this passes with a torud that is well, too. */
const SHORT_LIMIT_MS = 1_000;

export type Welcome = WelcomeFrame['welcome'];

/** Where the replies to one request go. */
interface ReplySink {
  onItem(item: unknown): void;
  /** `value` is the result, or the end of a stream. */
  onEnd(outcome: Result<unknown, ErrorBody>): void;
}

export class ControlClient {
  readonly #socketPath: string;
  readonly #program: string;
  readonly #splitter = new LineSplitter(MAX_REPLY_BYTES);
  readonly #sinks = new Map<number, ReplySink>();
  readonly #welcome = Promise.withResolvers<Result<Welcome, ErrorBody>>();
  readonly #closed = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #wasConnected = false;
  #isWelcomed = false;
  #isClosed = false;
  /** What goes out as soon as there is a connection. */
  #unsent = '';
  #lost: ErrorBody | undefined;
  #lastId = 0;

  /** @param program what it calls itself in its hello */
  constructor(socketPath: string, program = 'toru') {
    this.#socketPath = socketPath;
    this.#program = program;
  }

  /** Why the connection has ended; undefined while it has not. */
  get lost(): ErrorBody | undefined {
    return this.#lost;
  }

  /** True once somebody has taken the connection. */
  get wasConnected(): boolean {
    return this.#wasConnected;
  }

  /** Settles when the connection has ended, by whichever side. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Connects if that was not done yet, and gives what the daemon said of itself. */
  welcome(): Promise<Result<Welcome, ErrorBody>> {
    if (this.#socket === undefined) this.#write('');
    return this.#welcome.promise;
  }

  /**
   * @param timeoutMs 0: waits for ever. The failure is `timeout` then; the daemon may still do what was asked.
   * @param onBehalfOf as RequestFrame has it
   */
  call<Name extends CallName>(
    method: Name,
    params: ParamsOf<Name>,
    timeoutMs = 0,
    onBehalfOf?: string,
  ): Promise<Result<ResultOf<Name>, ErrorBody>> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const sink: ReplySink = {
        onItem: () =>
          this.#breakOff(errorBody('protocol_mismatch', `torud answered ${method} with a stream`)),
        onEnd: (outcome) => {
          clearTimeout(timer);
          resolve(outcome as Result<ResultOf<Name>, ErrorBody>);
        },
      };
      const id = this.#request(method, params, sink, onBehalfOf);
      if (timeoutMs === 0) return;
      timer = setTimeout(
        () => {
          this.#sinks.delete(id);
          const hint = timeoutMs < SHORT_LIMIT_MS ? undefined : 'is it hanging? see its log';
          const message = `no answer from torud within ${limitText(timeoutMs)}`;
          resolve(failure(errorBody('timeout', message, { hint })));
        },
        Math.min(timeoutMs, MAX_TIMER_MS),
      );
    });
  }

  stream<Name extends StreamName>(method: Name, params: ParamsOf<Name>): ControlStream<Name> {
    let id = 0;
    const stream = new ControlStream<Name>({
      pause: () => this.#socket?.pause(),
      resume: () => this.#socket?.resume(),
      cancel: () => {
        if (this.#sinks.has(id)) this.#write(encodeFrame({ id, cancel: true }));
      },
    });
    id = this.#request(method, params, {
      onItem: (item) => stream.push(item as ItemOf<Name>),
      onEnd: (outcome) => stream.finish(outcome as Result<EndOf<Name>, ErrorBody>),
    });
    return stream;
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  #request(method: MethodName, params: object, sink: ReplySink, onBehalfOf?: string): number {
    const id = ++this.#lastId;
    const line = encodeFrame({ id, method, params, onBehalfOf });
    if (this.#lost !== undefined) sink.onEnd(failure(this.#lost));
    else if (Buffer.byteLength(line) > MAX_CONTROL_LINE_BYTES) {
      sink.onEnd(
        failure(errorBody('too_large', `the request is longer than ${MAX_CONTROL_LINE_BYTES} bytes`)),
      );
    } else {
      this.#sinks.set(id, sink);
      this.#write(line);
    }
    return id;
  }

  #write(text: string): void {
    if (this.#socket !== undefined) {
      if (!this.#wasConnected) this.#unsent += text;
      else if (text !== '' && this.#socket.writable) this.#socket.write(text);
      return;
    }
    const fault = socketPathFault(this.#socketPath);
    if (fault !== undefined) {
      this.#lose(fault);
      return;
    }
    const hello = encodeFrame({
      hello: { protocol: CONTROL_PROTOCOL, client: `${this.#program}/${VERSION}` },
    });
    // One write: the daemon answers both without another round trip.
    this.#connect(hello + text, performance.now() + FULL_BACKLOG_MS);
  }

  /** A listener whose backlog is full (EAGAIN, connect(2)) is tried again until then: it is slow, not gone. */
  #connect(first: string, untilMs: number, delayMs = FIRST_RETRY_MS): void {
    const socket = connect({ path: this.#socketPath });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#wasConnected = true;
      socket.write(this.#unsent);
      this.#unsent = '';
    });
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (thrown) => {
      if (errnoOf(thrown) === 'EAGAIN' && !this.#isClosed && performance.now() < untilMs) {
        socket.removeAllListeners('close');
        setTimeout(() => {
          if (this.#isClosed) this.#lose(lostConnection(this.#socketPath));
          else this.#connect(this.#unsent, untilMs, Math.min(2 * delayMs, LAST_RETRY_MS));
        }, delayMs);
        return;
      }
      const path = this.#socketPath;
      this.#lose(this.#isWelcomed ? lostConnection(path) : connectionError(thrown, path));
    });
    socket.on('close', () => this.#lose(lostConnection(this.#socketPath)));
    this.#unsent = first;
  }

  #onData(chunk: Buffer): void {
    const { lines, isOverLimit } = this.#splitter.push(chunk);
    for (const line of lines) {
      const frame = parseFrame(line);
      if (frame === undefined) {
        this.#breakOff(
          errorBody('protocol_mismatch', `what listens on ${this.#socketPath} does not speak as torud does`),
        );
        return;
      }
      this.#onFrame(frame);
    }
    if (isOverLimit) this.#breakOff(errorBody('too_large', 'the answer of torud is too long'));
  }

  #onFrame(frame: Record<string, unknown>): void {
    if (!this.#isWelcomed && frame.welcome !== undefined) {
      this.#onWelcome(frame.welcome as Welcome);
      return;
    }
    const sink = typeof frame.id === 'number' ? this.#sinks.get(frame.id) : undefined;
    if (frame.error !== undefined && frame.id === undefined) {
      this.#breakOff(frame.error as ErrorBody);
      return;
    }
    // Late replies to what was cancelled or timed out have no sink any more.
    if (sink === undefined) return;
    if ('item' in frame) {
      sink.onItem(frame.item);
      return;
    }
    this.#sinks.delete(frame.id as number);
    if (frame.error !== undefined) sink.onEnd(failure(frame.error as ErrorBody));
    else sink.onEnd(success(frame.result ?? frame.end ?? {}));
  }

  #onWelcome(welcome: Welcome): void {
    if (welcome.protocol !== CONTROL_PROTOCOL) {
      const message = `torud speaks control protocol ${welcome.protocol}, this toru speaks ${CONTROL_PROTOCOL}`;
      this.#breakOff(errorBody('protocol_mismatch', message, { hint: 'upgrade the older of the two' }));
      return;
    }
    this.#isWelcomed = true;
    this.#welcome.resolve(success(welcome));
  }

  #breakOff(reason: ErrorBody): void {
    this.#lose(reason);
    this.#socket?.destroy();
  }

  /** The first reason counts: a close follows every error. */
  #lose(reason: ErrorBody): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#welcome.resolve(failure(reason));
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) sink.onEnd(failure(reason));
    this.#closed.resolve();
  }
}
