/** What was asked for over HTTP, by whom, and who signed in or tried to. */

import { useState } from 'react';
import { formatDateTime } from '../../../../../src/cli/output/sizes.ts';
import { useApi } from '../../api/use-api.ts';
import { Button } from '../../parts/button.tsx';
import { CommandHint } from '../../parts/command-hint.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { SelectField } from '../../parts/select-field.tsx';
import type { AuditAnswer, AuditEntry } from './answers.ts';

const PAGE = 100;
const MAX_ENTRIES = 1_000;

type Kind = 'all' | 'sign-in' | 'refused' | 'changes';

const KINDS: readonly (readonly [kind: Kind, label: string])[] = [
  ['all', 'everything'],
  ['sign-in', 'attempts to sign in'],
  ['changes', 'changes'],
  ['refused', 'what was refused or failed'],
];

export function Audit() {
  const [kind, setKind] = useState<Kind>('all');
  const [limit, setLimit] = useState(PAGE);
  const { data, problem, isLoading, reload } = useApi<AuditAnswer>(`/audit?limit=${limit}`);
  if (data === undefined) {
    if (problem === undefined) return <Loading what="Reading the audit" />;
    return <ErrorCard problem={problem} title="The audit cannot be shown" onRetry={() => void reload()} />;
  }
  return (
    <>
      <search className="filter-bar" aria-label="Filter the audit">
        <SelectField label="Show" value={kind} options={KINDS} onChange={(one: Kind) => setKind(one)} />
        <Button isBusy={isLoading} onClick={() => void reload()}>
          Read again
        </Button>
      </search>
      <DataTable
        label="Audit, newest first"
        columns={COLUMNS}
        rows={data.entries.filter((entry) => isOf(entry, kind))}
        keyOf={({ id }) => String(id)}
        empty={<EmptyState title="Nothing like that among those that were read." />}
      />
      <p className="table-foot">
        {data.entries.length === limit && limit < MAX_ENTRIES ? (
          <Button isBusy={isLoading} onClick={() => setLimit(MAX_ENTRIES)}>
            Show older ones
          </Button>
        ) : null}
        <CommandHint command={`toru web audit -n ${limit}`} />
      </p>
    </>
  );
}

function isOf({ action, result }: AuditEntry, kind: Kind): boolean {
  switch (kind) {
    case 'all':
      return true;
    case 'sign-in':
      return action === 'sign-in';
    case 'changes':
      return action !== 'sign-in';
    case 'refused':
      return result !== 'ok';
    default:
      return kind satisfies never;
  }
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'at', title: 'At', render: ({ at }) => <time dateTime={at}>{formatDateTime(at)}</time> },
  { id: 'actor', title: 'Who', render: ({ actor }) => actor },
  { id: 'address', title: 'From', render: ({ address }) => <code>{address}</code>, onPhone: 'hidden' },
  { id: 'action', title: 'What', render: ({ action }) => action },
  { id: 'target', title: 'Of what', render: ({ target }) => <code className="audit-target">{target}</code> },
  {
    id: 'result',
    title: 'Result',
    render: ({ result }) => <span className={result === 'ok' ? undefined : 'tone-bad'}>{result}</span>,
  },
];
