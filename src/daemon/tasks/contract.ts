/** What the rest of torud may ask of tasks: the control handlers, schedules and quick actions. */

import type { Actor } from '../../protocol/control/plugins.ts';
import type {
  ScriptListResult,
  Task,
  TaskListParams,
  TaskListResult,
  TaskOrigin,
} from '../../protocol/control/tasks.ts';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { Result } from '../../protocol/result.ts';

/** A run that is asked for. Who may ask for it, and with `env`, has been checked before. */
export interface TaskRequest {
  /** Name of a file in the scripts folder. */
  readonly script: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timeoutMs?: number | null | undefined;
  readonly lock?: string | null | undefined;
  /** Fail with `busy` instead of waiting for a lock or a place. */
  readonly noQueue?: boolean | undefined;
  readonly name?: string | null | undefined;
  /** Only says whether it could be run. */
  readonly dryRun?: boolean | undefined;
}

export interface CancelRequest {
  /** SIGKILL at once; else SIGTERM, and SIGKILL after the grace time. */
  readonly force?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface CancelOutcome {
  readonly task: Task;
  /** False when it had ended already. */
  readonly changed: boolean;
}

/** Every change of a task is told on the bus as `task-changed`; what it is then, `get` says. */
export interface TaskApi {
  /**
   * Queues or begins a task; it is on disk when this answers. null for a dry run. Failure: `not_found` (no such script),
   * `invalid` (the script is refused), `busy`, `usage`, `unavailable` (it could not be stored).
   */
  run(request: TaskRequest, actor: Actor | null, origin: TaskOrigin): Promise<Result<Task | null, ErrorBody>>;
  /** @param id whole id, or a beginning that only one task has. Failure: `not_found`, `usage`, `unavailable` */
  cancel(id: string, request: CancelRequest, actor: Actor | null): Promise<Result<CancelOutcome, ErrorBody>>;
  /** @param id whole id, or a beginning that only one task has. Failure: `not_found`, `usage`, `unavailable` */
  find(id: string): Result<Task, ErrorBody>;
  /** @param id whole id. Undefined: there is no such task (any more), or the state cannot be read now. */
  get(id: string): Task | undefined;
  /** The newest task of this origin; undefined when there is none (any more), or the state cannot be read now. */
  newestOf(origin: TaskOrigin): Task | undefined;
  list(params: TaskListParams): Result<TaskListResult, ErrorBody>;
  /** All that are not final, the oldest first. */
  live(): readonly Task[];
  scripts(): ScriptListResult;
  /** Why `run` would fail for this script now (`not_found`, `invalid`); undefined when it would not. */
  refusalOf(script: string): ErrorBody | undefined;
}
