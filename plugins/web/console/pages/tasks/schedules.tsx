/** What runs by the clock: when next, and what was missed. */

import { useEffect } from 'react';
import { Link } from 'wouter';
import { formatDateTime, formatSpan } from '../../../../../src/cli/output/sizes.ts';
import type { Schedule, ScheduleListResult } from '../../../../../src/protocol/control/schedules.ts';
import { useApi } from '../../api/use-api.ts';
import { useWhenBack } from '../../live/use-when-back.ts';
import { Ago } from '../../parts/ago.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { TaskStateWord } from '../../parts/state-word.tsx';
import { Until } from '../../parts/until.tsx';
import { shownCommand, taskPath } from './task-words.ts';

/** Tasks that end together ask once. */
const SETTLE_MS = 300;
const EXAMPLE = '[[schedule]]\nscript = "backup.sh"\ncron = "15 3 * * *"';

/** When the next moment has come, and between, the list is asked for again. */
const REFRESH_MS = 30_000;

/** @param ended counts tasks that end: a schedule's last one may be among them */
export function Schedules({ ended }: { readonly ended: number }) {
  const { data, problem, isLoading, reload } = useApi<ScheduleListResult>('/schedules?count=3');
  useWhenBack(reload);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another end is another reason to ask
  useEffect(() => {
    const soon = setTimeout(() => void reload(), SETTLE_MS);
    const again = setInterval(() => {
      if (document.visibilityState === 'visible') void reload();
    }, REFRESH_MS);
    return () => {
      clearTimeout(soon);
      clearInterval(again);
    };
  }, [reload, ended]);
  if (problem !== undefined) {
    return <ErrorCard problem={problem} title="Schedules cannot be shown" onRetry={() => void reload()} />;
  }
  if (data === undefined) return isLoading ? <Loading what="Asking for the schedules" /> : null;
  return (
    <DataTable
      label="Schedules"
      columns={COLUMNS}
      rows={data.schedules}
      keyOf={({ name }) => name}
      empty={<NoSchedules />}
    />
  );
}

const COLUMNS: readonly Column<Schedule>[] = [
  {
    id: 'name',
    title: 'Schedule',
    render: (schedule) => (
      <>
        {schedule.name}
        <span className="below">
          <code>{shownCommand(schedule)}</code>
        </span>
      </>
    ),
    compare: (one, other) => one.name.localeCompare(other.name),
  },
  {
    id: 'cron',
    title: 'Cron',
    render: ({ cron, timezone, jitterMs }) => (
      <>
        <code>{cron}</code>
        <span className="below">
          {[timezone, jitterMs > 0 ? `up to ${formatSpan(jitterMs)} late` : null].filter(Boolean).join(', ')}
        </span>
      </>
    ),
    onPhone: 'hidden',
  },
  {
    id: 'next',
    title: 'Next',
    render: ({ next, problem }) =>
      problem === null ? <Moments next={next} /> : <span className="tone-bad">{problem}</span>,
    compare: (one, other) => (one.next[0] ?? '~').localeCompare(other.next[0] ?? '~'),
  },
  {
    id: 'last',
    title: 'Last',
    render: ({ lastTask }) =>
      lastTask === null ? (
        <span className="dim">never</span>
      ) : (
        <Link href={taskPath(lastTask.id)}>
          <TaskStateWord state={lastTask.state} /> <Ago at={lastTask.queuedAt} />
        </Link>
      ),
  },
  {
    id: 'missed',
    title: 'Missed',
    isNumber: true,
    render: ({ missed, lastMissedAt }) =>
      missed === 0 ? (
        <span className="dim">0</span>
      ) : (
        <span
          className="tone-busy"
          title={lastMissedAt === null ? undefined : `last: ${formatDateTime(lastMissedAt)}`}
        >
          {missed}
        </span>
      ),
    compare: (one, other) => one.missed - other.missed,
  },
];

function Moments({ next }: { readonly next: readonly string[] }) {
  const [first, ...later] = next;
  if (first === undefined) return <span className="dim">never</span>;
  return (
    <>
      <time dateTime={first}>{formatDateTime(first)}</time>{' '}
      <span className="dim">
        (<Until at={first} over="now" />)
      </span>
      {later.length === 0 ? null : (
        <span className="below">then {later.map((moment) => formatDateTime(moment)).join(', ')}</span>
      )}
    </>
  );
}

function NoSchedules() {
  return (
    <EmptyState title="No schedules yet.">
      <p>They stand in torud.toml; a change takes effect with toru daemon reload:</p>
      <pre className="example">{EXAMPLE}</pre>
    </EmptyState>
  );
}
