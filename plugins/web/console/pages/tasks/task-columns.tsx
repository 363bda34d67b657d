/** Columns that tables of tasks have in common. */

import { Link } from 'wouter';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import { beganText, endText } from '../../../../../src/cli/tasks/task-words.ts';
import type { Task } from '../../../../../src/protocol/control/tasks.ts';
import { Ago } from '../../parts/ago.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { TaskStateWord } from '../../parts/state-word.tsx';
import { RunsFor } from './runs-for.tsx';
import { lastedText, shownCommand, taskPath } from './task-words.ts';

export const COMMAND: Column<Task> = {
  id: 'command',
  title: 'Command',
  render: (task) => (
    <>
      <Link href={taskPath(task.id)}>
        <code>{shownCommand(task)}</code>
      </Link>
      {task.name === null ? null : <span className="below">{sanitise(task.name)}</span>}
    </>
  ),
};

export const STATE: Column<Task> = {
  id: 'state',
  title: 'State',
  render: ({ state, reason }) => (
    <>
      <TaskStateWord state={state} />
      {state === 'queued' && reason !== null ? <span className="below">{sanitise(reason)}</span> : null}
    </>
  ),
};

export const STARTED: Column<Task> = {
  id: 'started',
  title: 'Started',
  render: ({ startedAt, queuedAt }) => <Ago at={startedAt ?? queuedAt} />,
};

/** Of one that runs it grows. */
export const RUNS_FOR: Column<Task> = {
  id: 'runs',
  title: 'For',
  isNumber: true,
  render: ({ startedAt }) => (startedAt === null ? '' : <RunsFor at={startedAt} />),
};

export const LASTED: Column<Task> = {
  id: 'lasted',
  title: 'Lasted',
  isNumber: true,
  render: ({ state, startedAt, durationMs }) =>
    state === 'running' && startedAt !== null ? <RunsFor at={startedAt} /> : lastedText(durationMs),
  onPhone: 'hidden',
};

export const END: Column<Task> = {
  id: 'end',
  title: 'End',
  render: (task) => (
    <span title={task.reason ?? undefined} className={task.state === 'failed' ? 'tone-bad' : undefined}>
      {endText(task)}
    </span>
  ),
};

export const OUTPUT: Column<Task> = {
  id: 'output',
  title: 'Output',
  isNumber: true,
  render: ({ outputBytes, outputCut }) => `${formatSize(outputBytes)}${outputCut ? ', cut' : ''}`,
  onPhone: 'hidden',
};

export const BY: Column<Task> = { id: 'by', title: 'By', render: beganText, onPhone: 'hidden' };
