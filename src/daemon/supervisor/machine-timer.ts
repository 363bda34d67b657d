/** Timers follow from the state alone, so that a restored state has the same ones. Pure. */

import type { RunPlan } from '../runs/run-plan.ts';
import { type CatalogView, restartSettingsOf } from './catalog-view.ts';
import type { Machine } from './machine-model.ts';

export interface MachineTimer {
  readonly event: 'due' | 'stable';
  readonly delayMs: number;
}

/** @param plan the live run's; its settings say when it counts as stable */
export function timerOf(
  machine: Machine,
  view: CatalogView,
  plan: RunPlan | undefined,
  nowMs: number,
): MachineTimer | undefined {
  const { phase, restarts } = machine;
  if (phase.name === 'backoff') {
    const delayMs = clamp(phase.dueAt - nowMs, longestDelayMs(view));
    return { event: 'due', delayMs };
  }
  if (phase.name === 'running' && restarts > 0 && phase.run.readyAt !== null) {
    const stableAfterMs = plan?.settings.restart.stableAfterMs ?? 0;
    return { event: 'stable', delayMs: clamp(phase.run.readyAt + stableAfterMs - nowMs, stableAfterMs) };
  }
  return undefined;
}

/** A wall clock that is set back must not make a wait longer than it was meant to be. */
function clamp(delayMs: number, longestMs: number): number {
  return Math.min(Math.max(0, delayMs), longestMs);
}

function longestDelayMs(view: CatalogView): number {
  const { delaysMs, jitter } = restartSettingsOf(view);
  return Math.max(...delaysMs) * (1 + jitter);
}
