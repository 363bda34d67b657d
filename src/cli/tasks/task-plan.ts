/** What `--dry-run` prints of verbs about tasks, scripts and quick actions. */

import type { Task } from '../../protocol/control/tasks.ts';
import type { Answer } from '../output/answer.ts';
import { lastCell } from '../plan-answer.ts';
import type { Session } from '../session.ts';
import { commandText } from './task-words.ts';

export interface TaskStep {
  /** `run`, `cancel`, `kill`, `add`, `edit`, `remove`, `nothing`. */
  readonly action: string;
  readonly because: string;
  /** What would be run. */
  readonly command?: Pick<Task, 'script' | 'args'>;
  /** How long the last runs of the script took, newest first; only where one is begun. */
  readonly lastMs?: readonly number[];
  /** More keys of the step in JSON. */
  readonly more?: object;
}

/** Runs whose durations are told. */
const MOST_TIMES = 5;

/** @param kind what is acted on, for the column and the JSON key @param steps by name of what is acted on */
export function taskPlan(
  kind: 'script' | 'task' | 'quickAction',
  steps: readonly (readonly [subject: string, step: TaskStep])[],
): Answer {
  const title = kind === 'quickAction' ? 'NAME' : kind.toUpperCase();
  const isIdle = steps.length > 0 && steps.every(([, { action }]) => action === 'nothing');
  const plan = steps.map(([subject, step]) => planStep(kind, subject, step));
  const outcomes = steps.map(([subject, { action }]) => ({ [kind]: subject, changed: action !== 'nothing' }));
  const isRun = steps.some(([, { lastMs }]) => lastMs !== undefined);
  return {
    document: { dryRun: true, plan, outcomes },
    records: plan,
    values: steps.map(([subject, { action }]) => `${action} ${subject}`),
    table: {
      columns: [
        { title: 'ACTION' },
        { title },
        ...(isRun ? [{ title: 'COMMAND' }, { title: 'LAST' }] : []),
        { title: 'WHY' },
      ],
      rows: steps.map(([subject, { action, because, command, lastMs = [] }]) => [
        action,
        subject,
        ...(isRun ? [command === undefined ? subject : commandText(command), lastCell(lastMs)] : []),
        because,
      ]),
    },
    hints: isIdle ? ['nothing would change'] : [],
  };
}

function planStep(
  kind: string,
  subject: string,
  { action, because, command, lastMs, more }: TaskStep,
): object {
  return {
    action,
    [kind]: subject,
    because,
    ...(command === undefined ? {} : { script: command.script, args: command.args }),
    ...(lastMs === undefined ? {} : { lastMs }),
    ...more,
  };
}

/** Of the script's last runs that came to an end of their own; none where torud does not say. */
export async function lastDurations(session: Session, script: string): Promise<readonly number[]> {
  const listed = await session.client.call(
    'task.list',
    { script, states: ['done', 'failed'], limit: MOST_TIMES },
    session.globals.timeoutMs,
  );
  if (!listed.ok) return [];
  return listed.value.tasks.flatMap(({ durationMs }) => (durationMs === null ? [] : [durationMs]));
}
