/** Rows of the state database as the daemon sees them. Times are RFC 3339 UTC with microseconds. */

import type { CrashCause } from '../../protocol/control/crashes.ts';
import type { Actor, LastExit } from '../../protocol/control/plugins.ts';
import type { PluginStateName, Wanted } from '../../protocol/plugin-state.ts';

export type StoredGoal =
  | { readonly kind: 'stop' | 'ended' }
  | { readonly kind: 'restart'; readonly because?: string }
  | { readonly kind: 'crash'; readonly cause: CrashCause; readonly detail: string };

/** The state machine's state as it survives the daemon. */
export interface StoredState {
  readonly name: PluginStateName;
  readonly since: string;
  readonly reason: string;
  readonly actor: Actor | null;
  readonly nextRestartAt: string | null;
  /** Restarts in a row without a stable stretch. */
  readonly restarts: number;
  /** Why it is stopping, and so what comes after it; only of `stopping`. */
  readonly goal?: StoredGoal;
  /** Why it is started once what it waits for is ready; only of `waiting`. */
  readonly because?: string;
  /** Who wants it down; absent when nobody has said so. */
  readonly downBy?: Actor;
}

/** `wantedBootId` of a plugin of which nothing is wanted in particular: `enabled` decides when torud starts. */
export const NO_BOOT = '';

/** Table `plugins`: what is wanted of a plugin, and what is known of it beyond a run. */
export interface PluginRecord {
  readonly id: string;
  readonly enabled: boolean;
  readonly enabledActor: Actor | null;
  readonly enabledAt: string | null;
  readonly wanted: Wanted;
  /** Boot in which `wanted` was set; after another boot `enabled` decides. */
  readonly wantedBootId: string;
  readonly state: StoredState;
  readonly lastExit: LastExit | null;
  readonly linesLost: number;
  readonly lastGoodRunId: number | null;
  readonly version: string;
  readonly digest: string;
}

/** Why a run ended: a crash's cause, `requested` (stop, restart, disable), `done` (by itself, no crash) or `lost` (nobody could see). */
export type RunCause = CrashCause | 'requested' | 'done' | 'lost';

export interface NewRun {
  readonly plugin: string;
  readonly version: string;
  readonly digest: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly bootId: string;
  readonly startedAt: string;
}

/** Table `runs`: one row a life. */
export interface RunRecord extends NewRun {
  readonly id: number;
  readonly shimPid: number | null;
  readonly pid: number | null;
  readonly readyAt: string | null;
  readonly end: RunEnd | null;
}

export interface RunEnd {
  readonly endedAt: string;
  readonly cause: RunCause;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly coreDumped: boolean;
  readonly peakMemoryBytes: number | null;
  readonly cpuMs: number | null;
  readonly lines: number;
  readonly linesLost: number;
}
