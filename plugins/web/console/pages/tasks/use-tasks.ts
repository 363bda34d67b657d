/** The tasks that run or wait, and the newest that have ended, as they are now. */

import { useCallback, useEffect, useRef, useState } from 'react';
import { isFinal, type Task } from '../../../../../src/protocol/control/tasks.ts';
import { useFollow } from '../../live/live.tsx';
import type { ServerMessage } from '../../live/messages.ts';

/** Changes that come close together are shown together, in milliseconds. */
const GATHER_MS = 60;
/** Ended ones that are kept beside those that run. */
const MAX_ENDED = 100;

export interface Tasks {
  /** Newest first; undefined: not yet known. */
  readonly tasks: readonly Task[] | undefined;
  /** Counts the tasks that have ended since the page was opened. */
  readonly ended: number;
  /** Why they cannot be followed. */
  readonly problem: { readonly detail: string; readonly hint?: string } | undefined;
}

const NOTHING: Tasks = { tasks: undefined, ended: 0, problem: undefined };

export function useTasks(): Tasks {
  const [shown, setShown] = useState(NOTHING);
  const known = useRef(new Map<string, Task>());
  const ended = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const showSoon = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const tasks = newestFirst(known.current);
      known.current = new Map(tasks.map((task) => [task.id, task]));
      setShown({ tasks, ended: ended.current, problem: undefined });
    }, GATHER_MS);
  }, []);
  useFollow({ topic: 'tasks' }, (message: ServerMessage) => {
    switch (message.type) {
      case 'snapshot':
        known.current = new Map((message.tasks ?? []).map((task) => [task.id, task]));
        // What has ended while nobody was connected is not told one by one.
        ended.current += 1;
        showSoon();
        return;
      case 'task':
        if (message.task === undefined) return;
        known.current.set(message.task.id, message.task);
        if (isFinal(message.task.state)) ended.current += 1;
        showSoon();
        return;
      case 'error':
        setShown({
          ...NOTHING,
          problem: {
            detail: message.message ?? 'tasks cannot be followed',
            ...(message.hint === undefined ? {} : { hint: message.hint }),
          },
        });
        return;
    }
  });
  return shown;
}

function newestFirst(known: ReadonlyMap<string, Task>): readonly Task[] {
  const sorted = [...known.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  const oldest = sorted.filter(({ state }) => isFinal(state)).at(MAX_ENDED - 1);
  return oldest === undefined ? sorted : sorted.filter(({ id, state }) => !isFinal(state) || id >= oldest.id);
}
