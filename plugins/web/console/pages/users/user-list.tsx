/** All users, for admins. */

import { useMemo, useState } from 'react';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import { request } from '../../api/request.ts';
import { useApi } from '../../api/use-api.ts';
import { Ago } from '../../parts/ago.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { useSession } from '../../session/session.tsx';
import { ROLES, type User, type UserListAnswer } from './answers.ts';
import { AddUserDialog, PasswordDialog, RoleDialog } from './user-dialogs.tsx';

type Asked =
  | { readonly kind: 'role' | 'password' | 'remove'; readonly user: User }
  | { readonly kind: 'add' };

export function UserList() {
  const { data, problem, reload } = useApi<UserListAnswer>('/users');
  const { user: self } = useSession();
  const [asked, setAsked] = useState<Asked>();
  const columns = useMemo(() => columnsFor(self.name, setAsked), [self.name]);
  const toast = useToast();
  const close = (): void => setAsked(undefined);
  const common = (user: User) => ({
    user,
    isSelf: user.name === self.name,
    onClose: close,
    onChanged: reload,
  });
  if (data === undefined) {
    if (problem === undefined) return <Loading what="Asking for the users" />;
    return <ErrorCard problem={problem} title="Users cannot be shown" onRetry={() => void reload()} />;
  }
  const admins = data.users.filter(({ role }) => role === 'admin').length;
  const isLastAdmin = ({ role }: User): boolean => role === 'admin' && admins === 1;
  const remove = async ({ name }: User): Promise<void> => {
    const removed = await request('DELETE', `/users/${encodeURIComponent(name)}`);
    if (!removed.ok) toast.showProblem(`Remove ${name}`, removed.failure);
    await reload();
  };
  return (
    <>
      <p className="table-head">
        <Button kind="primary" onClick={() => setAsked({ kind: 'add' })}>
          Add a user
        </Button>
      </p>
      <DataTable label="Users" columns={columns} rows={data.users} keyOf={({ name }) => name} />
      {asked?.kind === 'add' ? <AddUserDialog onClose={close} onChanged={reload} /> : null}
      {asked?.kind === 'role' ? <RoleDialog {...common(asked.user)} /> : null}
      {asked?.kind === 'password' ? <PasswordDialog {...common(asked.user)} /> : null}
      {asked?.kind === 'remove' ? (
        <Confirm
          title={`Remove ${asked.user.name}?`}
          verb="Remove"
          isDangerous
          command={shellLine(['toru', 'web', 'user', 'remove', asked.user.name])}
          problem={isLastAdmin(asked.user) ? LAST_ADMIN : undefined}
          onConfirm={() => remove(asked.user)}
          onCancel={close}
        >
          <p>
            {asked.user.name === self.name
              ? 'This is you: you are signed out at once, and cannot come in again.'
              : 'All sessions and tokens of this user end. What the user did stays in the audit.'}
          </p>
        </Confirm>
      ) : null}
    </>
  );
}

const LAST_ADMIN = {
  status: 409,
  title: 'Not possible now',
  code: 'conflict',
  detail: 'this is the last admin',
  hint: 'make another one first',
} as const;

function columnsFor(self: string, onAsk: (asked: Asked) => void): readonly Column<User>[] {
  return [
    {
      id: 'name',
      title: 'Name',
      render: ({ name }) => (
        <>
          {name}
          {name === self ? <span className="dim"> (you)</span> : null}
        </>
      ),
      compare: (one, other) => one.name.localeCompare(other.name),
    },
    {
      id: 'role',
      title: 'Role',
      render: ({ role }) => role,
      compare: (one, other) => ROLES.indexOf(one.role) - ROLES.indexOf(other.role),
    },
    {
      id: 'seen',
      title: 'Signed in',
      render: ({ lastSignInAt }) =>
        lastSignInAt === null ? <span className="dim">never</span> : <Ago at={lastSignInAt} />,
      compare: (one, other) => (one.lastSignInAt ?? '').localeCompare(other.lastSignInAt ?? ''),
      onPhone: 'hidden',
    },
    {
      id: 'password',
      title: 'Password set',
      render: ({ passwordChangedAt }) => <Ago at={passwordChangedAt} />,
      onPhone: 'hidden',
    },
    {
      id: 'change',
      title: 'Change',
      isTitleHidden: true,
      render: (user) => <RowActions user={user} onAsk={onAsk} />,
    },
  ];
}

function RowActions({ user, onAsk }: { readonly user: User; onAsk(asked: Asked): void }) {
  const { name } = user;
  return (
    <span className="row-actions">
      <Button kind="quiet" aria-label={`Role of ${name}`} onClick={() => onAsk({ kind: 'role', user })}>
        Role
      </Button>
      <Button
        kind="quiet"
        aria-label={`Password of ${name}`}
        onClick={() => onAsk({ kind: 'password', user })}
      >
        Password
      </Button>
      <Button kind="quiet" aria-label={`Remove ${name}`} onClick={() => onAsk({ kind: 'remove', user })}>
        Remove
      </Button>
    </span>
  );
}
