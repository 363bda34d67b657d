/** The listener: HTTP/1.1, and with a certificate HTTP/2 as well; limits against those who only want to be in the way. */

import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorBody } from '../../../src/protocol/errors.ts';
import { failure, messageOf, type Result, success } from '../../../src/protocol/result.ts';
import type { RouteError } from '../api/problem.ts';
import { deferContinue } from '../forward/continue.ts';
import { hasBody } from '../forward/request-body.ts';
import { responseOn } from '../forward/upgrade.ts';
import { brokenBy, endBroken } from './broken-request.ts';
import type { CertificatePair } from './certificate.ts';
import { faultOf } from './fault.ts';
import type { Incoming, Outgoing } from './http-types.ts';
import { IdleConnections } from './idle-connections.ts';
import {
  CHECK_EVERY_MS,
  CLOSE_LIMIT_MS,
  HEAD_LIMIT_MS,
  KEEP_ALIVE_MS,
  MAX_CONNECTIONS,
  MAX_FIELDS,
  MAX_HEAD_BYTES,
  MAX_STREAMS,
  SESSION_IDLE_MS,
} from './limits.ts';
import { MemoryKeeper } from './memory-keeper.ts';
import { headFault, wantsWebSocket } from './request-head.ts';
import { answerWith, endWith } from './upgrade-refusal.ts';
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

/** Requests of one connection. */
interface Requests {
  underWay: number;
  onClosed: () => void;
}

/** RFC 9110 §10.1.1: the only expectation is 100-continue. */
const UNMET = errorBody('usage', 'the only expectation that is met here is 100-continue');

const UNREAD = errorBody('usage', 'a body together with an Upgrade that is not known here cannot be read');

const HTTP1: ServerOptions = {
  maxHeaderSize: MAX_HEAD_BYTES,
  headersTimeout: HEAD_LIMIT_MS,
  // Bodies have limits where they are read: an upload to a plugin may take hours.
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: CHECK_EVERY_MS,
  insecureHTTPParser: false,
  // HTTP/1.0 needs none (request-head.ts).
  requireHostHeader: false,
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
    this.#server.on('checkExpectation', (_request: Incoming, response: Outgoing) =>
      answerWith(response, { error: UNMET, status: 417, headers: { connection: 'close' } }),
    );
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
    const options = { ...HTTP1, shouldUpgradeCallback: wantsWebSocket };
    const server = createServer(options, (request, response) => this.#onRequest(request, response));
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
    const clients = new WeakMap<Http2Session, string>();
    server.on('session', (session) => {
      clients.set(session, session.socket.remoteAddress ?? 'somebody');
      session.setTimeout(SESSION_IDLE_MS, () => session.close());
    });
    server.on('sessionError', (thrown, session) =>
      this.#options.log.often(
        'broken connection',
        `${clients.get(session) ?? 'somebody'}: ${messageOf(thrown)}`,
      ),
    );
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
    try {
      const fault = headFault(request);
      if (fault === undefined) this.#options.onRequest(request, response);
      else answerWith(response, fault);
    } catch (thrown) {
      answerWith(response, this.#toldOf(thrown, request));
    }
  }

  /** No request ends the process. */
  #toldOf(thrown: unknown, { method, url }: Incoming): RouteError {
    const { told, isBug } = faultOf(thrown);
    const text = `${method} ${url?.split('?')[0]}: ${messageOf(thrown)}`;
    if (isBug) this.#options.log.error(text);
    else this.#options.log.often('web.db', text);
    return told;
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
      this.#begin(request, socket, head);
      return;
    }
    // The socket belongs to the answer of an earlier request still (RFC 9110 §7.8 has the upgrade wait for it).
    this.#options.log.often(
      'no HTTP',
      `${socket.remoteAddress ?? 'somebody'}: an upgrade amid other requests`,
    );
    socket.destroy();
  }

  #begin(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // Who leaves while we think must not end the process.
    socket.on('error', () => socket.destroy());
    try {
      const fault = headFault(request);
      if (fault !== undefined) endWith(socket, fault);
      else if (wantsWebSocket(request)) this.#options.onUpgrade(request, socket, head);
      // Where Node (before 24.9) lets go of the connection without asking, nobody reads a body, and the answer is the last.
      else if (hasBody(request)) endWith(socket, { error: UNREAD });
      else this.#onRequest(request, responseOn(socket, request));
    } catch (thrown) {
      endWith(socket, this.#toldOf(thrown, request));
    }
  }

  #onBroken(thrown: NodeJS.ErrnoException, socket: Socket): void {
    const { code } = thrown;
    const broken = brokenBy(code);
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
    endBroken(socket, broken);
  }
}

/** Of HTTP/1 over TLS it is the one below, which `connection` told of. */
function rawSocketOf(request: Incoming): Socket | undefined {
  const socket = request.socket as (Socket & { readonly _parent?: Socket }) | undefined;
  return socket?._parent ?? socket;
}
