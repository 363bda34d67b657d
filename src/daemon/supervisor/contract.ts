/** What the control server may ask of the supervisor. */

import type { DependencyNode } from '../../protocol/control/dependencies.ts';
import type { PlanStep } from '../../protocol/control/plan.ts';
import type {
  ActionOutcome,
  Actor,
  CompactRow,
  PluginStatus,
  ShowResult,
  WhyResult,
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
  /** As `disable`, for a plugin whose files go next. */
  | 'remove'
  | 'resetFailed';

/** Verbs that lead to an action of another name: the reason tells what was typed. */
export type AskedVerb = 'reload';

/** An accepted action: its intent is in the database already. */
export interface Action {
  /** False when it was already so. */
  readonly changed: boolean;
  /** Settles when the plugin is where the action wanted it, or cannot get there. Never rejects. */
  readonly done: Promise<ActionOutcome>;
}

/** What an action would do; nothing is changed by asking. */
export interface PlannedAction {
  /** Sorted by level; the same steps are carried out by `act`. */
  readonly steps: readonly PlanStep[];
  /** One a plugin, in the order asked: what `changed` would be, or the error. `state` is that of now. */
  readonly outcomes: readonly ActionOutcome[];
}

/**
 * `nothing`: it runs with what is there. `files`: it does not run, and takes them when it starts. `config`: it can be
 * told. `restart`: it has to be started anew.
 */
export type ReloadStep = 'nothing' | 'files' | 'config' | 'restart';

/** `unknown`: it does not know `reload`, or there is nobody to ask now. */
export type ConfigAnswer =
  | { readonly kind: 'taken' | 'unknown' }
  | { readonly kind: 'refused'; readonly error: ErrorBody };

export interface SupervisorApi {
  /** Ids of all plugins, refused ones included, sorted. */
  ids(): readonly string[];
  status(id: string): PluginStatus | undefined;
  compactRow(id: string): CompactRow | undefined;
  show(id: string): ShowResult | undefined;
  /** Failure: `not_found`, with what is still known of a plugin that was there once. */
  why(id: string): Result<WhyResult, ErrorBody>;
  /** Ids of the plugins that need this one (required, by the catalogue), sorted. */
  dependentsOf(id: string): readonly string[];
  /** What it needs, or who needs it, as a tree; undefined when there is no such plugin. */
  dependencyTree(id: string, isReverse: boolean): DependencyNode | undefined;
  /** What `act` would do with all of these, by level. Ids that do not exist are left out. */
  plan(verb: ActionVerb, ids: readonly string[]): PlannedAction;
  /** The ids in the order in which `act` is to be called for them: by need for a start, by dependents for a stop. */
  inOrder(verb: ActionVerb, ids: readonly string[]): readonly string[];
  /**
   * Stores the intent and begins; synchronous up to there. Failure: nothing was changed. What it needs is started
   * before it; what needs it goes down before it, and comes back after a restart.
   * @param asked the verb that was typed, where it is another one
   */
  act(verb: ActionVerb, id: string, actor: Actor, asked?: AskedVerb): Result<Action, ErrorBody>;
  /** What `reload` has to do for a plugin; failure: it is refused as it lies there now. */
  reloadStep(id: string): Result<ReloadStep, ErrorBody>;
  /** Hands a running plugin the `config` that the catalogue has. Settles when it has answered. */
  sendConfig(id: string, actor: Actor): Promise<ConfigAnswer>;
  /** Sends a signal (`SIGHUP`, …) to the plugin's process group. */
  kill(id: string, signal: string, actor: Actor): Result<ActionOutcome, ErrorBody>;
  /** Counts for `daemon.status`. */
  counts(): { readonly total: number; readonly running: number; readonly failed: number };
  /** What ails the daemon as a whole. */
  problems(): readonly string[];
}
