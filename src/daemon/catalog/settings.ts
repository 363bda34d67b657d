/** Effective settings of one plugin: built-in values, then the manifest, torud.toml `[defaults]`, the drop-in. */

import type { SettingOrigin } from '../../protocol/control/plugins.ts';
import type { PluginMetadata } from '../../protocol/plugin/metadata.ts';

export interface RestartSettings {
  readonly policy: 'always' | 'on-crash' | 'never';
  /** Delay before the n-th restart in a row; the last one repeats. Never empty. */
  readonly delaysMs: readonly number[];
  /** Share of a delay that chance adds, 0 to 1. */
  readonly jitter: number;
  /** Restarts without a stable stretch before torud gives up; null: never gives up. */
  readonly limit: number | null;
  readonly stableAfterMs: number;
  /** Exit codes that are no crash. */
  readonly successCodes: readonly number[];
  /** Exit codes after which a restart is pointless. */
  readonly noRestartCodes: readonly number[];
}

export interface StartSettings {
  /** transport `none`: alive for so long means ready. */
  readonly aliveMs: number;
  /** Others: `init` must be answered within this. */
  readonly timeoutMs: number;
}

export interface StopSettings {
  /** From the stop request to SIGKILL. */
  readonly graceMs: number;
  /** What asks the program to end, `SIGTERM` unless set. */
  readonly signal: string;
}

export interface HealthSettings {
  /** 0: not polled. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Bad answers in a row before it counts as unhealthy. */
  readonly unhealthyAfter: number;
  /** Bad answers in a row before it is restarted; null: never. */
  readonly restartAfter: number | null;
}

/** null: not limited by toru. */
export interface LimitSettings {
  readonly memoryBytes: number | null;
  readonly nofile: number | null;
  readonly nproc: number | null;
  readonly coreBytes: number | null;
  readonly cpuSeconds: number | null;
  readonly fileSizeBytes: number | null;
}

export interface LogSettings {
  readonly maxSizeBytes: number;
  /** 0: not by age. */
  readonly maxAgeMs: number;
  /** Rotated files that are kept. */
  readonly keep: number;
  readonly compress: boolean;
  readonly maxLineBytes: number;
}

export interface KvSettings {
  readonly maxKeys: number;
  readonly maxBytes: number;
}

export interface EffectiveSettings {
  readonly restart: RestartSettings;
  readonly start: StartSettings;
  readonly stop: StopSettings;
  readonly health: HealthSettings;
  readonly limits: LimitSettings;
  readonly log: LogSettings;
  readonly kv: KvSettings;
  readonly environment: Readonly<Record<string, string>>;
  /** Handed to the plugin in `init` and `reload`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** User and group by name or number; null: torud's own. */
  readonly user: string | null;
  readonly group: string | null;
  readonly umask: number;
  readonly nice: number;
  readonly noNewPrivileges: boolean;
  /** Groups that it says itself to be in, without the `@`; torud.toml `[groups]` may name it for more. */
  readonly groups: readonly string[];
}

/** One entry of `api.dependencies`. */
export interface Dependency {
  /** Id of the plugin that is needed. */
  readonly plugin: string;
  /** semver range; `*` takes every version. */
  readonly range: string;
  /** False: it only decides the order, and does without. */
  readonly required: boolean;
}

/** A plugin that torud takes. */
export interface CatalogEntry {
  readonly id: string;
  /** The entry in the plugin folder: a folder, or the program itself. */
  readonly path: string;
  /** The folder that a relative program and `bundle` lie in. */
  readonly folder: string;
  readonly metadata: PluginMetadata;
  /** argv with an absolute, checked program. */
  readonly command: readonly string[];
  /** SHA-256 over the metadata document and the program, hexadecimal. */
  readonly digest: string;
  /** `api.dependencies` of the metadata, checked, in its order. */
  readonly dependencies: readonly Dependency[];
  readonly settings: EffectiveSettings;
  readonly origins: readonly SettingOrigin[];
}
