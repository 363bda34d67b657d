/** The crashes of a plugin, and one of them with all that was kept of it. */

import { useEffect, useState } from 'react';
import type { CrashListResult } from '../../../../../src/protocol/control/crashes.ts';
import { useApi } from '../../api/use-api.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { CrashCapsule } from './crash-capsule.tsx';
import { CRASH_COLUMNS } from './crash-columns.tsx';

const PAGE = 50;
/** The API gives no more at once. */
const MAX_CRASHES = 1_000;

export interface CrashesTabProps {
  readonly plugin: LivePlugin;
  /** Its number, from the address. */
  readonly crash: string | undefined;
}

export function CrashesTab({ plugin, crash }: CrashesTabProps) {
  return crash === undefined ? (
    <CrashList plugin={plugin} />
  ) : (
    <CrashCapsule key={crash} plugin={plugin} crash={crash} />
  );
}

function CrashList({ plugin }: { readonly plugin: LivePlugin }) {
  const { id, lastCrash } = plugin;
  const [limit, setLimit] = useState(PAGE);
  const { data, problem, reload } = useApi<CrashListResult>(`/plugins/${id}/crashes?limit=${limit}`);
  const newest = lastCrash?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: there is another one
  useEffect(() => void reload(), [reload, newest]);
  if (data === undefined) {
    if (problem === undefined) return <Loading />;
    return <ErrorCard problem={problem} title="The crashes cannot be shown" onRetry={() => void reload()} />;
  }
  return (
    <>
      <DataTable
        label={`Crashes of ${id}, newest first`}
        columns={CRASH_COLUMNS}
        rows={data.crashes}
        keyOf={(crash) => String(crash.id)}
        empty={<EmptyState title="It has not crashed." />}
      />
      {data.crashes.length === limit && limit < MAX_CRASHES && (
        <Button kind="quiet" onClick={() => setLimit(limit === PAGE ? 4 * PAGE : MAX_CRASHES)}>
          Show older ones
        </Button>
      )}
      {data.crashes.length === MAX_CRASHES && (
        <p className="dim">
          Older ones: <code>toru crashes {id}</code>
        </p>
      )}
    </>
  );
}
