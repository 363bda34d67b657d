/** What the control server may ask of the supervisor. */

import type {
  ActionOutcome,
  Actor,
  CompactRow,
  PluginStatus,
  ShowResult,
} from '../../protocol/control/plugins.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';

export type ActionVerb =
  | 'start'
  | 'stop'
  | 'restart'
  | 'tryRestart'
  | 'enable'
  | 'enable-only'
  | 'disable'
  | 'disable-only'
  | 'resetFailed';

/** An accepted action: its intent is in the database already. */
export interface Action {
  /** False when it was already so. */
  readonly changed: boolean;
  /** Settles when the plugin is where the action wanted it, or cannot get there. Never rejects. */
  readonly done: Promise<ActionOutcome>;
}

export interface SupervisorApi {
  /** Ids of all plugins, refused ones included, sorted. */
  ids(): readonly string[];
  status(id: string): PluginStatus | undefined;
  compactRow(id: string): CompactRow | undefined;
  show(id: string): ShowResult | undefined;
  why(id: string): string | undefined;
  /** Stores the intent and begins; synchronous up to there. Failure: nothing was changed. */
  act(verb: ActionVerb, id: string, actor: Actor): Result<Action, ErrorBody>;
  /** Sends a signal (`SIGHUP`, …) to the plugin's process group. */
  kill(id: string, signal: string, actor: Actor): Result<ActionOutcome, ErrorBody>;
  /** Counts for `daemon.status`. */
  counts(): { readonly total: number; readonly running: number; readonly failed: number };
  /** What ails the daemon as a whole. */
  problems(): readonly string[];
}
