/** What a plugin keeps in its store, for admins: look at it, change it, delete it. */

import { useState } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import { formatSize } from '../../../../../src/cli/output/sizes.ts';
import type { KvListResult, KvEntry as StoredKey } from '../../../../../src/protocol/control/kv.ts';
import { useApi } from '../../api/use-api.ts';
import type { LivePlugin } from '../../live/live.tsx';
import { Button } from '../../parts/button.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Field } from '../../parts/field.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useSession } from '../../session/session.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';

/** Rows that are drawn; whoever looks for another one narrows them down. */
const MAX_SHOWN = 500;

export function DataTab({ plugin: { id } }: { readonly plugin: LivePlugin }) {
  const { mayAdmin, user } = useSession();
  if (!mayAdmin) {
    return (
      <EmptyState title="The store is for admins.">
        <p>
          It may hold anything, passwords too. You are signed in as {user.name}, with the role {user.role}.
        </p>
      </EmptyState>
    );
  }
  return <Store id={id} />;
}

function Store({ id }: { readonly id: string }) {
  const { data, problem, reload } = useApi<KvListResult>(`/plugins/${id}/kv`);
  const [wanted, setWanted] = useState('');
  const [opened, setOpened] = useState<string>();
  const [isAdding, setIsAdding] = useState(false);
  if (data === undefined) {
    if (problem === undefined) return <Loading />;
    return <ErrorCard problem={problem} title="The store cannot be shown" onRetry={() => void reload()} />;
  }
  const found = data.entries.filter(({ key }) => key.includes(wanted));
  return (
    <>
      <div className="tab-tools">
        <Field
          label="Keys with"
          type="search"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <Button onClick={() => void reload()}>Look again</Button>
        <Button onClick={() => setIsAdding(true)}>Add a key…</Button>
      </div>
      {problem !== undefined && <ErrorCard problem={problem} title="The store cannot be looked at again" />}
      <KeyTable id={id} keys={found.slice(0, MAX_SHOWN)} isNarrowed={wanted !== ''} onOpen={setOpened} />
      {found.length > MAX_SHOWN && (
        <p className="dim">
          {MAX_SHOWN} of {found.length} keys are shown.
        </p>
      )}
      {opened !== undefined && (
        <KeyDialog
          key={opened}
          id={id}
          name={opened}
          expiresAt={data.entries.find(({ key }) => key === opened)?.expiresAt ?? null}
          onClose={() => setOpened(undefined)}
          onChanged={reload}
        />
      )}
      {isAdding && <NewKeyDialog id={id} onClose={() => setIsAdding(false)} onAdded={reload} />}
    </>
  );
}

interface KeyTableProps {
  readonly id: string;
  readonly keys: readonly StoredKey[];
  /** Not all of them are asked for. */
  readonly isNarrowed: boolean;
  onOpen(key: string): void;
}

function KeyTable({ id, keys, isNarrowed, onOpen }: KeyTableProps) {
  return (
    <DataTable
      label={`Keys in the store of ${id}`}
      columns={[
        {
          id: 'key',
          title: 'Key',
          render: ({ key }) => (
            <button type="button" className="link-button mono" onClick={() => onOpen(key)}>
              {sanitise(key)}
            </button>
          ),
        },
        { id: 'size', title: 'Size', isNumber: true, render: ({ valueBytes }) => formatSize(valueBytes) },
        { id: 'version', title: 'Version', isNumber: true, render: ({ version }) => version },
        {
          id: 'expires',
          title: 'Goes away',
          onPhone: 'hidden',
          render: ({ expiresAt }) =>
            expiresAt === null ? <span className="dim">stays</span> : <Until at={expiresAt} />,
        },
      ]}
      rows={keys}
      keyOf={({ key }) => key}
      empty={
        isNarrowed ? (
          <EmptyState title="No key is like that." />
        ) : (
          <EmptyState title="Its store is empty.">
            <p>
              The plugin writes to it itself; you can too: <code>toru kv set {id} KEY VALUE</code>
            </p>
          </EmptyState>
        )
      }
    />
  );
}

function Until({ at }: { readonly at: string }) {
  return <time dateTime={at}>{new Date(at).toLocaleString()}</time>;
}
