/** How a plugin's last runs went. */

import { useEffect, useState } from 'react';
import { formatDateTime, formatSize } from '../../../../../src/cli/output/sizes.ts';
import { isCrash, lastedText, runEndText, runSpanMs } from '../../../../../src/cli/run-text.ts';
import type { ListedRun, RunListResult } from '../../../../../src/protocol/control/runs.ts';
import { useApi } from '../../api/use-api.ts';
import { Ago } from '../../parts/ago.tsx';
import { Button } from '../../parts/button.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';

const FIRST_RUNS = 10;
const MORE_RUNS = 200;

const COLUMNS: readonly Column<ListedRun>[] = [
  { id: 'run', title: 'Run', isNumber: true, render: ({ id }) => id },
  {
    id: 'started',
    title: 'Started',
    render: ({ startedAt }) => <time dateTime={startedAt}>{formatDateTime(startedAt)}</time>,
  },
  {
    id: 'lasted',
    title: 'Lasted',
    isNumber: true,
    render: (run) =>
      run.endedAt === null ? <Ago at={run.startedAt} kind="span" /> : lastedText(runSpanMs(run, 0)),
  },
  {
    id: 'end',
    title: 'End',
    render: (run) => <span className={isCrash(run) ? 'tone-bad' : undefined}>{runEndText(run)}</span>,
  },
  { id: 'version', title: 'Version', onPhone: 'hidden', render: ({ version }) => version },
  {
    id: 'memory',
    title: 'Peak memory',
    isNumber: true,
    onPhone: 'hidden',
    render: ({ peakMemoryBytes }) => (peakMemoryBytes === null ? '–' : formatSize(peakMemoryBytes)),
  },
  {
    id: 'cpu',
    title: 'CPU time',
    isNumber: true,
    onPhone: 'hidden',
    render: ({ cpuMs }) => (cpuMs === null ? '–' : lastedText(cpuMs)),
  },
  {
    id: 'lines',
    title: 'Lines',
    isNumber: true,
    onPhone: 'hidden',
    render: ({ lines }) => lines?.toLocaleString('en') ?? '–',
  },
];

export interface RunsTableProps {
  readonly id: string;
  /** Another text: they are asked for again. */
  readonly life: string;
}

export function RunsTable({ id, life }: RunsTableProps) {
  const [limit, setLimit] = useState(FIRST_RUNS);
  const { data, problem, reload } = useApi<RunListResult>(`/plugins/${id}/runs?limit=${limit}`);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see `life`
  useEffect(() => void reload(), [reload, life]);
  return (
    <section aria-labelledby="runs-head">
      <h2 id="runs-head">Runs</h2>
      {problem !== undefined && (
        <ErrorCard problem={problem} title="The runs cannot be shown" onRetry={() => void reload()} />
      )}
      {data === undefined && problem === undefined && <Loading />}
      {data !== undefined && (
        <DataTable
          label={`Runs of ${id}`}
          columns={COLUMNS}
          rows={data.runs}
          keyOf={(run) => String(run.id)}
          empty={<EmptyState title="It has not run yet." />}
        />
      )}
      {data !== undefined && data.runs.length === limit && limit === FIRST_RUNS && (
        <Button kind="quiet" onClick={() => setLimit(MORE_RUNS)}>
          Show more
        </Button>
      )}
    </section>
  );
}
