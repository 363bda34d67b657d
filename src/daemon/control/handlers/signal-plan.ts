/** What `kill` would do. */

import type { PlanStep } from '../../../protocol/control/plan.ts';
import type { ActionOutcome, ActionResult, PluginStatus } from '../../../protocol/control/plugins.ts';
import { errorBody } from '../../../protocol/errors.ts';
import type { Target } from '../selection.ts';

/** @param statusOf of a plugin that exists */
export function signalPlan(
  targets: readonly Target[],
  statusOf: (id: string) => PluginStatus | undefined,
  signal: string,
): ActionResult {
  const plan: PlanStep[] = [];
  const outcomes = targets.map(({ name, error }): ActionOutcome => {
    if (error !== undefined) return { plugin: name, changed: false, state: null, error };
    const status = statusOf(name);
    const state = status?.state ?? null;
    if (status === undefined || status.pid === null) {
      const notRunning = errorBody('not_running', 'it is not running', { name });
      return { plugin: name, changed: false, state, error: notRunning };
    }
    const because = `${signal} to its process group (pid ${status.pid})`;
    plan.push({ plugin: name, action: 'signal', level: 0, because, state, lastMs: [] });
    return { plugin: name, changed: true, state };
  });
  return { outcomes, plan };
}
