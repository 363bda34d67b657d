/**
 * The control socket's listener: the only importer of node-ipc, and of nothing of it but its server. Its own parsers,
 * event names and unlinking are switched off: bytes come out as they came in, under one event name of our own
 * choosing, so that nothing a client sends can name an event or be held here.
 */

import { chmodSync, chownSync, existsSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
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

const IN_THE_WAY = 'something is there already';

const rawParser: RawParser = {
  profile: 'raw',
  raw: true,
  encode: (data) => data,
  read: (held) => held,
};

/** Listens on a descriptor that listens already. */
class InheritingServer extends Server {
  readonly #fd: number;

  constructor(fd: number, path: string) {
    super(path, configFor(path), () => undefined);
    this.#fd = fd;
  }

  override startServer(): void {
    const server = createServer((socket) => this.addSocket(socket));
    this.server = server;
    server.on('error', (error) => this.serverError(error));
    server.listen({ fd: this.#fd }, () => this.onStart(server));
  }
}

export class IpcServer {
  readonly #file: SocketFile;
  #mode: number;
  readonly #server: Server;
  readonly #inheritedFd: number | undefined;
  readonly #onFault: IpcHandlers['onFault'];

  /** @param inheritedFd a descriptor that listens on the file already; undefined: the file is made */
  constructor(file: SocketFile, handlers: IpcHandlers, inheritedFd?: number) {
    this.#file = file;
    this.#mode = file.mode;
    this.#inheritedFd = inheritedFd;
    this.#onFault = (thrown, socket) => handlers.onFault(thrown, socket);
    this.#server =
      inheritedFd === undefined
        ? new Server(bindPath(file.path), configFor(file.path), () => undefined)
        : new InheritingServer(inheritedFd, file.path);
    this.#server.on('connect', (socket) => this.#guard(socket, () => handlers.onConnected(socket)));
    this.#server.on('data', (data, socket) => this.#guard(socket, () => handlers.onData(socket, data)));
    this.#server.on('close', (socket) => this.#guard(socket, () => handlers.onClosed(socket)));
  }

  /** Sockets that are open now. */
  get openSockets(): number {
    return this.#server.sockets.length;
  }

  /** Permission bits that the file has. */
  get mode(): number {
    return this.#mode;
  }

  /** Failure: one line; the file's mode is as it was. */
  setMode(mode: number): Result<void, string> {
    if (mode === this.#mode) return success(undefined);
    try {
      chmodSync(this.#file.path, mode);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return failure(`the mode of ${this.#file.path} cannot be changed: ${messageOf(thrown)}`);
    }
    this.#mode = mode;
    return success(undefined);
  }

  /** Descriptor of the listening socket; undefined when there is none. */
  get descriptor(): number | undefined {
    const handle: unknown =
      this.#server.server === false ? null : Reflect.get(this.#server.server, '_handle');
    if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
    return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
  }

  /**
   * Makes the file, which must not exist, and listens. The file gets its name when it has its group and mode and is
   * listened on, so that whoever sees it can connect or may not. Failure: one line that names the path.
   */
  async listen(): Promise<Result<void, string>> {
    const tooLong = socketPathProblem(this.#file.path);
    if (tooLong !== undefined) return failure(tooLong);
    if (this.#inheritedFd === undefined) {
      if (existsSync(this.#file.path)) return failure(cannotBeMade(this.#file.path, IN_THE_WAY));
      // Left by a torud that was killed between the two names.
      rmSync(bindPath(this.#file.path), { force: true });
    }
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

  /** Takes no more connections. Those that are open stay, and so does the file when somebody else goes on listening. */
  stopListening(keepsFile: boolean): void {
    if (!keepsFile) rmSync(this.#file.path, { force: true });
    if (this.#server.server !== false) this.#server.server.close();
  }

  /** Destroys what is still connected. */
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
        const reason = errnoOf(error) === 'EADDRINUSE' ? IN_THE_WAY : error.message;
        resolve(failure(cannotBeMade(this.#file.path, reason)));
      });
    });
  }

  #giveAccess(): Result<void, string> {
    const { path, gid, mode } = this.#file;
    const made = this.#inheritedFd === undefined ? bindPath(path) : path;
    try {
      if (gid !== undefined) chownSync(made, -1, gid);
      chmodSync(made, mode);
      if (made !== path) renameSync(made, path);
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

function cannotBeMade(path: string, reason: string): string {
  return `the control socket ${path} cannot be made: ${reason}`;
}

/**
 * The name that bind(2) gets. libuv removes that name when the listener closes: it must be another one than that of
 * the file, which stays while the next version goes on listening.
 */
function bindPath(path: string): string {
  const longer = `${path}~`;
  return socketPathProblem(longer) === undefined ? longer : `${path.slice(0, -1)}~`;
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
