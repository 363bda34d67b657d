/** The part of node-ipc 14.0.0 that ipc-server.ts uses. The package brings no types. */
declare module '*/node-ipc/dao/socketServer.js' {
  import type { Server as NetServer, Socket } from 'node:net';

  export interface RawParser {
    readonly profile: string;
    /** True: bytes are handed on as they come, under the one event name `data`. */
    readonly raw: true;
    encode(data: string | Buffer): string | Buffer;
    read(held: string, data: Buffer, receive: (message: Buffer) => void): string;
  }

  export interface ServerConfig {
    readonly parser: RawParser;
    readonly unlink: boolean;
    readonly maxConnections: number;
    readonly socketRoot: string;
    readonly secureSocketRoot: boolean;
    readonly readableAll: boolean;
    readonly writableAll: boolean;
    readonly identifyPeer: boolean;
    readonly logPayloads: boolean;
    readonly tls: false;
  }

  export class Server {
    constructor(path: string, config: ServerConfig, log: (...words: unknown[]) => void);
    readonly sockets: readonly Socket[];
    server: NetServer | false;
    on(type: 'connect' | 'close', listener: (socket: Socket) => void): this;
    on(type: 'data', listener: (data: Buffer, socket: Socket) => void): this;
    on(type: 'error', listener: (error: Error) => void): this;
    on(type: 'start', listener: () => void): this;
    start(): void;
    stop(): void;
    /** Called by start(); makes `server` and listens. */
    startServer(): void;
    addSocket(socket: Socket): void;
    serverError(error: Error): void;
    onStart(server: NetServer): void;
  }
}
