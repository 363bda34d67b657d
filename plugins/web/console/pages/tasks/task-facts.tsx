/** What is known of a task, a line a fact. */

import { Link } from 'wouter';
import { formatDateTime, formatSize } from '../../../../../src/cli/output/sizes.ts';
import { beganText, endText } from '../../../../../src/cli/tasks/task-words.ts';
import { isFinal, type Task, type TaskListResult } from '../../../../../src/protocol/control/tasks.ts';
import { useApi } from '../../api/use-api.ts';
import { Ago } from '../../parts/ago.tsx';
import { Fact } from '../../parts/fact.tsx';
import { sentence } from '../../parts/sentence.ts';
import { TaskStateWord } from '../../parts/state-word.tsx';
import { RunsFor } from './runs-for.tsx';
import { lastedText, shownCommand, taskPath } from './task-words.ts';

export function TaskFacts({ task }: { readonly task: Task }) {
  const { startedAt, endedAt, durationMs, outputBytes, outputCut, reason } = task;
  const memory = task.peakMemoryBytes;
  return (
    <dl className="facts">
      <Fact name="Command" isWide>
        <code>{shownCommand(task)}</code>
      </Fact>
      {isFinal(task.state) ? (
        <Fact name="End">
          <span className={task.state === 'failed' ? 'tone-bad' : undefined}>
            {endText(task) ?? task.state}
          </span>
        </Fact>
      ) : null}
      {reason === null ? null : <Fact name="Reason">{sentence(reason)}</Fact>}
      <Fact name="By">{beganText(task) ?? 'nobody known'}</Fact>
      <Fact name="Asked for">
        {formatDateTime(task.queuedAt)} (<Ago at={task.queuedAt} />)
      </Fact>
      {startedAt === null ? null : <Fact name="Started">{formatDateTime(startedAt)}</Fact>}
      {endedAt === null ? null : <Fact name="Ended">{formatDateTime(endedAt)}</Fact>}
      {startedAt === null ? null : (
        <Fact name={endedAt === null ? 'Runs for' : 'Lasted'}>
          {endedAt === null ? <RunsFor at={startedAt} /> : lastedText(durationMs)}
        </Fact>
      )}
      <Fact name="Output">
        {formatSize(outputBytes)}
        {outputCut ? ', not all of it is kept' : ''}
      </Fact>
      {memory === null ? null : <Fact name="Memory">{formatSize(memory)} at its peak</Fact>}
      {task.cpuMs === null ? null : <Fact name="Processor">{lastedText(task.cpuMs)}</Fact>}
      {task.lock === null ? null : <Fact name="Lock">{task.lock}</Fact>}
      {task.timeoutMs === null ? null : <Fact name="Time limit">{lastedText(task.timeoutMs)}</Fact>}
      {task.pid === null || endedAt !== null ? null : <Fact name="Process">{task.pid}</Fact>}
      <Fact name="Id">
        <code>{task.id}</code>
      </Fact>
      <Before task={task} />
    </dl>
  );
}

/** The run of the same script before this one, and what was different. */
function Before({ task }: { readonly task: Task }) {
  const query = new URLSearchParams({ script: task.script, before: task.id, limit: '1' });
  const { data } = useApi<TaskListResult>(`/tasks?${query}`);
  const before = data?.tasks[0];
  if (before === undefined) return null;
  const differences = differencesOf(before, task);
  return (
    <Fact name="Before">
      <Link href={taskPath(before.id)}>
        <TaskStateWord state={before.state} /> <Ago at={before.queuedAt} />
      </Link>
      <span className="dim">
        {before.durationMs === null ? '' : ` · lasted ${lastedText(before.durationMs)}`}
        {differences.length === 0 ? '' : ` · other then: ${differences.join(', ')}`}
      </span>
    </Fact>
  );
}

function differencesOf(before: Task, task: Task): readonly string[] {
  const ends = [endText(before), endText(task)];
  return [
    ...(ends[0] !== ends[1] && isFinal(task.state) ? [ends[0] || before.state] : []),
    ...(shownCommand(before) === shownCommand(task) ? [] : [shownCommand(before)]),
    ...(beganText(before) === beganText(task) ? [] : [`by ${beganText(before) ?? 'nobody known'}`]),
  ];
}
