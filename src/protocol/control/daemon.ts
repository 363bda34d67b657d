/** The daemon itself. */

import type { Paths } from '../paths.ts';

export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  /** RFC 3339 UTC, microseconds. */
  readonly since: string;
  /** UUID v4, made once for this state folder. */
  readonly instanceId: string;
  readonly protocol: { readonly control: number; readonly plugin: number };
  readonly plugins: { readonly total: number; readonly running: number; readonly failed: number };
  readonly paths: Paths;
  /** Resident memory of torud. */
  readonly memoryBytes: number;
  /** What a person should know: a full disk, a set-aside database, no peer credentials, … */
  readonly problems: readonly string[];
}

export interface DaemonStopParams {
  /** Leave the plugins running; the next torud takes them over. */
  readonly keepPlugins?: boolean;
}

export interface DaemonReloadResult {
  /** Plugins whose effective settings changed; running ones take them at their next start. */
  readonly changed: readonly string[];
}

export interface DaemonUpgradeResult {
  /** Version that gives this answer, and ends with it. */
  readonly from: string;
  /** Version that takes its place. */
  readonly to: string;
  /** `since` of the torud that ends: one with another `since` is the new one. */
  readonly since: string;
}
