/** The listener: HTTP/1.1, and with a certificate HTTP/2 as well; limits against those who only want to be in the way. */

import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';
import { deferContinue } from '../forward/continue.ts';
import type { CertificatePair } from './certificate.ts';
import type { Incoming, Outgoing } from './http-types.ts';
import { IdleConnections } from './idle-connections.ts';
import {
  CHECK_EVERY_MS,
  CLOSE_LIMIT_MS,
  HEAD_LIMIT_MS,
  KEEP_ALIVE_MS,
  LINGER_MS,
  MAX_CONNECTIONS,
  MAX_FIELDS,
  MAX_HEAD_BYTES,
  MAX_STREAMS,
  SESSION_IDLE_MS,
} from './limits.ts';
import type { WebLog } from './web-log.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly certificate: CertificatePair | undefined;
  readonly log: WebLog;
  onRequest(request: Incoming, response: Outgoing): void;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface Bound {
  readonly host: string;
  readonly port: number;
}

/** Answers to what is no HTTP, by Node's codes for it; any other gets 400. */
const BROKEN_REQUESTS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

const HTTP1: ServerOptions = {
  maxHeaderSize: MAX_HEAD_BYTES,
  headersTimeout: HEAD_LIMIT_MS,
  // Bodies have limits where they are read: an upload to a plugin may take hours.
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: CHECK_EVERY_MS,
  insecureHTTPParser: false,
  requireHostHeader: true,
};

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server | Http2SecureServer;
  readonly #idle = new IdleConnections();
  readonly #sockets = new Set<Socket>();
  /** Requests of HTTP/1 under way, by the socket that they came on. */
  readonly #requests = new WeakMap<Duplex, number>();

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = options.certificate === undefined ? this.#plain() : this.#secure(options.certificate);
    this.#server.maxConnections = MAX_CONNECTIONS;
    deferContinue(this.#server);
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    this.#server.on('clientError', (thrown: NodeJS.ErrnoException, socket: Socket) =>
      this.#onBroken(thrown, socket),
    );
  }

  /** The failure: one line. */
  listen(): Promise<Result<Bound, string>> {
    const { host, port } = this.#options;
    return new Promise((resolve) => {
      const onError = (thrown: Error): void =>
        resolve(failure(`cannot listen on ${host}:${port}: ${messageOf(thrown)}`));
      this.#server.once('error', onError);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.removeListener('error', onError);
        this.#server.on('error', (thrown) => this.#options.log.error(`server: ${messageOf(thrown)}`));
        const { address, port: bound } = this.#server.address() as AddressInfo;
        resolve(success({ host: address, port: bound }));
      });
    });
  }

  /** New connections get the new certificate. The failure: why it cannot be one. */
  setCertificate({ certificate, key }: CertificatePair): Result<void, string> {
    try {
      if ('setSecureContext' in this.#server) this.#server.setSecureContext({ cert: certificate, key });
      return success(undefined);
    } catch (thrown) {
      return failure(messageOf(thrown));
    }
  }

  /** Takes no more connections; requests under way get a moment to end. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#idle.closeAll();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, CLOSE_LIMIT_MS);
    await closed;
    clearTimeout(timer);
  }

  #plain(): Server {
    const server = createServer(HTTP1, (request, response) => this.#onRequest(request, response));
    server.maxHeadersCount = MAX_FIELDS;
    server.on('connection', (socket) => this.#onConnection(socket));
    return server;
  }

  #secure({ certificate, key }: CertificatePair): Http2SecureServer {
    const server = createSecureServer({
      ...HTTP1,
      allowHTTP1: true,
      cert: certificate,
      key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HEAD_LIMIT_MS,
      maxHeaderListPairs: MAX_FIELDS,
      maxSessionMemory: 4,
      settings: { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEAD_BYTES, enablePush: false },
    });
    server.on('request', (request, response) => this.#onRequest(request, response));
    // Also while the handshake goes on, which may never end.
    server.on('connection', (socket: Socket) => this.#onConnection(socket));
    server.on('secureConnection', (socket) => void socket.remoteAddress);
    server.on('session', (session) => session.setTimeout(SESSION_IDLE_MS, () => session.close()));
    server.on('sessionError', (thrown) => this.#options.log.often('broken connection', messageOf(thrown)));
    server.on('tlsClientError', (thrown, socket) =>
      this.#options.log.often(
        'TLS handshake failed',
        `${socket.remoteAddress ?? 'somebody'}: ${messageOf(thrown)}`,
      ),
    );
    return server;
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    this.#idle.add(socket);
    // Node keeps what it was once asked for: the log has to know who it was also when the client has left.
    void socket.remoteAddress;
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#idle.remove(socket);
    });
  }

  #onRequest(request: Incoming, response: Outgoing): void {
    const socket = rawSocketOf(request);
    if (socket !== undefined) {
      this.#idle.remove(socket);
      // Streams of HTTP/2 share a connection, which its own limits watch over.
      if (request.httpVersionMajor === 1) this.#count(request.socket, socket, response);
    }
    this.#options.onRequest(request, response);
  }

  #count(socket: Duplex, raw: Socket, response: Outgoing): void {
    this.#requests.set(socket, (this.#requests.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (this.#requests.get(socket) ?? 1) - 1;
      this.#requests.set(socket, left);
      if (left === 0) this.#idle.add(raw);
    });
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#idle.remove(rawSocketOf(request) ?? socket);
    if ((this.#requests.get(socket) ?? 0) === 0) {
      this.#options.onUpgrade(request, socket, head);
      return;
    }
    // The socket belongs to the answer of an earlier request still (RFC 9110 §7.8 has the upgrade wait for it).
    this.#options.log.often(
      'no HTTP',
      `${socket.remoteAddress ?? 'somebody'}: an upgrade amid other requests`,
    );
    socket.destroy();
  }

  #onBroken(thrown: NodeJS.ErrnoException, socket: Socket): void {
    const { code } = thrown;
    const status = BROKEN_REQUESTS[code ?? ''] ?? '400 Bad Request';
    // Who leaves in the middle is no news.
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#options.log.often(
      'no HTTP',
      `${socket.remoteAddress ?? 'somebody'}: ${status}: ${messageOf(thrown)}`,
    );
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    throwAway(socket);
  }
}

/** What still comes is read and forgotten for a moment: a close over unread bytes would cost the client our answer (RFC 9112 §9.6). */
function throwAway(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.removeAllListeners('data');
  socket.on('data', () => undefined);
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}

/** Of HTTP/1 over TLS it is the one below, which `connection` told of. */
function rawSocketOf(request: Incoming): Socket | undefined {
  const socket = request.socket as (Socket & { readonly _parent?: Socket }) | undefined;
  return socket?._parent ?? socket;
}
