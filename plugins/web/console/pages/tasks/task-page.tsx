/** One task: what it is, how it goes, what it writes, and how that was the time before. */

import { useState } from 'react';
import { Link } from 'wouter';
import { isFinal, type Task, type TaskResult } from '../../../../../src/protocol/control/tasks.ts';
import { useApi } from '../../api/use-api.ts';
import { useWhenBack } from '../../live/use-when-back.ts';
import { Button } from '../../parts/button.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Page } from '../../parts/page.tsx';
import { TaskStateWord } from '../../parts/state-word.tsx';
import { useSession } from '../../session/session.tsx';
import { CancelButton } from './cancel-button.tsx';
import { RunDialog } from './run-dialog.tsx';
import { textsOf } from './run-fields.tsx';
import { TaskFacts } from './task-facts.tsx';
import { TaskOutput } from './task-output.tsx';
import { shortId } from './task-words.ts';

export interface TaskPageProps {
  readonly id: string;
  /** As the live connection tells it. */
  readonly live: Task | undefined;
}

export function TaskPage({ id, live }: TaskPageProps) {
  const { data, problem, isLoading, reload } = useApi<TaskResult>(`/tasks/${encodeURIComponent(id)}`);
  useWhenBack(reload);
  const [ended, setEnded] = useState<Task>();
  const task = newest(live, ended?.id === data?.task.id ? ended : undefined, data?.task);
  if (task === undefined) {
    return (
      <Page title="Task" subtitle={<BackLink />}>
        {problem === undefined ? null : (
          <ErrorCard problem={problem} title="The task cannot be shown" onRetry={() => void reload()} />
        )}
        {isLoading ? <Loading what="Asking for the task" /> : null}
      </Page>
    );
  }
  return (
    <Page
      title={task.name ?? task.script}
      lead={<TaskStateWord state={task.state} />}
      actions={<TaskActions task={task} />}
      subtitle={<BackLink />}
    >
      <p className="visually-hidden" role="status">
        {`${task.script} ${task.state}`}
      </p>
      <TaskFacts task={task} />
      <section aria-labelledby="task-output" className="section">
        <header className="section-head">
          <h2 id="task-output">Output</h2>
          <a href={`/api/tasks/${encodeURIComponent(task.id)}/output`} download>
            Download
          </a>
          <span className="spacer" />
          <CommandHint command={`toru task logs ${isFinal(task.state) ? '' : '-f '}${shortId(task.id)}`} />
        </header>
        <TaskOutput key={task.id} task={task} onEnded={setEnded} />
      </section>
    </Page>
  );
}

function BackLink() {
  return <Link href="/tasks">All tasks</Link>;
}

function TaskActions({ task }: { readonly task: Task }) {
  const { mayOperate } = useSession();
  const [isAsking, setIsAsking] = useState(false);
  if (!mayOperate) return null;
  return (
    <>
      <CancelButton task={task} />
      <Button onClick={() => setIsAsking(true)}>Run again…</Button>
      {isAsking ? (
        <RunDialog script={task.script} texts={textsOf(task)} onClose={() => setIsAsking(false)} />
      ) : null}
    </>
  );
}

/** A final one counts more than one that still runs, then the one that is told live. */
function newest(...known: readonly (Task | undefined)[]): Task | undefined {
  const there = known.filter((task) => task !== undefined);
  return there.find(({ state }) => isFinal(state)) ?? there[0];
}
