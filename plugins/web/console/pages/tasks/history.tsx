/** What has run: filtered, newest first, page by page. */

import { useCallback, useEffect, useRef, useState } from 'react';
import type { TaskListResult } from '../../../../../src/protocol/control/tasks.ts';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { useWhenBack } from '../../live/use-when-back.ts';
import { Button } from '../../parts/button.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { EVERYTHING, FilterBar, type HistoryFilter, historyCommand, historyPath } from './history-filter.tsx';
import { joined, type Pages } from './history-pages.ts';
import { BY, COMMAND, END, LASTED, OUTPUT, STARTED, STATE } from './task-columns.tsx';

const PAGE = 50;
const COLUMNS = [COMMAND, STATE, END, STARTED, LASTED, OUTPUT, BY];

/** @param ended counts tasks that end: the newest page is read again then */
export function History({ ended }: { readonly ended: number }) {
  const [filter, setFilter] = useState(EVERYTHING);
  const { tasks, hasMore, problem, isLoading, readMore, retry } = useHistory(filter, ended);
  return (
    <>
      <FilterBar filter={filter} onChange={setFilter} />
      {problem === undefined ? null : (
        <ErrorCard problem={problem} title="The history cannot be shown" onRetry={retry} />
      )}
      {tasks === undefined ? (
        isLoading ? (
          <Loading what="Reading the history" />
        ) : null
      ) : (
        <DataTable
          label="Tasks that have run"
          columns={COLUMNS}
          rows={tasks}
          keyOf={({ id }) => id}
          empty={<NoTasks isFiltered={filter !== EVERYTHING} />}
        />
      )}
      <p className="table-foot">
        {hasMore ? (
          <Button isBusy={isLoading} onClick={readMore}>
            Show older ones
          </Button>
        ) : null}
        <CommandHint command={historyCommand(filter)} />
      </p>
    </>
  );
}

/** After a task has ended the newest page is read again; so long is waited for more of them to end, in milliseconds. */
const SETTLE_MS = 300;

function useHistory(filter: HistoryFilter, ended: number) {
  const [read, setRead] = useState<Pages & { readonly filter: HistoryFilter }>();
  const [problem, setProblem] = useState<Problem>();
  const [isLoading, setIsLoading] = useState(true);
  const wanted = useRef(filter);
  const load = useCallback(async (of: HistoryFilter, before?: string) => {
    setIsLoading(true);
    const answer = await request<TaskListResult>('GET', historyPath(of, PAGE, before));
    // Somebody has chosen another filter meanwhile.
    if (wanted.current !== of) return;
    setIsLoading(false);
    setProblem(answer.ok ? undefined : answer.failure);
    if (!answer.ok) return;
    const { tasks, more } = answer.value;
    setRead((known) => ({
      filter: of,
      ...joined(known?.filter === of ? known : undefined, { tasks, hasMore: more }, before),
    }));
  }, []);
  useEffect(() => {
    wanted.current = filter;
    void load(filter);
  }, [filter, load]);
  useEffect(() => {
    if (ended === 0) return;
    const timer = setTimeout(() => void load(wanted.current), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [ended, load]);
  const retry = useCallback(() => load(wanted.current), [load]);
  useWhenBack(retry);
  const isCurrent = read?.filter === filter;
  return {
    tasks: isCurrent ? read.tasks : undefined,
    hasMore: isCurrent && read.hasMore,
    problem,
    isLoading,
    readMore: () => void load(filter, read?.tasks.at(-1)?.id),
    retry: () => void retry(),
  };
}

function NoTasks({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState title="No task is like that.">
      <p>Take a filter away.</p>
    </EmptyState>
  ) : (
    <EmptyState title="Nothing has run yet.">
      <p>
        Run a script: under Scripts, or with <code>toru run SCRIPT</code>.
      </p>
    </EmptyState>
  );
}
