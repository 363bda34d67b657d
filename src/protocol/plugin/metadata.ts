/** What a plugin says of itself (plugin.json, or `PROGRAM --metadata`): PROTOCOL.md, "Finding out what it is". */

import type { Runtime } from '../plugin-state.ts';

/** A plugin's id: what every verb names it by. */
export const PLUGIN_ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Ids that are words of the HTTP module's paths: `/api/plugins/reload/ID`, `/api/plugins/route/ROUTE`. torud takes them. */
export const HTTP_WORDS: ReadonlySet<string> = new Set(['reload', 'route']);

/** How torud and the plugin exchange messages; `none` is an ordinary program that is only supervised. */
export type Transport = 'socket' | 'stdio' | 'none';

/** Time that `PROGRAM --metadata` may take, in milliseconds. */
export const METADATA_TIMEOUT_MS = 5_000;
/** Longest metadata document, in bytes. */
export const MAX_METADATA_BYTES = 64 * 1024;

export interface PluginMetadata {
  readonly id: string;
  readonly name: string;
  /** semver. */
  readonly version: string;
  readonly description: string;
  readonly author?: string;
  readonly icon?: string;
  readonly homepage?: string;
  readonly licence?: string;
  /** Highest plugin protocol version that it speaks. */
  readonly protocol: number;
  readonly runtime: Runtime;
  /** argv; a relative first word lies inside the plugin's folder. */
  readonly command: readonly string[];
  readonly transport: Transport;
  readonly route?: string;
  readonly bundle?: string;
  readonly http_socket: boolean;
  readonly api?: Readonly<Record<string, unknown>>;
  readonly hooks?: unknown;
  readonly permissions?: unknown;
}
