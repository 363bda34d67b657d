/**
 * What the rest of the web plugin knows of forwarding: which plugin a path belongs to, and handing a request over to it.
 *
 *   browser ──HTTP──▶ server ── match(path) ──▶ forwardTo ──┬─ `http` messages ──▶ TORU_SOCKET of the plugin
 *                                                           └─ plain HTTP ───────▶ TORU_HTTP_SOCKET of the plugin
 *
 * Who may send a request at all (login, role, CSRF, origin of a WebSocket) is decided before.
 */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Role } from '../../../src/protocol/control/envelope.ts';
import type { WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { ErrorCode } from '../../../src/protocol/errors.ts';

export type ForwardRequest = IncomingMessage | Http2ServerRequest;

/** What is used of a ServerResponse, of HTTP/1 or HTTP/2. */
export interface ForwardResponse extends NodeJS.EventEmitter {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  /** HTTP/1 alone. */
  readonly socket: { readonly writableLength: number } | null;
  readonly req?: ForwardRequest;
  readonly stream?: {
    readonly destroyed: boolean;
    readonly aborted: boolean;
    readonly writableLength: number;
  };
  readonly destroyed?: boolean;
  writeHead(status: number, headers: OutgoingHttpHeaders): unknown;
  write(chunk: string | Uint8Array): boolean;
  end(chunk?: string | Uint8Array, encoding?: BufferEncoding): unknown;
  addTrailers(trailers: OutgoingHttpHeaders): void;
  writeContinue(): void;
  flushHeaders?(): void;
  destroy(): unknown;
}

/** A plugin that takes a request now. */
export interface ForwardTarget {
  readonly id: string;
  /** The run that answers; requests of an older run never meet the sockets of a newer one. */
  readonly runId: number;
  /** Listens for the plugin protocol; null: it takes plain HTTP alone. */
  readonly socket: string | null;
  /** Listens for plain HTTP; wins over `socket`, because it streams. null: it takes messages alone. */
  readonly httpSocket: string | null;
  /** Path and query as the plugin gets them; the path begins with its route, if it has one. */
  readonly path: string;
  /** What stands in the address that the browser sees in place of the plugin's route: `/p/hello`. No slash at its end. */
  readonly prefix: string;
}

/** Which plugin a path belongs to, or why nobody takes it. */
export type ForwardMatch =
  | { readonly kind: 'target'; readonly target: ForwardTarget }
  /** The path is none that any plugin may have: a dot segment in any encoding, a control character, bad percent-encoding. */
  | { readonly kind: 'bad-path' }
  /** No plugin has it, or it is disabled, or takes no HTTP: 404, and nothing says which of them. */
  | { readonly kind: 'none' }
  /** The plugin is enabled and does not run now: 503 with Retry-After. */
  | { readonly kind: 'away'; readonly id: string; readonly retryAfterSeconds: number };

/** The signed-in user; becomes signed headers (src/protocol/plugin/forwarded-user.ts). */
export interface ForwardUser {
  readonly name: string;
  readonly role: Role;
}

/** Who asks, as the server knows it after its list of trusted proxies. */
export interface ForwardRemote {
  /** Address of the peer of the connection. */
  readonly address: string;
  /** What trusted proxies said before it, the client first; empty without such a proxy. */
  readonly chain: readonly string[];
  readonly protocol: 'http' | 'https';
  /** Host and port that the client asked for. */
  readonly host: string;
}

export interface ForwardContext {
  readonly user: ForwardUser | undefined;
  readonly remote: ForwardRemote;
  /** True when the Authorization field is toru's own (an API token): the plugin does not get it. */
  readonly hidesAuthorization: boolean;
}

/** How it went, for the access log. The response is finished, or destroyed, when this is known. */
export interface ForwardOutcome {
  /** What the client was told; 0: the client left before it was told anything. 101: the connection was upgraded. */
  readonly status: number;
  /** Why it did not go well, for the log; undefined when the plugin's answer went out whole. */
  readonly fault?: string;
}

export interface ForwardOptions {
  /** Cookies of toru itself: no plugin gets them, and none can set them. */
  readonly hiddenCookies: readonly string[];
  /** The key that the signed headers of one plugin are made with; undefined: no user is named to it. Never rejects. */
  readonly keyOf: (pluginId: string) => Promise<Uint8Array | undefined>;
  /** The plugin was removed, its store with it perhaps: the key has to be handed over again before it is used. */
  readonly forgetKey?: (pluginId: string) => void;
  readonly limits?: Partial<ForwardLimits>;
}

export interface ForwardLimits {
  /** From the request to the head of the answer, in milliseconds: then 504. */
  readonly answerMs: number;
  /** Between two pieces of a body by messages, in milliseconds, while the reader is ready. */
  readonly pieceMs: number;
  /** Requests that one plugin answers at once; one more gets 503. */
  readonly maxRequests: number;
  /** Bytes of bodies held for all requests together: inline requests, and answers that slow clients have not read. */
  readonly maxHeldBytes: number;
  /** Head of a plugin's plain HTTP answer, in bytes: then 502. */
  readonly maxHeadBytes: number;
}

export interface Forwarding {
  /** Items of `plugin.watch`, all plugins selected. While torud is away the last state counts. */
  apply(item: WatchItem): void;
  /** `/api/plugins/:id/*`: `rest` is what follows the id, query included; empty or beginning with `/` or `?`. */
  matchId(id: string, rest: string): ForwardMatch;
  /** `/p/<route>/*` (base `/p`) and `/api/plugins/route/*path` (base `/api/plugins/route`): `rest` is what follows the base. */
  matchRoute(base: string, rest: string): ForwardMatch;
  /** Answers the request whatever happens; never rejects. */
  forwardTo(
    target: ForwardTarget,
    request: ForwardRequest,
    response: ForwardResponse,
    context: ForwardContext,
  ): Promise<ForwardOutcome>;
  /** The event `upgrade` of a server: connects the client's socket with the plugin's, or answers and ends it. Never rejects. */
  upgradeTo(
    target: ForwardTarget,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    context: ForwardContext,
  ): Promise<ForwardOutcome>;
  /** Answers what `match…` said instead of a target. */
  refuse(match: Exclude<ForwardMatch, { kind: 'target' }>, response: ForwardResponse): ForwardOutcome;
  /** Ends all connections to plugins; what is under way is cut. */
  close(): Promise<void>;
}

/** One refusal as problem+json (RFC 9457) says it. */
export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}
