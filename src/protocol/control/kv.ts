/** A plugin's key-value store, seen from the control socket. */

export interface KvKeyParams {
  readonly plugin: string;
  readonly key: string;
}

/** `value` null and `version` 0: there is no such key. */
export interface KvGetResult {
  readonly value: string | null;
  readonly version: number;
}

export interface KvSetParams extends KvKeyParams {
  readonly value: string;
  readonly ttlMs?: number;
  readonly ifVersion?: number;
  /** Nothing is stored: the answer is the version that it would have. */
  readonly dryRun?: boolean;
}

export interface KvSetResult {
  readonly version: number;
}

export interface KvDeleteParams extends KvKeyParams {
  readonly dryRun?: boolean;
}

export interface KvDeleteResult {
  readonly deleted: boolean;
}

export interface KvListParams {
  readonly plugin: string;
  readonly prefix?: string;
}

export interface KvEntry {
  readonly key: string;
  readonly version: number;
  readonly valueBytes: number;
  /** RFC 3339, null when it stays. */
  readonly expiresAt: string | null;
}

export interface KvListResult {
  readonly entries: readonly KvEntry[];
}
