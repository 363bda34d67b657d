/** How a task has ended, from what its shim saw and what was asked of it. */

import { constants } from 'node:os';
import type { GoneEvent } from '../runs/run-events.ts';
import type { RunOutcome } from '../runs/run-witness.ts';
import type { TaskEnding, TaskRecord } from '../store/task-store.ts';
import { actorText } from '../supervisor/actor-text.ts';
import { workingFolderText } from './task-surroundings.ts';

export type TaskEnd = Pick<
  TaskRecord,
  'state' | 'endedAt' | 'exitCode' | 'signal' | 'reason' | 'peakMemoryBytes' | 'cpuMs'
>;

/** What a shell answers for a command that is not there, and for one that cannot be executed (POSIX, sh, "Exit status"). */
const NOT_THERE = 127;
const NOT_EXECUTABLE = 126;
const { ENOENT, EACCES, ENOEXEC, E2BIG } = constants.errno;
const NOTHING = { exitCode: null, signal: null, peakMemoryBytes: null, cpuMs: null };

/** What tells why a script could not be started. */
export interface StartFacts {
  /** What the script's first line names; asked for only when it could not be executed. */
  readonly interpreter: () => string | undefined;
  /** Where it was to begin. */
  readonly workingFolder: string;
}

/**
 * @param nowText RFC 3339; taken where nobody saw when it ended
 */
export function taskEnd(task: TaskRecord, outcome: RunOutcome, facts: StartFacts, nowText: string): TaskEnd {
  switch (outcome.kind) {
    case 'exited': {
      const { code, signal, at, maxRssBytes, userMs, systemMs } = outcome.exit;
      return {
        ...verdict(task, code === 0 && signal === null, remarks(outcome.gone)),
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
      if (task.ending !== null) return { ...NOTHING, ...verdict(task, false, {}), endedAt };
      const { exitCode, reason } = startFailure(outcome, facts);
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

function verdict(
  task: TaskRecord,
  isGood: boolean,
  { left, output }: Remarks,
): Pick<TaskEnd, 'state' | 'reason'> {
  const { ending } = task;
  const isCancelled = ending?.kind === 'cancel' || ending?.kind === 'stop';
  const state = isCancelled ? 'cancelled' : isGood && ending === null ? 'done' : 'failed';
  const why = ending === null ? left : endingText(ending, task.timeoutMs);
  const texts = [why, output].filter((text) => text !== undefined);
  return { state, reason: texts.length === 0 ? null : texts.join('; ') };
}

interface Remarks {
  /** What became of processes that it left behind. */
  readonly left?: string | undefined;
  /** Output that could not be kept. */
  readonly output?: string | undefined;
}

function remarks(gone: GoneEvent | undefined): Remarks {
  const { killed = 0, left = 0, outputLost = 0, outputError } = gone ?? {};
  const cause = outputError === undefined ? '' : `: ${outputError}`;
  return {
    left: leftText(killed, 'had to be killed') ?? leftText(left, left === 1 ? 'was ended' : 'were ended'),
    output: outputLost === 0 ? undefined : `${outputLost} bytes of its output could not be kept${cause}`,
  };
}

function leftText(count: number, fate: string): string | undefined {
  if (count === 0) return undefined;
  return `${count === 1 ? 'a process' : `${count} processes`} that it left behind ${fate}`;
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
  { interpreter, workingFolder }: StartFacts,
): { readonly exitCode: number | null; readonly reason: string } {
  const { step, error, errno } = failed;
  if (step === 'chdir')
    return {
      exitCode: null,
      reason: `it could not be started: ${workingFolderText(workingFolder)}: ${error}`,
    };
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
