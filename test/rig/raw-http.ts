/** HTTP byte by byte, for what no client of good manners would send. */

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class RawHttp implements Disposable {
  readonly socket: Socket;
  /** All that came so far, as latin1. */
  text = '';
  /** Settles when the connection has ended. */
  readonly closed: Promise<void>;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#wake?.();
    });
    socket.on('error', () => socket.destroy());
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        resolve();
        this.#wake?.();
      });
    });
  }

  static async open(port: number, first = ''): Promise<RawHttp> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(first);
    return new RawHttp(socket);
  }

  /** Settles with all that came, once that fits; throws when the connection ends before. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.socket.destroyed || this.socket.readableEnded)
        throw new Error(`the connection ended with ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.text;
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
