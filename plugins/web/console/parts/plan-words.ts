/** What torud would do, in words. Pure. */

import { formatSpan } from '../../../../src/cli/output/sizes.ts';
import type { PlanStep } from '../api/answer-types.ts';

/** What is done to others than the one that was asked for. */
export function othersOf(plan: readonly PlanStep[], asked: string | undefined): readonly PlanStep[] {
  return plan.filter(({ plugin, action }) => plugin !== asked && action !== 'nothing');
}

/** `is stopped`: what happens to the plugin of this step. */
export function deedText({ action }: Pick<PlanStep, 'action'>): string {
  return DEEDS[action];
}

const DEEDS: Readonly<Record<PlanStep['action'], string>> = {
  start: 'is started',
  stop: 'is stopped',
  restart: 'is restarted',
  reload: 'reads its settings again',
  enable: 'is enabled',
  disable: 'is disabled',
  signal: 'gets a signal',
  'reset-failed': 'may be tried again',
  install: 'is installed',
  remove: 'is removed',
  nothing: 'stays as it is',
};

/** Why and how, and how long that took: `SIGTERM, up to 10 s, then KILL · the last 5 times took 0.3 s to 0.9 s`. */
export function howText(step: PlanStep): string {
  const { because, graceMs, state } = step;
  const parts = [
    because === 'asked for' ? '' : because,
    graceMs === undefined ? '' : `SIGTERM, up to ${formatSpan(graceMs)}, then KILL`,
    pastText(step),
  ].filter((part) => part !== '');
  if (parts.length === 0) return state === null ? '' : `it is ${state} now`;
  return parts.join(' · ');
}

/** `the last 5 times took 0.3 s to 0.9 s`; empty: never done yet. */
function pastText({ lastMs }: PlanStep): string {
  if (lastMs.length === 0) return '';
  const [least, most] = [Math.min(...lastMs), Math.max(...lastMs)].map(formatSpan);
  const times = lastMs.length === 1 ? 'the last time took' : `the last ${lastMs.length} times took`;
  return least === most ? `${times} ${least}` : `${times} ${least} to ${most}`;
}
