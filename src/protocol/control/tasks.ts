/** Scripts and tasks: a task is one execution of a script, with its output and its end in the history. */

import type { Actor } from './plugins.ts';

export const TASK_STATES = ['queued', 'running', 'done', 'failed', 'cancelled', 'lost'] as const;
/**
 * `done`: ended with 0. `failed`: another code, a signal, the time limit, or it could not be started. `cancelled`: somebody asked for its
 * end. `lost`: nobody saw its end (the machine went down). The last four are final.
 */
export type TaskState = (typeof TASK_STATES)[number];

/** It has ended, and never changes any more. */
export function isFinal(state: TaskState): boolean {
  return state !== 'queued' && state !== 'running';
}

export interface Script {
  /** Name of the file in the scripts folder; never holds a slash. */
  readonly name: string;
  /** The first comment line, without its sign; empty when there is none. */
  readonly description: string;
  readonly sizeBytes: number;
  /** RFC 3339 UTC. */
  readonly modifiedAt: string;
  /** Why it would not be run, in one line; null when it would. */
  readonly refused: string | null;
}

export interface ScriptListResult {
  /** Absolute path of the scripts folder. */
  readonly folder: string;
  /** Sorted by name. */
  readonly scripts: readonly Script[];
}

/** Who had a task begun, beside the actor. */
export type TaskOrigin =
  | { readonly kind: 'run' }
  | { readonly kind: 'schedule'; readonly schedule: string }
  | { readonly kind: 'action'; readonly action: string };

export interface Task {
  /** UUID, version 7: sorts by time. */
  readonly id: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly state: TaskState;
  /** RFC 3339 UTC, microseconds: when it was asked for. */
  readonly queuedAt: string;
  /** When its program was begun. null before that, also for a moment while it is `running`, and when it never was. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** From start to end, or till now; null without a start. */
  readonly durationMs: number | null;
  readonly exitCode: number | null;
  /** `SIGKILL`. */
  readonly signal: string | null;
  /** Its time limit has ended it, whatever the script then made of SIGTERM. */
  readonly timedOut: boolean;
  readonly actor: Actor | null;
  /** Bytes that the script has written to both streams, kept or not. */
  readonly outputBytes: number;
  /** Some of them are no longer kept. */
  readonly outputCut: boolean;
  /** What somebody called it; null: nothing. */
  readonly name: string | null;
  readonly lock: string | null;
  readonly timeoutMs: number | null;
  readonly origin: TaskOrigin;
  /** One line about an end that the exit code does not tell, or about what it waits for; null else. */
  readonly reason: string | null;
  readonly pid: number | null;
  readonly peakMemoryBytes: number | null;
  /** Processor time, user and system. */
  readonly cpuMs: number | null;
}

export interface TaskRunParams {
  readonly script: string;
  readonly args?: readonly string[];
  /** Added to the environment of scripts; for admins alone, since PATH or LD_PRELOAD would make any script anything. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it after this time. None unless set. */
  readonly timeoutMs?: number;
  /** Tasks with the same lock never run together; they wait for each other in the order of asking. */
  readonly lock?: string;
  /** Fail with `busy` instead of waiting for a lock or a place. */
  readonly noQueue?: boolean;
  readonly name?: string;
  /** Says what it would do, and does nothing: no task. */
  readonly dryRun?: boolean;
}

export interface TaskRunResult {
  /** `queued` or `running`; null for `dryRun`. Durable when this is answered. */
  readonly task: Task | null;
}

export interface TaskParams {
  /** The id, or the beginning of one (at least 4 characters) that only one task has. */
  readonly id: string;
}

export interface TaskResult {
  readonly task: Task;
}

export interface TaskListParams {
  readonly states?: readonly TaskState[];
  readonly script?: string;
  /** RFC 3339: asked for at or after it. */
  readonly since?: string;
  readonly until?: string;
  /** Only older ones than this id: how a reader goes back page by page. */
  readonly beforeId?: string;
  /** At most so many, newest first. Default 100, at most 1,000. */
  readonly limit?: number;
}

export interface TaskListResult {
  /** Newest first. */
  readonly tasks: readonly Task[];
  /** There are older ones. */
  readonly more: boolean;
}

export interface TaskCancelParams extends TaskParams {
  /** SIGKILL at once; else SIGTERM, and SIGKILL after the grace time. */
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface TaskCancelResult {
  /** As it is after cancelling was begun, or as it had ended before. */
  readonly task: Task;
  /** False when it had ended already. */
  readonly changed: boolean;
}

export interface TaskWaitParams extends TaskParams {
  readonly timeoutMs?: number;
}

export interface TaskOutputParams extends TaskParams {
  /** Where to go on: `next` of an item. Default 0, the beginning. */
  readonly from?: number;
  /** Only the last so many bytes (of what `from` leaves). */
  readonly tailBytes?: number;
  /** Until the task has ended. */
  readonly follow?: boolean;
}

export type TaskStream = 'stdout' | 'stderr';
export type TaskGapCause = 'space' | 'cap';

/** Items of the `task.output` stream, in the order in which the script wrote them. */
export type TaskOutputItem =
  | {
      readonly kind: 'chunk';
      readonly stream: TaskStream;
      /** RFC 3339 UTC, microseconds. */
      readonly at: string;
      /** The bytes as text when they are whole UTF-8; else `base64` has them. */
      readonly text?: string;
      readonly base64?: string;
      /** Offset in the whole output, both streams counted together, after this chunk. */
      readonly next: number;
    }
  | {
      /** Bytes that are not kept stood here. */
      readonly kind: 'gap';
      readonly bytes: number;
      readonly next: number;
      /**
       * Why, where it is known: `space`, they could not be written (`Task.reason` says what the system said once the task has ended);
       * `cap`, they had to go for later ones.
       */
      readonly why?: TaskGapCause;
    }
  /** It is running now, or its reason to wait has changed. Only with `follow`. */
  | { readonly kind: 'task'; readonly task: Task };

export interface TaskOutputEnd {
  /** With `follow` a final one, unless the stream was cancelled. */
  readonly task: Task;
}

/** Items of the `task.watch` stream: first all that are not final and the newest `limit` final ones, then each change. */
export type TaskWatchItem =
  | { readonly kind: 'snapshot'; readonly tasks: readonly Task[] }
  | { readonly kind: 'task'; readonly task: Task };

export interface TaskWatchParams {
  /** Final tasks of the snapshot. Default 50, at most 1,000. */
  readonly limit?: number;
}
