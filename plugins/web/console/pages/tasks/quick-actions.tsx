/** Quick actions as buttons; admins add, change, move and remove them. */

import { useState } from 'react';
import type {
  QuickAction,
  QuickActionListResult,
} from '../../../../../src/protocol/control/quick-actions.ts';
import { request } from '../../api/request.ts';
import { useApi } from '../../api/use-api.ts';
import { useWhenBack } from '../../live/use-when-back.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorCard } from '../../parts/error-card.tsx';
import { Loading } from '../../parts/loading.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { useSession } from '../../session/session.tsx';
import { ActionForm } from './action-form.tsx';
import { ActionList } from './action-list.tsx';
import { useRunAction } from './run-script.ts';
import { shownCommand } from './task-words.ts';

type Asked =
  | { readonly kind: 'run'; readonly action: QuickAction }
  | { readonly kind: 'edit'; readonly action: QuickAction }
  | { readonly kind: 'remove'; readonly action: QuickAction }
  | { readonly kind: 'add' };

export function QuickActions() {
  const { data, problem, isLoading, reload } = useApi<QuickActionListResult>('/actions');
  useWhenBack(reload);
  const { mayOperate, mayAdmin } = useSession();
  const [asked, setAsked] = useState<Asked>();
  const [isEditing, setIsEditing] = useState(false);
  const run = useRunAction();
  const actions = data?.actions ?? [];
  const close = (): void => setAsked(undefined);
  const press = (action: QuickAction): void => {
    if (action.confirm === null) void run(action);
    else setAsked({ kind: 'run', action });
  };
  return (
    <section aria-labelledby="quick-actions" className="section">
      <header className="section-head">
        <h2 id="quick-actions">Quick actions</h2>
        {mayAdmin ? (
          <div className="section-actions">
            {actions.length === 0 ? null : (
              <Button kind="quiet" aria-pressed={isEditing} onClick={() => setIsEditing(!isEditing)}>
                {isEditing ? 'Done' : 'Edit'}
              </Button>
            )}
            <Button kind="quiet" onClick={() => setAsked({ kind: 'add' })}>
              Add
            </Button>
          </div>
        ) : null}
      </header>
      {problem === undefined ? null : (
        <ErrorCard problem={problem} title="Quick actions cannot be shown" onRetry={() => void reload()} />
      )}
      {isLoading && data === undefined ? <Loading what="Asking for the quick actions" /> : null}
      {data !== undefined && actions.length === 0 ? <NoActions mayAdmin={mayAdmin} /> : null}
      {isEditing && mayAdmin ? (
        <ActionList
          actions={actions}
          onEdit={(action) => setAsked({ kind: 'edit', action })}
          onRemove={(action) => setAsked({ kind: 'remove', action })}
          onChanged={reload}
        />
      ) : (
        <div className="quick-actions">
          {actions.map((action) => (
            <Button
              key={action.name}
              disabled={!mayOperate}
              title={`toru actions run ${action.name}: ${shownCommand(action)}`}
              onClick={() => press(action)}
            >
              {action.icon === '' ? null : <span aria-hidden="true">{action.icon}</span>}
              {action.title}
            </Button>
          ))}
        </div>
      )}
      <Questions asked={asked} onRun={run} onClose={close} onChanged={reload} />
    </section>
  );
}

interface QuestionsProps {
  readonly asked: Asked | undefined;
  onRun(action: QuickAction): Promise<void>;
  onClose(): void;
  onChanged(): Promise<void>;
}

function Questions({ asked, onRun, onClose, onChanged }: QuestionsProps) {
  const toast = useToast();
  const remove = async ({ name, title }: QuickAction): Promise<void> => {
    const removed = await request('DELETE', `/actions/${encodeURIComponent(name)}`);
    if (!removed.ok) toast.showProblem(`Remove ${title}`, removed.failure);
    await onChanged();
  };
  switch (asked?.kind) {
    case undefined:
      return null;
    case 'add':
      return <ActionForm action={undefined} onClose={onClose} onSaved={onChanged} />;
    case 'edit':
      return <ActionForm action={asked.action} onClose={onClose} onSaved={onChanged} />;
    case 'run':
      return (
        <Confirm
          title={asked.action.title}
          verb="Run"
          command={`toru actions run ${asked.action.name}`}
          onConfirm={() => onRun(asked.action)}
          onCancel={onClose}
        >
          <p>{asked.action.confirm}</p>
          <p className="dim">
            It runs <code>{shownCommand(asked.action)}</code>.
          </p>
        </Confirm>
      );
    case 'remove':
      return (
        <Confirm
          title={`Remove ${asked.action.title}?`}
          verb="Remove"
          isDangerous
          command={`toru actions remove ${asked.action.name}`}
          onConfirm={() => remove(asked.action)}
          onCancel={onClose}
        >
          <p>The script and the history of its tasks stay.</p>
        </Confirm>
      );
    default:
      return asked satisfies never;
  }
}

function NoActions({ mayAdmin }: { readonly mayAdmin: boolean }) {
  return (
    <EmptyState title="No quick actions yet.">
      <p>
        A quick action is a script with its arguments behind a button.{' '}
        {mayAdmin ? (
          <>
            Add one here, or with <code>toru actions add NAME --script SCRIPT</code>.
          </>
        ) : (
          'An admin can add some.'
        )}
      </p>
    </EmptyState>
  );
}
