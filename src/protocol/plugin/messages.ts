/** Payloads of the plugin protocol that this version speaks (PROTOCOL.md, the table of types). */

import type { Health } from '../plugin-state.ts';

export interface InitRequest {
  readonly action: 'init';
  readonly protocol: number;
  readonly instance_id: string;
  readonly plugin_id: string;
  readonly run_id: number;
  readonly socket_path: string;
  readonly log_path: string;
  readonly data_dir: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** True when torud was started again and takes over a plugin that already runs: it must not start anew. */
  readonly adopted: boolean;
}

export interface InitAnswer {
  readonly ready: true;
  readonly protocol: number;
}

export interface ShutdownRequest {
  readonly action: 'shutdown';
  readonly reason: string;
  /** Milliseconds until SIGKILL. */
  readonly grace_ms: number;
}

export interface ReloadRequest {
  readonly action: 'reload';
  readonly config: Readonly<Record<string, unknown>>;
}

export interface HealthAnswer {
  readonly status: Exclude<Health, 'unknown'>;
  readonly detail?: string;
}

/** KV limits (PROTOCOL.md): bytes of UTF-8. */
export const MAX_KV_KEY_BYTES = 512;
export const MAX_KV_VALUE_BYTES = 1024 * 1024;

export type KvRequest =
  | { readonly op: 'get'; readonly key: string }
  | {
      readonly op: 'set';
      readonly key: string;
      readonly value: string;
      /** Milliseconds until the key is gone; absent means it stays. */
      readonly ttl_ms?: number;
      /** Set only if the stored version is this one; 0 means "only if absent". */
      readonly if_version?: number;
    }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'list'; readonly prefix?: string; readonly limit?: number };
