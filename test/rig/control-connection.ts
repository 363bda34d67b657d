/** A raw client of the control socket: for what the CLI would never send. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { LineSplitter } from '../../src/protocol/frames.ts';
import { errnoOf } from '../../src/protocol/result.ts';
import { CONTROL_PROTOCOL } from '../../src/protocol/version.ts';

/** Far above what the daemon answers. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

const BACKLOG_LIMIT_MS = 5_000;
const LOOK_EVERY_MS = 10;

export type Frame = Readonly<Record<string, unknown>>;

export class ControlConnection implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter(MAX_ANSWER_BYTES);
  readonly #frames: Frame[] = [];
  readonly #readers: Array<(frame: Frame | undefined) => void> = [];
  #isClosed = false;
  /** Settles when the connection is closed, by whichever side and why ever. */
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve(this.#onClosed())));
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    // A reset by the daemon is an outcome that tests look for in `closed`.
    socket.on('error', () => socket.destroy());
  }

  /** True while the daemon has not closed the connection. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Frames that came and that nobody has read. */
  get unread(): readonly Frame[] {
    return this.#frames;
  }

  /** Sends bytes as they are; false when they wait in our own memory because the daemon does not read. */
  sendRaw(bytes: string | Buffer): boolean {
    return this.#socket.write(bytes);
  }

  /** Sends one frame. */
  send(frame: object): boolean {
    return this.sendRaw(`${JSON.stringify(frame)}\n`);
  }

  /** Sends `hello` and answers what came back: `welcome` or an error. */
  async hello(): Promise<Frame | undefined> {
    this.send({ hello: { protocol: CONTROL_PROTOCOL, client: 'rig/1.0.0' } });
    return this.nextFrame();
  }

  /** The next frame; undefined once the connection is closed and all has been read. */
  nextFrame(): Promise<Frame | undefined> {
    const frame = this.#frames.shift();
    if (frame !== undefined || this.#isClosed) return Promise.resolve(frame);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** One request and its whole answer frame; frames of other ids that come before it are dropped. */
  async request(id: number, method: string, params: object = {}): Promise<Frame> {
    this.send({ id, method, params });
    for (;;) {
      const frame = await this.nextFrame();
      if (frame === undefined) throw new Error(`the connection was closed before the answer to ${method}`);
      if (frame.id === id) return frame;
    }
  }

  /** Stops reading, as a client that hangs. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.closed;
  }

  #onData(chunk: Buffer): void {
    for (const line of this.#splitter.push(chunk).lines) {
      const frame = JSON.parse(line.toString('utf8')) as Frame;
      const reader = this.#readers.shift();
      if (reader === undefined) this.#frames.push(frame);
      else reader(frame);
    }
  }

  #onClosed(): void {
    this.#isClosed = true;
    for (const reader of this.#readers.splice(0)) reader(undefined);
  }
}

/** Connects without a word; waits, as toru does, for room in a backlog that is full (EAGAIN, connect(2)). */
export async function connectControl(socketPath: string): Promise<ControlConnection> {
  const deadline = performance.now() + BACKLOG_LIMIT_MS;
  for (;;) {
    const socket = connect(socketPath);
    try {
      await once(socket, 'connect');
      return new ControlConnection(socket);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EAGAIN' || performance.now() > deadline) throw thrown;
      await after(LOOK_EVERY_MS);
    }
  }
}

/** Connects and says hello; throws when it is not welcome. */
export async function openControl(socketPath: string): Promise<ControlConnection> {
  const connection = await connectControl(socketPath);
  const answer = await connection.hello();
  if (answer?.welcome !== undefined) return connection;
  connection.close();
  throw new Error(`not welcome: ${JSON.stringify(answer)}`);
}
