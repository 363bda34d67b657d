/** Scripts that can be run, and why others are not. */

import { useMemo, useState } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { Script, ScriptListResult } from '../../../../../src/protocol/control/tasks.ts';
import { useApi } from '../../api/use-api.ts';
import { useWhenBack } from '../../live/use-when-back.ts';
import { Ago } from '../../parts/ago.tsx';
import { Button } from '../../parts/button.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useSession } from '../../session/session.tsx';
import { RunDialog } from './run-dialog.tsx';

export function Scripts() {
  const { data, problem, isLoading, reload } = useApi<ScriptListResult>('/scripts');
  useWhenBack(reload);
  const { mayOperate } = useSession();
  const [chosen, setChosen] = useState<string>();
  const columns = useMemo(() => columnsFor(mayOperate, setChosen), [mayOperate]);
  if (problem !== undefined) {
    return <ErrorCard problem={problem} title="Scripts cannot be shown" onRetry={() => void reload()} />;
  }
  if (data === undefined) return isLoading ? <Loading what="Looking for scripts" /> : null;
  return (
    <>
      <DataTable
        label="Scripts"
        columns={columns}
        rows={data.scripts}
        keyOf={({ name }) => name}
        empty={<NoScripts folder={data.folder} />}
      />
      {data.scripts.length === 0 ? null : (
        <p className="dim">
          They lie in <code>{data.folder}</code>.{' '}
          <Button kind="quiet" onClick={() => void reload()}>
            Look again
          </Button>
        </p>
      )}
      {chosen === undefined ? null : <RunDialog script={chosen} onClose={() => setChosen(undefined)} />}
    </>
  );
}

function columnsFor(mayOperate: boolean, onRun: (script: string) => void): readonly Column<Script>[] {
  return [
    {
      id: 'name',
      title: 'Script',
      render: ({ name }) => <code>{name}</code>,
      compare: (one, other) => one.name.localeCompare(other.name),
    },
    {
      id: 'does',
      title: 'Does',
      render: ({ description, refused }) =>
        refused === null ? (
          sanitise(description)
        ) : (
          <span className="tone-bad">refused: {sanitise(refused)}</span>
        ),
    },
    {
      id: 'changed',
      title: 'Changed',
      render: ({ modifiedAt }) => <Ago at={modifiedAt} />,
      compare: (one, other) => one.modifiedAt.localeCompare(other.modifiedAt),
      onPhone: 'hidden',
    },
    {
      id: 'size',
      title: 'Size',
      isNumber: true,
      render: ({ sizeBytes }) => formatSize(sizeBytes),
      compare: (one, other) => one.sizeBytes - other.sizeBytes,
      onPhone: 'hidden',
    },
    {
      id: 'run',
      title: 'Run',
      isTitleHidden: true,
      render: ({ name, refused }) =>
        refused === null && mayOperate ? (
          <Button kind="quiet" aria-label={`Run ${name}`} onClick={() => onRun(name)}>
            Run…
          </Button>
        ) : null,
    },
  ];
}

function NoScripts({ folder }: { readonly folder: string }) {
  return (
    <EmptyState title="No scripts yet.">
      <p>
        Put an executable file into <code>{folder}</code>. Its first comment line is shown here.
      </p>
    </EmptyState>
  );
}
