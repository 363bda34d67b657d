/** Quick actions in their order, for admins: moved up and down, changed, removed. */

import { useState } from 'react';
import { sanitise } from '../../../../../src/cli/output/sanitise.ts';
import type { QuickAction } from '../../../../../src/protocol/control/quick-actions.ts';
import { request } from '../../api/request.ts';
import { Button } from '../../parts/button.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { shownCommand } from './task-words.ts';

export interface ActionListProps {
  readonly actions: readonly QuickAction[];
  onEdit(action: QuickAction): void;
  onRemove(action: QuickAction): void;
  onChanged(): Promise<void>;
}

export function ActionList({ actions, onEdit, onRemove, onChanged }: ActionListProps) {
  const [isBusy, setIsBusy] = useState(false);
  const toast = useToast();
  const move = async ({ name, title }: QuickAction, position: number): Promise<void> => {
    setIsBusy(true);
    const moved = await request('PUT', `/actions/${encodeURIComponent(name)}`, { position });
    if (!moved.ok) toast.showProblem(`Move ${title}`, moved.failure);
    await onChanged();
    setIsBusy(false);
  };
  return (
    <ol className="action-list">
      {actions.map((action, index) => (
        <li key={action.name} className="action-row">
          <span className="action-icon" aria-hidden="true">
            {action.icon}
          </span>
          <span className="action-words">
            <span>{sanitise(action.title)}</span>
            <code className="dim">{shownCommand(action)}</code>
          </span>
          <Button
            kind="quiet"
            disabled={index === 0 || isBusy}
            aria-label={`Move ${action.title} up`}
            onClick={() => void move(action, index)}
          >
            ↑
          </Button>
          <Button
            kind="quiet"
            disabled={index === actions.length - 1 || isBusy}
            aria-label={`Move ${action.title} down`}
            onClick={() => void move(action, index + 2)}
          >
            ↓
          </Button>
          <Button kind="quiet" aria-label={`Edit ${action.title}`} onClick={() => onEdit(action)}>
            Edit
          </Button>
          <Button kind="quiet" aria-label={`Remove ${action.title}`} onClick={() => onRemove(action)}>
            Remove
          </Button>
        </li>
      ))}
    </ol>
  );
}
