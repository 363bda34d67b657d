/**
 * The control socket's listener: the only importer of node-ipc, and of nothing of it but its server. Its own parsers,
 * event names and unlinking are switched off: bytes come out as they came in, under one event name of our own
 * choosing, so that nothing a client sends can name an event or be held here.
 */

import { chmodSync, chownSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import {
  type RawParser,
  Server,
  type ServerConfig,
} from '../../../node_modules/node-ipc/dao/socketServer.js';
import { MAX_SOCKET_PATH_BYTES } from '../../protocol/paths.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';

export interface IpcHandlers {
  onConnected(socket: Socket): void;
  onData(socket: Socket, data: Buffer): void;
  onClosed(socket: Socket): void;
  /** A handler threw, which is a bug, or the listener failed. Must not throw. */
  onFault(thrown: unknown, socket?: Socket): void;
}

export interface SocketFile {
  readonly path: string;
  /** Permission bits, 0o660 for one. */
  readonly mode: number;
  /** Group that the file is given to; undefined leaves torud's own. */
  readonly gid?: number | undefined;
}

/** Counting connections is the control server's task: Node drops those over its own limit in silence. */
const NO_LIMIT = 1_000_000;

const rawParser: RawParser = {
  profile: 'raw',
  raw: true,
  encode: (data) => data,
  read: (held) => held,
};

export class IpcServer {
  readonly #file: SocketFile;
  readonly #server: Server;
  readonly #onFault: IpcHandlers['onFault'];

  constructor(file: SocketFile, handlers: IpcHandlers) {
    this.#file = file;
    this.#onFault = (thrown, socket) => handlers.onFault(thrown, socket);
    this.#server = new Server(file.path, configFor(file.path), () => undefined);
    this.#server.on('connect', (socket) => this.#guard(socket, () => handlers.onConnected(socket)));
    this.#server.on('data', (data, socket) => this.#guard(socket, () => handlers.onData(socket, data)));
    this.#server.on('close', (socket) => this.#guard(socket, () => handlers.onClosed(socket)));
  }

  /** Sockets that are open now. */
  get openSockets(): number {
    return this.#server.sockets.length;
  }

  /**
   * Binds the path, which must not exist, and listens. Nobody but torud's own uid can connect before the file has its
   * group and mode. Failure: one line that names the path.
   */
  async listen(): Promise<Result<void, string>> {
    const tooLong = socketPathProblem(this.#file.path);
    if (tooLong !== undefined) return failure(tooLong);
    const mask = process.umask(0o177);
    const listening = this.#started();
    try {
      this.#server.start();
    } finally {
      process.umask(mask);
    }
    const started = await listening;
    return started.ok ? this.#giveAccess() : started;
  }

  /** Takes no more connections and removes the socket file. Those that are open stay. */
  stopListening(): void {
    if (this.#server.server !== false) this.#server.server.close();
  }

  /** Stops listening, removes the socket file and destroys what is still connected. */
  close(): void {
    this.#server.stop();
  }

  #started(): Promise<Result<void, string>> {
    return new Promise((resolve) => {
      let hasStarted = false;
      this.#server.on('start', () => {
        hasStarted = true;
        resolve(success(undefined));
      });
      // Errors of sockets come here as well; those are followed by `close`, which is all that matters of them.
      this.#server.on('error', (error) => {
        if (hasStarted) return;
        const reason = errnoOf(error) === 'EADDRINUSE' ? 'something is there already' : error.message;
        resolve(failure(`the control socket ${this.#file.path} cannot be made: ${reason}`));
      });
    });
  }

  #giveAccess(): Result<void, string> {
    const { path, gid, mode } = this.#file;
    try {
      if (gid !== undefined) chownSync(path, -1, gid);
      chmodSync(path, mode);
      return success(undefined);
    } catch (thrown) {
      this.close();
      return failure(`the control socket ${path} cannot be given its owner: ${messageOf(thrown)}`);
    }
  }

  #guard(socket: Socket, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#onFault(thrown, socket);
      socket.destroy();
    }
  }
}

/** What is wrong with a path for a Unix socket, as one line; undefined when nothing is. */
export function socketPathProblem(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return undefined;
  return `the control socket's path is ${bytes} bytes long and the kernel allows ${MAX_SOCKET_PATH_BYTES}: ${path}`;
}

function configFor(path: string): ServerConfig {
  return {
    parser: rawParser,
    unlink: false,
    maxConnections: NO_LIMIT,
    // node-ipc makes this folder if it is missing; ours is there already.
    socketRoot: dirname(path),
    secureSocketRoot: false,
    readableAll: false,
    writableAll: false,
    identifyPeer: false,
    logPayloads: false,
    tls: false,
  };
}
