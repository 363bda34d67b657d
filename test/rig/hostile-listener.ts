/** A plugin's socket behind which anything may be: what it says is up to the test. */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class HostileListener implements AsyncDisposable {
  readonly socketPath: string;
  readonly #folder: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(folder: string, onText: (text: string, socket: Socket) => void) {
    this.#folder = folder;
    this.socketPath = join(folder, 'hostile.sock');
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => onText(chunk.toString('latin1'), socket));
    });
  }

  /** @param onText called with what the plugin was sent */
  static async open(onText: (text: string, socket: Socket) => void): Promise<HostileListener> {
    const listener = new HostileListener(await mkdtemp(join(tmpdir(), 'toru-hostile-')), onText);
    listener.#server.listen(listener.socketPath);
    await once(listener.#server, 'listening');
    return listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
