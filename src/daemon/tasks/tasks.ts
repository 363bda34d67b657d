/**
 * Tasks: scripts that were asked for, from the queue to the history.
 *
 * ```
 *   run ──▶ queued ──▶ running ──▶ done │ failed │ cancelled │ lost
 *             ▲  └─ cancel ─▶ cancelled
 *             └──── never began (torud died in between)
 * ```
 */

import type { Actor } from '../../protocol/control/plugins.ts';
import type {
  ScriptListResult,
  Task,
  TaskListParams,
  TaskListResult,
  TaskOrigin,
} from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { type Clock, formatTime, type Timer } from '../base/clock.ts';
import type { TaskSettings } from '../base/config-tasks.ts';
import type { TaskEnding, TaskRecord } from '../store/task-store.ts';
import type { CancelOutcome, CancelRequest, TaskApi, TaskRequest } from './contract.ts';
import type { OutputFiles } from './output-files.ts';
import type { ScriptFolder } from './script-folder.ts';
import type { TaskBook } from './task-book.ts';
import { cancelledEnd, refusedEnd } from './task-end.ts';
import { TaskIds } from './task-id.ts';
import { pageOf } from './task-page.ts';
import type { Obstacle, TaskQueue } from './task-queue.ts';
import { askedTask, newTask } from './task-record.ts';
import { recoverTasks } from './task-recovery.ts';
import type { TaskRetention } from './task-retention.ts';
import type { TaskRunner } from './task-runner.ts';
import { byteSizeOf, sizeProblem } from './task-size.ts';
import { variableProblem } from './task-variables.ts';
import { toTask, waitText } from './task-view.ts';

export interface TasksParts {
  readonly book: TaskBook;
  readonly queue: TaskQueue;
  readonly runner: TaskRunner;
  readonly scripts: ScriptFolder;
  readonly output: OutputFiles;
  readonly retention: TaskRetention;
  readonly settings: () => TaskSettings;
  readonly clock: Clock;
  /** Of run files. */
  readonly runsPath: string;
  readonly bootId: string;
}

