/** What `--dry-run` prints: the steps in their order, with why, and how long each took the last times. */

import { limitText } from '../client/time-limit.ts';
import type { PlanStep } from '../protocol/control/plan.ts';
import type { ActionOutcome, ActionResult } from '../protocol/control/plugins.ts';
import { type ActionSpec, actionParams, callAction, outcomeErrors } from './action-command.ts';
import type { OptionSpec } from './command.ts';
import type { Answer } from './output/answer.ts';
import { failed } from './output/answer.ts';
import { stateColour } from './output/colours.ts';
import { errorDocument } from './output/report-error.ts';
import type { Cell, Table } from './output/table.ts';
import { ABSENT } from './output/table.ts';
import type { Session } from './session.ts';

/** Of every verb that changes something. */
export const DRY_RUN: OptionSpec = {
  name: 'dry-run',
  does: 'change nothing: print what would be done, in which order, and how long it took the last times',
};

/** Of verbs whose work takes no time worth knowing. */
export const DRY_CHANGE: OptionSpec = {
  ...DRY_RUN,
  does: 'change nothing: print what would be done, and why',
};

/** A step of any verb; those that do not act on a plugin's life have actions of their own (`set`, `add`, …). */
export type PlanRow = Omit<PlanStep, 'action'> & { readonly action: string };

/** A step that stands alone. */
export function soleStep(plugin: string, action: string, because: string): PlanRow {
  return { plugin, action, level: 0, because, state: null, lastMs: [] };
}

export interface Plan {
  readonly plan: readonly PlanRow[];
  readonly outcomes: readonly Pick<ActionOutcome, 'plugin' | 'changed' | 'error'>[];
  /** More keys of the JSON document. */
  readonly more?: object;
}

/** Asks the daemon what the verb would do. */
export async function runPlan(session: Session, spec: ActionSpec): Promise<Answer> {
  const params = actionParams(session, spec);
  if (!params.ok) return failed(params.failure);
  const result = await callAction(session, spec, { ...params.value, dryRun: true });
  return result.ok ? actionPlanAnswer(result.value) : failed(result.failure);
}

export function actionPlanAnswer({ plan = [], outcomes }: ActionResult): Answer {
  return planAnswer({ plan, outcomes });
}

export function planAnswer({ plan, outcomes, more }: Plan): Answer {
  const errors = outcomeErrors(outcomes);
  const shown = outcomes.map((outcome) =>
    outcome.error === undefined ? outcome : { ...outcome, error: errorDocument(outcome.error) },
  );
  const isIdle = plan.every(({ action }) => action === 'nothing');
  return {
    document: { dryRun: true, plan, outcomes: shown, ...more },
    records: plan,
    values: plan.map(({ action, plugin }) => `${action} ${plugin}`),
    table: planTable(plan),
    hints: isIdle && errors.length === 0 ? ['nothing would change'] : [],
    errors,
  };
}

function planTable(plan: readonly PlanRow[]): Table {
  return {
    columns: [
      { title: 'ORDER', align: 'right' },
      { title: 'ACTION' },
      { title: 'PLUGIN' },
      { title: 'STATE' },
      { title: 'LAST' },
      { title: 'GRACE' },
      { title: 'WHY' },
    ],
    rows: plan.map((step) => [
      String(step.level + 1),
      step.action,
      step.plugin,
      step.state === null ? ABSENT : { text: step.state, colour: stateColour(step.state) },
      lastCell(step.lastMs),
      step.graceMs === undefined ? ABSENT : { text: limitText(step.graceMs), plain: String(step.graceMs) },
      step.error === undefined ? step.because : `${step.because}; would fail: ${step.error.message}`,
    ]),
  };
}

/** `0.2–0.9 s`; for scripts all of them in milliseconds, newest first. */
export function lastCell(lastMs: readonly number[]): Cell {
  if (lastMs.length === 0) return { text: ABSENT };
  const [least, most] = [Math.min(...lastMs), Math.max(...lastMs)].map(secondsText);
  return { text: least === most ? `${most} s` : `${least}–${most} s`, plain: lastMs.join(',') };
}

function secondsText(ms: number): string {
  return ms < 100 ? String(Math.max(0.01, Math.round(ms / 10) / 100)) : (ms / 1000).toFixed(1);
}
