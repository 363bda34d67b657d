/** API tokens: one's own, and for admins those of all users. */

import { useMemo, useState } from 'react';
import { request } from '../../api/request.ts';
import { useApi } from '../../api/use-api.ts';
import { Ago } from '../../parts/ago.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { Until } from '../../parts/until.tsx';
import { AddTokenDialog } from './add-token-dialog.tsx';
import type { NewTokenAnswer, Token, TokenListAnswer } from './answers.ts';
import { NewToken } from './new-token.tsx';

export function TokenList() {
  const { data, problem, reload } = useApi<TokenListAnswer>('/tokens');
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<NewTokenAnswer>();
  const [removed, setRemoved] = useState<Token>();
  const columns = useMemo(() => columnsFor(setRemoved), []);
  const toast = useToast();
  if (data === undefined) {
    if (problem === undefined) return <Loading what="Asking for the tokens" />;
    return <ErrorCard problem={problem} title="Tokens cannot be shown" onRetry={() => void reload()} />;
  }
  const remove = async ({ id, name }: Token): Promise<void> => {
    const gone = await request('DELETE', `/tokens/${id}`);
    if (!gone.ok) toast.showProblem(`Remove ${name}`, gone.failure);
    if (made?.id === id) setMade(undefined);
    await reload();
  };
  return (
    <>
      <p className="table-head">
        <Button kind="primary" onClick={() => setIsAdding(true)}>
          Make a token
        </Button>
      </p>
      {made === undefined ? null : <NewToken made={made} onClose={() => setMade(undefined)} />}
      <DataTable
        label="API tokens"
        columns={columns}
        rows={data.tokens}
        keyOf={({ id }) => String(id)}
        empty={NO_TOKENS}
      />
      {isAdding ? (
        <AddTokenDialog
          onClose={() => setIsAdding(false)}
          onMade={async (token) => {
            setMade(token);
            await reload();
          }}
        />
      ) : null}
      {removed === undefined ? null : (
        <Confirm
          title={`Remove the token ${removed.name}?`}
          verb="Remove"
          isDangerous
          command={`toru web token remove ${removed.id}`}
          onConfirm={() => remove(removed)}
          onCancel={() => setRemoved(undefined)}
        >
          <p>Whatever uses it is refused at once.</p>
        </Confirm>
      )}
    </>
  );
}

const NO_TOKENS = (
  <EmptyState title="No tokens yet.">
    <p>
      A token lets a script use the API without a password: <code>Authorization: Bearer TOKEN</code>.
    </p>
  </EmptyState>
);

function columnsFor(onRemove: (token: Token) => void): readonly Column<Token>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      render: ({ name }) => name,
      compare: (one, other) => one.name.localeCompare(other.name),
    },
    {
      id: 'user',
      title: 'User',
      render: ({ user }) => user,
      compare: (one, other) => one.user.localeCompare(other.user),
    },
    { id: 'role', title: 'Role', render: ({ role }) => role },
    {
      id: 'plugins',
      title: 'Plugins',
      render: ({ plugins }) => (plugins.includes('*') ? 'all' : <code>{plugins.join(', ')}</code>),
      onPhone: 'hidden',
    },
    {
      id: 'expires',
      title: 'Expires',
      render: ({ expiresAt }) => <Until at={expiresAt} over="expired" />,
      compare: (one, other) => one.expiresAt.localeCompare(other.expiresAt),
    },
    {
      id: 'used',
      title: 'Used',
      render: ({ lastUsedAt }) =>
        lastUsedAt === null ? <span className="dim">never</span> : <Ago at={lastUsedAt} />,
      onPhone: 'hidden',
    },
    {
      id: 'remove',
      title: 'Remove',
      isTitleHidden: true,
      render: (token) => (
        <Button kind="quiet" aria-label={`Remove the token ${token.name}`} onClick={() => onRemove(token)}>
          Remove
        </Button>
      ),
    },
  ];
}
