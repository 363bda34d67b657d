/** The listener: HTTP/1.1, and with a certificate HTTP/2 as well; limits against those who only want to be in the way. */

import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ErrorBody, errorBody } from '../../../src/protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';
import { PROBLEM_TYPE, problemDocument } from '../api/problem.ts';
import { deferContinue } from '../forward/continue.ts';
import { notePassed } from '../forward/passing-buffers.ts';
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
import { MemoryKeeper } from './memory-keeper.ts';
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

interface Broken {
  readonly status: number;
  readonly phrase: string;
  readonly error: ErrorBody;
}

/** Requests of one connection. */
interface Requests {
  underWay: number;
  onClosed: () => void;
}

/** Answers to what is no HTTP, by Node's codes for it. */
const BROKEN_REQUESTS: Readonly<Record<string, Broken>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    phrase: 'Request Header Fields Too Large',
    error: errorBody('too_large', `the head of the request is longer than ${MAX_HEAD_BYTES} bytes`),
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    phrase: 'Request Timeout',
    error: errorBody('timeout', `the head of the request did not come within ${HEAD_LIMIT_MS / 1000} s`),
  },
};
const NO_HTTP: Broken = {
  status: 400,
  phrase: 'Bad Request',
  error: errorBody('usage', 'this is no request as HTTP/1.1 has it'),
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
  readonly #memory = new MemoryKeeper();
  readonly #sockets = new Set<Socket>();
  /** Of HTTP/1, by the socket that requests come on. */
  readonly #requests = new WeakMap<Duplex, Requests>();

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
    this.#memory.close();
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
    this.#memory.note();
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
    let requests = this.#requests.get(socket);
    if (requests === undefined) {
      const made: Requests = { underWay: 0, onClosed: () => undefined };
      made.onClosed = () => {
        made.underWay -= 1;
        if (made.underWay === 0) this.#idle.add(raw);
      };
      this.#requests.set(socket, made);
      requests = made;
    }
    requests.underWay += 1;
    // Emitted once; the same listener for all requests of a connection.
    response.on('close', requests.onClosed);
  }

  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.#idle.remove(rawSocketOf(request) ?? socket);
    if ((this.#requests.get(socket)?.underWay ?? 0) === 0) {
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
    const broken = BROKEN_REQUESTS[code ?? ''] ?? NO_HTTP;
    // Who leaves in the middle is no news.
    if (code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    // A kind a status: a flood of one does not hide the others.
    this.#options.log.often(
      `no HTTP (${broken.status})`,
      `${socket.remoteAddress ?? 'somebody'}: ${messageOf(thrown)}`,
    );
    socket.end(answerTo(broken));
    throwAway(socket);
  }
}

function answerTo({ status, phrase, error }: Broken): string {
  const body = JSON.stringify(problemDocument(error, status));
  return [
    `HTTP/1.1 ${status} ${phrase}`,
    'Connection: close',
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** What still comes is read and forgotten for a moment: a close over unread bytes would cost the client our answer (RFC 9112 §9.6). */
function throwAway(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => notePassed(chunk.length));
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}

/** Of HTTP/1 over TLS it is the one below, which `connection` told of. */
function rawSocketOf(request: Incoming): Socket | undefined {
  const socket = request.socket as (Socket & { readonly _parent?: Socket }) | undefined;
  return socket?._parent ?? socket;
}
