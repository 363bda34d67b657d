/** Asking for a run, and where one is led then. */

import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { shellLine } from '../../../../../src/cli/shell-words.ts';
import type { QuickAction } from '../../../../../src/protocol/control/quick-actions.ts';
import type { TaskRunResult } from '../../../../../src/protocol/control/tasks.ts';
import type { Problem } from '../../api/answer-types.ts';
import { request } from '../../api/request.ts';
import { useToast } from '../../parts/toasts.tsx';
import { taskPath } from './task-words.ts';

export interface RunWish {
  readonly script: string;
  readonly args: readonly string[];
  readonly lock?: string;
  readonly name?: string;
  readonly timeoutMs?: number;
}

/** Runs a script and shows its task. Answers why it was not run. */
export function useRunScript(): (wish: RunWish) => Promise<Problem | undefined> {
  const [, navigate] = useLocation();
  return useCallback(
    async ({ script, ...body }) => {
      const begun = await request<TaskRunResult>('POST', `/scripts/${encodeURIComponent(script)}/run`, body);
      if (!begun.ok) return begun.failure;
      if (begun.value.task !== null) navigate(taskPath(begun.value.task.id));
      return undefined;
    },
    [navigate],
  );
}

/** Runs a quick action and shows its task; what goes wrong is told in a corner. */
export function useRunAction(): (action: QuickAction) => Promise<void> {
  const [, navigate] = useLocation();
  const toast = useToast();
  return useCallback(
    async ({ name, title }) => {
      const begun = await request<TaskRunResult>('POST', `/actions/${encodeURIComponent(name)}/run`, {});
      if (!begun.ok) toast.showProblem(title, begun.failure);
      else if (begun.value.task !== null) navigate(taskPath(begun.value.task.id));
    },
    [navigate, toast],
  );
}

/** `toru run backup.sh --lock backup --timeout 1h -- --full` */
export function runCommand({ script, args, lock, name, timeoutMs }: RunWish): string {
  const options = [
    ...(lock === undefined ? [] : ['--lock', lock]),
    ...(timeoutMs === undefined ? [] : ['--timeout', `${timeoutMs / 1000}s`]),
    ...(name === undefined ? [] : ['--name', name]),
  ];
  return shellLine(['toru', 'run', script, ...options, ...(args.length === 0 ? [] : ['--', ...args])]);
}
