/** What `--dry-run` prints of verbs about tasks, scripts and quick actions. */

import type { Answer } from '../output/answer.ts';

export interface TaskStep {
  /** `run`, `cancel`, `kill`, `add`, `edit`, `remove`, `nothing`. */
  readonly action: string;
  readonly because: string;
}

/** @param kind what is acted on, for the column and the JSON key @param steps by name of what is acted on */
export function taskPlan(
  kind: 'script' | 'task' | 'quickAction',
  steps: readonly (readonly [subject: string, step: TaskStep])[],
): Answer {
  const title = kind === 'quickAction' ? 'NAME' : kind.toUpperCase();
  const isIdle = steps.length > 0 && steps.every(([, { action }]) => action === 'nothing');
  const plan = steps.map(([subject, { action, because }]) => ({ action, [kind]: subject, because }));
  const outcomes = steps.map(([subject, { action }]) => ({ [kind]: subject, changed: action !== 'nothing' }));
  return {
    document: { dryRun: true, plan, outcomes },
    records: plan,
    values: steps.map(([subject, { action }]) => `${action} ${subject}`),
    table: {
      columns: [{ title: 'ACTION' }, { title }, { title: 'WHY' }],
      rows: steps.map(([subject, { action, because }]) => [action, subject, because]),
    },
    hints: isIdle ? ['nothing would change'] : [],
  };
}
