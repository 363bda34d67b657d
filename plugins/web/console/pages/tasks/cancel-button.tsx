/** Ends a task before its time; pressed again while it still runs, at once. */

import { useState } from 'react';
import { isFinal, type Task, type TaskCancelResult } from '../../../../../src/protocol/control/tasks.ts';
import { request } from '../../api/request.ts';
import { Button, type ButtonProps } from '../../parts/button.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { shortId } from './task-words.ts';

export interface CancelButtonProps {
  readonly task: Task;
  readonly kind?: ButtonProps['kind'];
}

export function CancelButton({ task, kind = 'danger' }: CancelButtonProps) {
  const [isCancelled, setIsCancelled] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const toast = useToast();
  const { id, script, state } = task;
  if (isFinal(state)) return null;
  const cancel = async (): Promise<void> => {
    setIsBusy(true);
    const body = isCancelled ? { force: true } : {};
    const cancelled = await request<TaskCancelResult>(
      'POST',
      `/tasks/${encodeURIComponent(id)}/cancel`,
      body,
    );
    setIsBusy(false);
    if (cancelled.ok) setIsCancelled(true);
    else toast.showProblem(`Cancel ${script}`, cancelled.failure);
  };
  const command = `toru task cancel ${isCancelled ? '--force ' : ''}${shortId(id)}`;
  return (
    <Button
      kind={kind}
      isBusy={isBusy}
      title={command}
      aria-label={`${isCancelled ? 'Kill' : 'Cancel'} ${script}`}
      onClick={() => void cancel()}
    >
      {isCancelled ? 'Kill now' : 'Cancel'}
    </Button>
  );
}
