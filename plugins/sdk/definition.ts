/** What a plugin author hands to `definePlugin`. */

import type { Server as HttpServer } from 'node:http';
import type { HttpFields } from '../../src/protocol/plugin/http.ts';
import type { HealthAnswer } from '../../src/protocol/plugin/messages.ts';
import type { PluginMetadata } from '../../src/protocol/plugin/metadata.ts';
import type { ForwardedUser, UserRequest } from './forwarded-user.ts';
import type { KvClient } from './kv-client.ts';
import type { Log } from './log.ts';

/** id, name and version must be there; the rest has the protocol's defaults. Other fields are passed on as they are. */
export type Metadata = Pick<PluginMetadata, 'id' | 'name' | 'version'> &
  Partial<PluginMetadata> &
  Readonly<Record<string, unknown>>;

export type Config = Readonly<Record<string, unknown>>;

/** What every handler gets beside its request. */
export interface PluginContext {
  /** Known from the environment; empty when torud did not start the process. */
  readonly pluginId: string;
  /** This life of the plugin: the same number after torud was restarted. 0 before `init`. */
  readonly runId: number;
  readonly instanceId: string;
  /** The plugin's own folder, which is its working directory too. */
  readonly dataDir: string;
  /** From `init`, and after a `reload` the new one. */
  readonly config: Config;
  readonly kv: KvClient;
  readonly log: Log;
  /** Who is signed in at the web plugin and sent this request; undefined: nobody, or nobody that can be believed. */
  readonly userOf: (request: UserRequest) => Promise<ForwardedUser | undefined>;
}

export interface HttpRequest {
  readonly method: string;
  /** Begins with the plugin's route. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query as they came, percent-encoded. */
  readonly target: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 1 MiB; empty when the body is streamed. */
  readonly body: Buffer;
  /** The body is larger, and comes by `stream`; only where the definition says `httpStreams`. */
  readonly isStreamed: boolean;
  /** The body, however it came, to be read once. Throws when who sent it leaves before its end. */
  readonly stream: AsyncIterable<Buffer>;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  /** 200 unless set. */
  readonly status?: number;
  /** A list: the field stands there several times (`set-cookie`). */
  readonly headers?: HttpFields;
  /** Of any length. An iterable is sent as it comes and as fast as it is read: chunks of a file, or events. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

export interface ShutdownReason {
  readonly reason: string;
  /** Milliseconds until SIGKILL; null when nobody said (a signal). */
  readonly graceMs: number | null;
}

type Awaitable<Value> = Value | Promise<Value>;

/** What a handler throws becomes the error `internal` of that one request, and a line in the log. */
export interface PluginDefinition {
  readonly metadata: Metadata;
  /** Called once a run, before anything else; the plugin is ready when it returns. */
  readonly init?: (context: PluginContext) => Awaitable<void>;
  /** torud was restarted and has taken the plugin over: nothing may be started anew. Mostly not needed. */
  readonly adopted?: (context: PluginContext) => Awaitable<void>;
  readonly http?: (request: HttpRequest, context: PluginContext) => Awaitable<HttpAnswer>;
  /** True: `http` takes bodies over 1 MiB, by `request.stream`. Else they are refused. */
  readonly httpStreams?: boolean;
  /**
   * A server for plain HTTP (`createServer` of node:http); it is made to listen on TORU_HTTP_SOCKET before the plugin is
   * ready. For WebSockets, for much streaming, or for a framework. The metadata must say `http_socket: true`.
   */
  readonly httpServer?: (context: PluginContext) => Awaitable<HttpServer>;
  /** Without it the plugin is healthy as long as it answers. */
  readonly health?: (context: PluginContext) => Awaitable<HealthAnswer>;
  /** The settings changed; `context.config` holds the new ones. Without it torud restarts the plugin. */
  readonly reload?: (context: PluginContext) => Awaitable<void>;
  /** Called once, for the message `shutdown` and for SIGTERM alike; then the process ends. */
  readonly shutdown?: (reason: ShutdownReason, context: PluginContext) => Awaitable<void>;
  /** Limit for one answer of the store, in milliseconds: 10,000 unless set. */
  readonly kvTimeoutMs?: number;
}
