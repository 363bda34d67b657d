/** How a task has ended, from what its shim saw and what was asked of it. */

import { constants } from 'node:os';
import type { RunOutcome } from '../runs/run-witness.ts';
import type { TaskEnding, TaskRecord } from '../store/task-store.ts';
import { actorText } from '../supervisor/actor-text.ts';

export type TaskEnd = Pick<
  TaskRecord,
  'state' | 'endedAt' | 'exitCode' | 'signal' | 'reason' | 'peakMemoryBytes' | 'cpuMs'
>;

/** What a shell answers for a command that is not there, and for one that cannot be executed (POSIX, sh, "Exit status"). */
const NOT_THERE = 127;
const NOT_EXECUTABLE = 126;
const { ENOENT, EACCES, ENOEXEC, E2BIG } = constants.errno;
const NOTHING = { exitCode: null, signal: null, peakMemoryBytes: null, cpuMs: null };

/**
 * @param interpreter what the script's first line names, asked for only when it could not be executed
 * @param nowText RFC 3339; taken where nobody saw when it ended
 */
export function taskEnd(
  task: TaskRecord,
  outcome: RunOutcome,
  interpreter: () => string | undefined,
  nowText: string,
): TaskEnd {
  switch (outcome.kind) {
    case 'exited': {
      const { code, signal, at, maxRssBytes, userMs, systemMs } = outcome.exit;
      const left = outcome.gone?.killed ?? 0;
      return {
        ...verdict(task, code === 0 && signal === null, left),
        endedAt: at,
        exitCode: code,
        signal,
        peakMemoryBytes: maxRssBytes,
        cpuMs: userMs + systemMs,
      };
    }
    case 'spawn-failed': {
      const endedAt = outcome.at ?? nowText;
      // An order that came before its shim was ready has ended that.
      if (task.ending !== null) return { ...NOTHING, ...verdict(task, false, 0), endedAt };
      const { exitCode, reason } = startFailure(outcome, interpreter);
      return { ...NOTHING, state: 'failed', endedAt, exitCode, reason };
    }
    case 'never-began':
      return {
        ...NOTHING,
        ...unseen(task, 'its run files were deleted, so nobody knows how it ended'),
        endedAt: nowText,
      };
    case 'lost':
      return { ...NOTHING, ...unseen(task, outcome.detail), endedAt: nowText };
  }
}

/** How a task ends that waited for its turn, when its script is not there or refused by then. */
export function refusedEnd(code: string, reason: string, nowText: string): TaskEnd {
  const exitCode = code === 'not_found' ? NOT_THERE : NOT_EXECUTABLE;
  return { ...NOTHING, state: 'failed', endedAt: nowText, exitCode, reason };
}

/** How a task ends that was cancelled before it began. */
export function cancelledEnd(ending: TaskEnding, nowText: string): TaskEnd {
  return { ...NOTHING, state: 'cancelled', endedAt: nowText, reason: endingText(ending, null) };
}

/** One line: who or what ends the task. */
export function endingText(ending: TaskEnding, timeoutMs: number | null): string {
  switch (ending.kind) {
    case 'cancel':
      return ending.actor === null ? 'cancelled' : `cancelled by ${actorText(ending.actor)}`;
    case 'timeout':
      return `its time limit of ${(timeoutMs ?? 0) / 1000} s passed`;
    case 'stop':
      return 'torud was stopped while it ran';
    case 'bare':
      return 'its toru-shim was killed, so nobody saw how it ended';
  }
}

function verdict(task: TaskRecord, isGood: boolean, left: number): Pick<TaskEnd, 'state' | 'reason'> {
  const { ending } = task;
  if (ending !== null) {
    const state = ending.kind === 'cancel' || ending.kind === 'stop' ? 'cancelled' : 'failed';
    return { state, reason: endingText(ending, task.timeoutMs) };
  }
  const what = left === 1 ? 'a process that it left behind' : `${left} processes that it left behind`;
  return { state: isGood ? 'done' : 'failed', reason: left === 0 ? null : `${what} had to be killed` };
}

/** Nobody saw the end; that of a task that was to end anyhow is the one that was meant. */
function unseen(task: TaskRecord, detail: string): Pick<TaskEnd, 'state' | 'reason'> {
  const { ending } = task;
  if (ending === null || ending.kind === 'bare') return { state: 'lost', reason: detail };
  const state = ending.kind === 'timeout' ? 'failed' : 'cancelled';
  return { state, reason: `${endingText(ending, task.timeoutMs)}; ${detail}` };
}

function startFailure(
  failed: RunOutcome & { kind: 'spawn-failed' },
  interpreter: () => string | undefined,
): { readonly exitCode: number | null; readonly reason: string } {
  const { step, error, errno } = failed;
  if (step !== 'exec') return { exitCode: null, reason: `it could not be started (${step}): ${error}` };
  const program = interpreter();
  const exitCode = errno === ENOENT ? NOT_THERE : NOT_EXECUTABLE;
  return { exitCode, reason: execFailureText(errno ?? 0, error, program) };
}

function execFailureText(errno: number, error: string, interpreter: string | undefined): string {
  if (errno === ENOENT && interpreter === undefined)
    return 'it cannot be executed: it is gone, or the loader that it was linked for is not there';
  if (errno === ENOENT && interpreter?.endsWith('\r') === true)
    return `its interpreter ${JSON.stringify(interpreter)} is not there: its lines end with a carriage return, as on Windows; mend it with sed -i 's/\\r$//'`;
  if (errno === ENOENT) return `its interpreter ${interpreter} is not there`;
  if (errno === EACCES && interpreter !== undefined)
    return `it cannot be executed: its interpreter ${interpreter}, or itself, does not permit it`;
  if (errno === ENOEXEC)
    return 'it cannot be executed: its first line names no interpreter, as #!/bin/sh does, and it is no program of this machine';
  if (errno === E2BIG) return 'it cannot be executed: its arguments and environment are too long';
  return `it cannot be executed: ${error}`;
}