/** Until a task that could not be stored as begun is tried again. */
const RETRY_MS = 1_000;
/** What arguments and environments of all that wait may take of torud's memory. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
export class Tasks implements TaskApi {
  readonly #parts: TasksParts;
  readonly #ids = new TaskIds();
  #isOpen = false;
  #retry: Timer | undefined;

  constructor(parts: TasksParts) {
    this.#parts = parts;
  }

  /** Takes over what the torud before left, and begins what may begin. */
  open(): void {
    recoverTasks(this.#parts);
    this.#isOpen = true;
    this.#parts.retention.clear();
    this.#pump();
  }

  /** Begins nothing more, and lets go of what runs. @param keepsThem false: what runs is ended first */
  async leave(keepsThem: boolean): Promise<void> {
    this.#isOpen = false;
    this.#retry?.cancel();
    this.#parts.retention.close();
    await this.#parts.runner.leave(keepsThem);
  }

  /** The settings are other ones. */
  applySettings(): void {
    this.#pump();
    this.#parts.retention.clear();
  }

  /** A task runs no longer. */
  onGone(id: string, isAgain: boolean): void {
    const { book, queue } = this.#parts;
    const record = book.liveOne(id);
    queue.remove(id);
    if (isAgain && record !== undefined) queue.add(id, record.lock, byteSizeOf(record));
    const lock = record?.lock ?? null;
    this.#pump();
    // Their reason names who holds the lock.
    if (lock !== null) for (const waiter of queue.waitersFor(lock)) book.tell(waiter);
  }

  problems(): readonly string[] {
    const { runner, scripts } = this.#parts;
    const surroundings = runner.surroundings();
    const cannot = surroundings === undefined ? undefined : `no script is run: ${surroundings}`;
    const found = [runner.problem(), scripts.problem(), cannot];
    return found.filter((problem) => problem !== undefined);
  }

  checkShims(): void {
    this.#parts.runner.checkShims();
  }

  checkFolder(): void {
    this.#parts.runner.checkFolder();
  }

  storeAgain(): void {
    this.#parts.book.storeAgain();
  }

  async run(
    request: TaskRequest,
    actor: Actor | null,
    origin: TaskOrigin,
  ): Promise<Result<Task | null, ErrorBody>> {
    const refused = this.refusalOf(request.script);
    if (refused !== undefined) return failure(refused);
    const problem = sizeProblem(request) ?? variableProblem(request);
    if (problem !== undefined) return failure({ ...problem, name: request.script });
    const nowMs = this.#parts.clock.now();
    const asked = newTask(this.#ids.next(nowMs), request.script, formatTime(nowMs));
    const record = askedTask(asked, request, actor, origin);
    const obstacle = this.#obstacle(record.lock);
    const refusal =
      obstacle === undefined ? undefined : this.#queueRefusal(record, obstacle, request.noQueue === true);
    if (refusal !== undefined) return failure(refusal);
    if (request.dryRun === true) return success(null);
    if (!this.#isOpen) return failure(errorBody('unavailable', 'torud is leaving', { name: request.script }));
    const stored = obstacle === undefined ? this.#begin(record) : this.#enqueue(record);
    if (!stored.ok) return stored;
    this.#parts.retention.watch();
    return success(this.#view(this.#parts.book.liveOne(record.id) ?? record));
  }

  async cancel(
    id: string,
    request: CancelRequest,
    actor: Actor | null,
  ): Promise<Result<CancelOutcome, ErrorBody>> {
    const found = this.#parts.book.find(id);
    if (!found.ok) return found;
    const record = found.value;
    if (record.endedAt !== null) return success({ task: this.#view(record), changed: false });
    if (request.dryRun === true) return success({ task: this.#view(record), changed: true });
    const ending: TaskEnding = { kind: 'cancel', actor, force: request.force === true };
    const done =
      record.state === 'queued' ? this.#cancelQueued(record, ending) : this.#cancelRunning(record, ending);
    if (!done.ok) return done;
    const after = this.#parts.book.get(record.id);
    return after.ok ? success({ task: this.#view(after.value ?? record), changed: true }) : after;
  }

  find(id: string): Result<Task, ErrorBody> {
    const found = this.#parts.book.find(id);
    return found.ok ? success(this.#view(found.value)) : found;
  }

  get(id: string): Task | undefined {
    const found = this.#parts.book.get(id);
    return found.ok && found.value !== undefined ? this.#view(found.value) : undefined;
  }

  newestOf(origin: TaskOrigin): Task | undefined {
    const found = this.#parts.book.newestOf(origin);
    return found === undefined ? undefined : this.#view(found);
  }

  list(params: TaskListParams): Result<TaskListResult, ErrorBody> {
    const page = pageOf(this.#parts.book, params);
    if (!page.ok) return page;
    const { records, more } = page.value;
    return success({ tasks: records.map((record) => this.#view(record)), more });
  }

  live(): readonly Task[] {
    const open = this.#parts.book.live().filter((record) => record.endedAt === null);
    return open.map((record) => this.#view(record));
  }

  scripts(): ScriptListResult {
    return this.#parts.scripts.list();
  }

  refusalOf(script: string): ErrorBody | undefined {
    const found = this.#parts.scripts.find(script);
    if (!found.ok) return found.failure;
    const surroundings = this.#parts.runner.surroundings();
    return surroundings === undefined ? undefined : errorBody('invalid', surroundings, { name: script });
  }

  #obstacle(lock: string | null): Obstacle | undefined {
    return this.#parts.queue.obstacle(lock, this.#parts.settings().maxRunning);
  }

  /** Why a task that cannot begin now may not wait either. */
  #queueRefusal(record: TaskRecord, obstacle: Obstacle, noQueue: boolean): ErrorBody | undefined {
    const { queue, settings } = this.#parts;
    const { maxQueued } = settings();
    const name = record.script;
    if (noQueue) return errorBody('busy', `it ${this.#waitText(record, obstacle)}`, { name });
    if (queue.waitingCount >= maxQueued)
      return errorBody(
        'busy',
        `${queue.waitingCount === 1 ? '1 task waits' : `${queue.waitingCount} tasks wait`} already, and no more may ([tasks] max_queued)`,
        { name },
      );
    if (queue.waitingBytes + byteSizeOf(record) > MAX_WAITING_BYTES)
      return errorBody('busy', 'the tasks that wait have too many arguments for one more to wait', { name });
    return undefined;
  }

  #begin(record: TaskRecord): Result<void, ErrorBody> {
    const { queue, runner } = this.#parts;
    const begun = runner.begin(record);
    if (begun.ok) queue.begin(record.id, record.lock);
    return begun;
  }

  #enqueue(record: TaskRecord): Result<void, ErrorBody> {
    const { book, queue } = this.#parts;
    const stored = book.commit(record);
    if (stored.ok) queue.add(record.id, record.lock, byteSizeOf(record));
    return stored;
  }

  /** Begins all that may begin now. */
  #pump(): void {
    const { book, queue, settings } = this.#parts;
    while (this.#isOpen && this.#retry === undefined) {
      const id = queue.next(settings().maxRunning);
      if (id === undefined) return;
      const record = book.liveOne(id);
      const begun = record === undefined ? success(undefined) : this.#begin(record);
      if (record === undefined) queue.remove(id);
      else if (!begun.ok) this.#onNotBegun(record, begun.failure);
    }
  }

  #onNotBegun(record: TaskRecord, error: ErrorBody): void {
    if (error.code === 'unavailable') {
      this.#retry = this.#parts.clock.setTimer(() => {
        this.#retry = undefined;
        this.#pump();
      }, RETRY_MS);
      return;
    }
    const { book, queue, clock } = this.#parts;
    queue.remove(record.id);
    const end = refusedEnd(error.code, error.message, formatTime(clock.now()));
    book.noteEnd({ ...record, ...end, env: null });
  }

  #cancelQueued(record: TaskRecord, ending: TaskEnding): Result<void, ErrorBody> {
    const { book, queue, clock } = this.#parts;
    const end = cancelledEnd(ending, formatTime(clock.now()));
    const stored = book.commitEnd({ ...record, ...end, ending, env: null });
    if (!stored.ok) return stored;
    queue.remove(record.id);
    return stored;
  }

  #cancelRunning(record: TaskRecord, ending: TaskEnding): Result<void, ErrorBody> {
    const { book, runner } = this.#parts;
    const known = record.ending;
    const isNew = known === null || (ending.force && !known.force);
    if (isNew) {
      // Who makes it harder does not become the one who asked for it.
      const next = known?.kind === 'cancel' ? { ...known, force: true } : ending;
      const stored = book.commit({ ...record, ending: next });
      // On a full disk, a task that has to be killed is killed all the same.
      if (!stored.ok && !ending.force) return stored;
      if (!stored.ok) book.note({ ...record, ending: next });
    }
    runner.end(record.id, ending);
    return success(undefined);
  }

  #waitText(record: TaskRecord, obstacle: Obstacle): string {
    const { book, settings } = this.#parts;
    const holder = obstacle.kind === 'lock' ? book.liveOne(obstacle.holder) : undefined;
    return waitText(obstacle, record.lock, holder, settings().maxRunning);
  }

  #view(record: TaskRecord): Task {
    const { runner, clock } = this.#parts;
    const obstacle = record.state === 'queued' ? this.#obstacle(record.lock) : undefined;
    return toTask(record, {
      nowMs: clock.now(),
      running: record.endedAt === null ? runner.facts(record.id) : undefined,
      waitsFor: obstacle === undefined ? null : this.#waitText(record, obstacle),
    });
  }
}
