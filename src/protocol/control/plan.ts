/** What an action would do: the answer to `dryRun`. */

import type { ErrorBody } from '../errors.ts';
import type { PluginStateName } from '../plugin-state.ts';

export const PLAN_ACTIONS = [
  'start',
  'stop',
  'restart',
  'reload',
  'enable',
  'disable',
  'signal',
  'reset-failed',
  'install',
  'remove',
  'nothing',
] as const;
export type PlanAction = (typeof PLAN_ACTIONS)[number];

/** One thing that would be done. Steps of one level go in parallel; a level begins when the one before it is done. */
export interface PlanStep {
  readonly plugin: string;
  readonly action: PlanAction;
  /** From 0. */
  readonly level: number;
  /** Why: `asked for`, `needs crm`, `web needs it`, `it is so already`. */
  readonly because: string;
  readonly state: PluginStateName | null;
  /** How long this took the last times, newest first, at most five, in milliseconds: a start until ready, a stop until gone. */
  readonly lastMs: readonly number[];
  /** Of a stop: from the request to SIGKILL, in milliseconds. */
  readonly graceMs?: number;
  /** Why it would fail. */
  readonly error?: ErrorBody;
}
