/** A WebSocket client that can do what none should: send any bytes, stall, and see how the server closes. */

import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';

export type ServerMessage = Readonly<Record<string, unknown>>;

export interface Closing {
  /** 1006: the connection ended without a close frame. */
  readonly code: number;
  readonly reason: string;
}

const LIMIT_MS = 15_000;

/** A frame of a client. @param first its first byte: 0x81 for a whole text */
export function clientFrame(first: number, payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const mask = randomBytes(4);
  const long = bytes.length > 125;
  const head = Buffer.alloc(long ? 4 : 2);
  head[0] = first;
  head[1] = 0x80 | (long ? 126 : bytes.length);
  if (long) head.writeUInt16BE(bytes.length, 2);
  const masked = bytes.map((byte, index) => byte ^ (mask[index & 3] ?? 0));
  return Buffer.concat([head, mask, masked]);
}

export class WebSocketRig implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #messages: ServerMessage[] = [];
  /** Payloads of control frames, by opcode. */
  readonly #pongs: string[] = [];
  #pings = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #closing: Closing | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;
  /** False: pings are left unanswered. */
  answersPings = true;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    socket.on('data', (piece) => this.#onData(piece));
    for (const end of ['end', 'error', 'close'] as const) socket.on(end, () => this.#onOver());
    if (head.length > 0) this.#onData(head);
  }

  /** The connection, or the status of the refusal. */
  static open(
    port: number,
    headers: Readonly<Record<string, string>>,
    path = '/api/ws',
  ): Promise<WebSocketRig> {
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port,
        path,
        agent: false,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': randomBytes(16).toString('base64'),
          origin: `http://127.0.0.1:${port}`,
          ...headers,
        },
      });
      outgoing.on('upgrade', (_answer: IncomingMessage, socket: Socket, head: Buffer) =>
        resolve(new WebSocketRig(socket, head)),
      );
      outgoing.on('response', (answer) => {
        answer.resume();
        reject(new Error(`refused with ${answer.statusCode}`));
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  send(message: unknown): void {
    this.raw(clientFrame(0x81, JSON.stringify(message)));
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Messages until one is as wanted, that one included; throws when none comes in time. */
  async until(isLast: (message: ServerMessage) => boolean): Promise<readonly ServerMessage[]> {
    const seen: ServerMessage[] = [];
    for (;;) {
      for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
        seen.push(next);
        if (isLast(next)) return seen;
      }
      if (this.#isOver)
        throw new Error(`ended after ${JSON.stringify(seen.at(-1))}: ${this.#closing?.reason}`);
      await this.#more(`${seen.length} messages, the last one ${JSON.stringify(seen.at(-1))?.slice(0, 200)}`);
    }
  }

  async pong(): Promise<string> {
    while (this.#pongs.length === 0) await this.#more('no pong');
    return this.#pongs.shift() ?? '';
  }

  async pinged(): Promise<void> {
    while (this.#pings === 0) await this.#more('no ping');
  }

  /** How the server closed, when the connection has ended. */
  async closed(): Promise<Closing> {
    while (!this.#isOver) await this.#more('it is open still');
    return this.#closing ?? { code: 1006, reason: '' };
  }

  /** Reads nothing more, as a client that hangs. */
  stall(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
  }

  #more(state: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing more came: ${state}`)), LIMIT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #onData(piece: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    while (this.#takeFrame());
    this.#wake?.();
  }

  #takeFrame(): boolean {
    const bytes = this.#bytes;
    const short = (bytes[1] ?? 0) & 0x7f;
    const headBytes = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    if (bytes.length < headBytes) return false;
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < headBytes + length) return false;
    const payload = bytes.subarray(headBytes, headBytes + length);
    this.#onFrame(bytes[0] ?? 0, payload);
    this.#bytes = bytes.subarray(headBytes + length);
    return true;
  }

  #onFrame(first: number, payload: Buffer): void {
    if (first === 0x81) this.#messages.push(JSON.parse(payload.toString()) as ServerMessage);
    else if (first === 0x8a) this.#pongs.push(payload.toString());
    else if (first === 0x89) {
      this.#pings += 1;
      if (this.answersPings) this.raw(clientFrame(0x8a, payload));
    } else if (first === 0x88) {
      this.#closing = { code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
      if (this.#socket.writable) this.raw(clientFrame(0x88, payload.subarray(0, 2)));
    } else throw new Error(`a frame that begins with ${first}`);
  }

  #onOver(): void {
    this.#isOver = true;
    this.#wake?.();
  }
}
