/** Tasks in single words, for the command line, the terminal UI and the web console. */

import type { Task } from '../../protocol/control/tasks.ts';
import { actorText } from '../actor-text.ts';
import { shellLine } from '../shell-words.ts';

/** `exit 7`, `SIGKILL`, `timed out`, `not started`, `nobody saw it`; null while there is no end. */
export function endText({ state, exitCode, signal, timedOut }: Task): string | null {
  if (timedOut) return 'timed out';
  if (signal !== null) return signal;
  if (exitCode !== null) return `exit ${exitCode}`;
  if (state === 'lost') return 'nobody saw it';
  return state === 'failed' || state === 'cancelled' ? 'not started' : null;
}

/** Who or what began it: `ops`, `schedule nightly`, `ops, action deploy`. null: nobody knows. */
export function beganText({ origin, actor }: Task): string | null {
  const who = actor?.onBehalfOf ?? actor?.name ?? actorText(actor);
  switch (origin.kind) {
    case 'schedule':
      return `schedule ${origin.schedule}`;
    case 'action':
      return who === '' ? `action ${origin.action}` : `${who}, action ${origin.action}`;
    case 'run':
      return who === '' ? null : who;
    default:
      return origin satisfies never;
  }
}

/** Script and arguments as a shell would take them. */
export function commandText({ script, args }: Pick<Task, 'script' | 'args'>): string {
  return shellLine([script, ...args]);
}
