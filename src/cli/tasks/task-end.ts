/** What the end of a task is as an exit code, and toru's own failures of `toru run` (as timeout(1), env(1) and sh(1) have them). */

import { constants } from 'node:os';
import type { Task } from '../../protocol/control/tasks.ts';
import type { ErrorBody, ErrorCode } from '../../protocol/errors.ts';
import { errorBody } from '../../protocol/errors.ts';

/** The script's time limit has passed. */
export const LATE_EXIT = 124;
/** toru's own failures of every other kind. */
export const OWN_EXIT = 125;
/** There is such a script, and it cannot be run: refused, not permitted, its interpreter is missing. */
export const REFUSED_EXIT = 126;
/** There is no such script or action. */
export const ABSENT_EXIT = 127;

const USAGE_EXIT = 2;
const SIGNAL_EXIT = 128;
/** Cancelled before it was started, or out of sight: as if Ctrl-C had ended it. */
const CANCELLED_EXIT = 130;
/** SIGRTMIN as programs see it (signal(7), glibc). */
const FIRST_REAL_TIME = 34;

export interface TaskEnd {
  readonly exitCode: number;
  /** What the exit code alone does not tell; absent when the script itself has ended it. */
  readonly error?: ErrorBody;
}

/** For a task that is final. The script's own code; 128+n for signal n; 124 when its time was over. */
export function taskEnd(task: Task): TaskEnd {
  const { state, exitCode, signal, reason, script } = task;
  const told = (code: ErrorCode, message: string): ErrorBody => errorBody(code, message, { name: script });
  if (state === 'lost') {
    const message = reason ?? 'nobody saw its end: the machine went down';
    return { exitCode: OWN_EXIT, error: told('failed', message) };
  }
  if (task.timedOut) {
    const message = reason ?? 'its time limit has passed';
    return { exitCode: LATE_EXIT, error: told('timeout', message) };
  }
  if (state === 'failed' && task.startedAt === null) {
    return { exitCode: exitCode ?? REFUSED_EXIT, error: told('failed', reason ?? 'it could not be started') };
  }
  if (exitCode !== null) return { exitCode };
  if (signal !== null) return { exitCode: SIGNAL_EXIT + signalNumber(signal) };
  if (state === 'cancelled') {
    return { exitCode: CANCELLED_EXIT, error: told('interrupted', reason ?? 'cancelled') };
  }
  if (state === 'done') return { exitCode: 0 };
  return { exitCode: OWN_EXIT, error: told('failed', reason ?? 'nobody knows how it ended') };
}

/** What `toru run` exits with when torud refuses, or does not answer. */
export function ownExit({ code }: ErrorBody): number {
  switch (code) {
    case 'usage':
      return USAGE_EXIT;
    case 'not_found':
      return ABSENT_EXIT;
    case 'invalid':
    case 'denied':
      return REFUSED_EXIT;
    default:
      return OWN_EXIT;
  }
}

/** `SIGTERM` as 15; `SIGRTMIN+1` as 35. 0 for a name that nobody has. */
export function signalNumber(name: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  if (Object.hasOwn(numbers, name)) return numbers[name] ?? 0;
  const [, offset, plain] = /^SIG(?:RTMIN\+(\d+)|(\d+))$/.exec(name) ?? [];
  if (offset !== undefined) return FIRST_REAL_TIME + Number(offset);
  return plain === undefined ? 0 : Number(plain);
}
