/** What a plugin author hands to `definePlugin`. */

import type { HealthAnswer } from '../../src/protocol/plugin/messages.ts';
import type { PluginMetadata } from '../../src/protocol/plugin/metadata.ts';
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
}

export interface HttpRequest {
  readonly method: string;
  /** Begins with the plugin's route. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpAnswer {
  /** 200 unless set. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** At most 1 MiB; bytes travel as base64. */
  readonly body?: string | Uint8Array;
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
  /** Without it the plugin is healthy as long as it answers. */
  readonly health?: (context: PluginContext) => Awaitable<HealthAnswer>;
  /** The settings changed; `context.config` holds the new ones. Without it torud restarts the plugin. */
  readonly reload?: (context: PluginContext) => Awaitable<void>;
  /** Called once, for the message `shutdown` and for SIGTERM alike; then the process ends. */
  readonly shutdown?: (reason: ShutdownReason, context: PluginContext) => Awaitable<void>;
  /** Limit for one answer of the store, in milliseconds: 10,000 unless set. */
  readonly kvTimeoutMs?: number;
}
