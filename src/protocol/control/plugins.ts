/** Plugins as the control protocol shows them. Key names are those of the CLI's JSON (CLI.md, "JSON shapes"). */

import type { ErrorBody } from '../errors.ts';
import type { Health, PluginStateName, Runtime, Wanted } from '../plugin-state.ts';
import type { CrashSummary } from './crashes.ts';
import type { DependencyStatus } from './dependencies.ts';
import type { PlanStep } from './plan.ts';

/** Who caused something. `uid`, `gid` and `pid` are what the kernel said of the caller's socket. */
export interface Actor {
  readonly kind: 'user' | 'daemon' | 'plugin' | 'boot';
  readonly uid?: number;
  readonly gid?: number;
  readonly pid?: number;
  /** User name for `user`, plugin id for `plugin`. */
  readonly name?: string;
  /** Whom the client says to have asked for: a person who has no account on the machine. Only with `user`. */
  readonly onBehalfOf?: string;
  /** Program that asked for that person, by its hello, without the version. */
  readonly via?: string;
}

/** How the last run ended. `code` and `signal` are both null when nobody could know. */
export interface LastExit {
  readonly runId: number;
  /** RFC 3339 UTC, microseconds. */
  readonly at: string;
  readonly code: number | null;
  /** `SIGSEGV`, … */
  readonly signal: string | null;
}

/** Where a plugin takes HTTP requests: as its metadata says, and where torud has it listen. */
export interface PluginHttp {
  /** Path prefix of the requests that it wants; null: it is asked by its id alone. */
  readonly route: string | null;
  /** Listens for the plugin protocol, thus for `http` messages; null: it has no socket of its own. */
  readonly socket: string | null;
  /** Listens for plain HTTP; null: it serves none. */
  readonly httpSocket: string | null;
}

/** One plugin, whole. Times are RFC 3339 UTC with microseconds. */
export interface PluginStatus {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly runtime: Runtime;
  readonly state: PluginStateName;
  readonly enabled: boolean;
  readonly wanted: Wanted;
  readonly health: Health;
  readonly healthDetail?: string;
  readonly pid: number | null;
  readonly runId: number | null;
  /** When the state was entered. */
  readonly since: string;
  /** Age of the process, null without one. */
  readonly uptimeMs: number | null;
  /** Restarts after a crash since a person last started it or reset the count. */
  readonly restarts: number;
  readonly nextRestartAt: string | null;
  /** Why it is in this state, one sentence without a full stop. */
  readonly reason: string;
  readonly actor: Actor | null;
  /** Resident memory of the plugin's main process. */
  readonly memoryBytes: number | null;
  /** Share of one core since the last time somebody asked, or since the start. */
  readonly cpuPercent: number | null;
  /** Log lines that could not be written, over all runs. */
  readonly linesLost: number;
  readonly lastCrash: CrashSummary | null;
  readonly lastExit: LastExit | null;
  /** What a person should know beside the state: `changed on disk`, `log capture lost`, … */
  readonly problems: readonly string[];
  /** What it needs, in the order of its metadata. */
  readonly dependencies: readonly DependencyStatus[];
  /** Ids of the plugins that need it, sorted. */
  readonly neededBy: readonly string[];
  /** Names of the groups that it is in, without the `@`, sorted. */
  readonly groups: readonly string[];
  /** Absent: it takes no HTTP requests, or its metadata cannot be read. */
  readonly http?: PluginHttp;
  /** A file name in the plugin's folder, or an emoji; absent: it has none. */
  readonly icon?: string;
  /** File of its browser bundle, relative to the plugin's folder; absent: it has no page. */
  readonly bundle?: string;
}

/** Columns of `plugin.list` in its compact form, in this order. A row is an array of the same length. */
export const COMPACT_COLUMNS = [
  'id',
  'state',
  'enabled',
  'runtime',
  'pid',
  'uptimeMs',
  'restarts',
  'cpuPercent',
  'memoryBytes',
  'name',
] as const;

export type CompactRow = readonly [
  id: string,
  state: PluginStateName,
  enabled: boolean,
  runtime: Runtime,
  pid: number | null,
  uptimeMs: number | null,
  restarts: number,
  cpuPercent: number | null,
  memoryBytes: number | null,
  name: string,
];

/**
 * Which plugins a request is about. Exact names must exist; a word with `*`, `?` or `[` is a glob; `@group` stands
 * for the members of a group, which must exist. `all` stands for every plugin; for listing verbs no names means all as well.
 */
export interface Selection {
  readonly names?: readonly string[];
  readonly all?: boolean;
  /** A glob that matches nothing is no error. */
  readonly allowNone?: boolean;
}

export interface ListParams extends Selection {
  readonly states?: readonly PluginStateName[];
  readonly enabled?: boolean;
}

/** `errors`: exact names that do not exist, one entry each, in the order asked. */
export interface ListResult {
  readonly plugins: readonly PluginStatus[];
  readonly errors: readonly ErrorBody[];
}

export interface CompactListResult {
  readonly rows: readonly CompactRow[];
  readonly errors: readonly ErrorBody[];
}

/** One setting with where it came from. */
export interface SettingOrigin {
  readonly key: string;
  readonly value: unknown;
  /** `built-in`, `manifest`, or the file that set it. */
  readonly source: string;
}

export interface ShowResult {
  /** Every property, flat: `key` → value; nested ones with a dot (`restart.policy`). */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly settings: readonly SettingOrigin[];
}

/** A plugin that another one waits for. */
export interface WaitedFor {
  readonly plugin: string;
  /** semver range that is needed. */
  readonly range: string;
  /** null: it is not installed. */
  readonly state: PluginStateName | null;
  readonly version: string | null;
  /** Why it is not ready, down to the root of it; begins with "which" or "of which". */
  readonly reason: string;
  /** The plugin at the root of it, which may be this one. */
  readonly root: string;
}

export interface WhyResult {
  /** One paragraph of whole sentences. */
  readonly text: string;
  readonly plugin: PluginStatus;
  /** Empty unless it is `waiting`. */
  readonly waitsFor: readonly WaitedFor[];
  /** Ids of the plugins that wait for it now. */
  readonly waitedForBy: readonly string[];
  readonly nextRestartAt: string | null;
  /** Restarts that are left until it is given up; null where none is due, or there is no limit. */
  readonly restartsLeft: number | null;
  /** Commands that take it further, the likeliest first. */
  readonly commands: readonly string[];
}

/** Parameters of every verb that changes a plugin's life. */
export interface ActionParams extends Selection {
  /** True: only queue; the answer comes when the intent is stored. */
  readonly noBlock?: boolean;
  /** Milliseconds until the answer is `timeout`; 0 or absent means no limit. The action itself goes on. */
  readonly timeoutMs?: number;
  /** Nothing is changed: the answer holds the `plan`, and outcomes say what `changed` would be. */
  readonly dryRun?: boolean;
  /** start, restart, enable: the answer comes when the run that is begun has ended. */
  readonly wait?: boolean;
}

export interface ReloadParams extends ActionParams {
  /** Restart, also when nothing has changed. */
  readonly force?: boolean;
}

export interface EnableParams extends ActionParams {
  /** enable: also start (default true). disable: also stop (default true). */
  readonly now?: boolean;
}

export interface KillParams extends Selection {
  /** `SIGHUP`, … always with `SIG`. */
  readonly signal: string;
  readonly dryRun?: boolean;
}

export interface ResetFailedParams extends Selection {
  readonly dryRun?: boolean;
}

/** What became of one plugin of an action. */
export interface ActionOutcome {
  readonly plugin: string;
  /** False when it was already so. */
  readonly changed: boolean;
  readonly state: PluginStateName | null;
  /** With `wait`: how the run ended. */
  readonly exit?: LastExit;
  readonly error?: ErrorBody;
}

/** In the order in which the names were given or matched. */
export interface ActionResult {
  readonly outcomes: readonly ActionOutcome[];
  /** With `dryRun`: what would be done, level by level. */
  readonly plan?: readonly PlanStep[];
}

export interface WatchParams extends Selection {
  /** Also the figures of processes and machine, now and after so many milliseconds again and again; 500 to 60,000. */
  readonly usageEveryMs?: number;
}

/** Figures of one plugin at one moment. */
export type UsageRow = readonly [id: string, cpuPercent: number | null, memoryBytes: number | null];

/** The machine that torud runs on. */
export interface HostUsage {
  /** Load average of the last minute. */
  readonly load: number;
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  /** Of all cores together, 0 to 100; null or absent while it is not known. */
  readonly cpuPercent?: number | null;
  /** Those that have little room left, the fullest first; absent when there is none. */
  readonly fullDisks?: readonly FullDisk[];
}

/** A disk of which 90 percent or more are used. */
export interface FullDisk {
  readonly mount: string;
  /** As df(1) says it: of what is used or can be written by those who are not root; a whole number. */
  readonly usedPercent: number;
}

/** Items of `plugin.watch`: a snapshot first, then one item a change. */
export type WatchItem =
  | { readonly kind: 'snapshot'; readonly plugins: readonly PluginStatus[] }
  | {
      readonly kind: 'plugin';
      readonly plugin: PluginStatus;
      /** True when states in between were left out because the reader was slow. */
      readonly isCut?: boolean;
    }
  | { readonly kind: 'removed'; readonly id: string }
  /** With `usageEveryMs`: those whose figures are others than in the item before. */
  | { readonly kind: 'usage'; readonly rows: readonly UsageRow[]; readonly host: HostUsage };

/** A plugin or file that the catalogue refused. */
export interface Refusal {
  /** The id if one is known, else the entry's name in the plugin folder. */
  readonly id: string;
  readonly path: string;
  readonly reason: string;
}

export interface ScanParams {
  /** Only say what it would change. */
  readonly dryRun?: boolean;
}

/** What a look at the plugin folder changed. */
export interface ScanResult {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly refused: readonly Refusal[];
}
