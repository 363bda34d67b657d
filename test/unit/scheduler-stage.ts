/** A scheduler on a virtual clock and a real database, with tasks that only note what they are asked. */

import { formatTime } from '../../src/daemon/base/clock.ts';
import { readSchedules, type ScheduleSettings } from '../../src/daemon/base/config-schedules.ts';
import { parseToml } from '../../src/daemon/base/toml-document.ts';
import { Scheduler, type SchedulerParts } from '../../src/daemon/schedules/scheduler.ts';
import type { Database } from '../../src/daemon/store/database.ts';
import { type ScheduleRecord, ScheduleStore } from '../../src/daemon/store/schedule-store.ts';
import type { TaskRequest } from '../../src/daemon/tasks/contract.ts';
import type { Schedule } from '../../src/protocol/control/schedules.ts';
import type { Task, TaskOrigin, TaskState } from '../../src/protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../src/protocol/errors.ts';
import { failure, type Result, success } from '../../src/protocol/result.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { RecordingLog, Scratch, unwrap } from './store-scratch.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** What the scheduler asked for. */
export interface Begun {
  /** `2026-11-21T03:15` */
  readonly at: string;
  readonly script: string;
  readonly request: TaskRequest;
}

export async function schedules(toml: string): Promise<readonly ScheduleSettings[]> {
  const document = unwrap(parseToml(toml, '/etc/toru/torud.toml', 'torud.toml'));
  return unwrap(await readSchedules(document));
}

/** Tasks that end at once unless `stay` is set. */
export class NotedTasks {
  readonly begun: Begun[] = [];
  readonly tasks: Task[] = [];
  /** State that new tasks have and keep. */
  state: TaskState = 'done';
  refusal: ErrorBody | undefined;
  /** Called before a task is noted: where torud may die. */
  onRun: () => void = () => undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async run(request: TaskRequest, _actor: unknown, origin: TaskOrigin): Promise<Result<Task, ErrorBody>> {
    this.onRun();
    if (this.refusal !== undefined) return failure(this.refusal);
    const queuedAt = formatTime(this.#clock.now());
    const { script } = request;
    const id = `task-${this.tasks.length + 1}`;
    const task = { id, script, origin, queuedAt, state: this.state } as unknown as Task;
    this.begun.push({ at: queuedAt.slice(0, 16), script, request });
    this.tasks.push(task);
    return success(task);
  }

  live(): readonly Task[] {
    return this.tasks.filter(({ state }) => state === 'queued' || state === 'running');
  }

  newestOf(origin: TaskOrigin): Task | undefined {
    return this.tasks.findLast((task) => JSON.stringify(task.origin) === JSON.stringify(origin));
  }

  refusalOf(): ErrorBody | undefined {
    return this.refusal;
  }

  endAll(): void {
    for (const [index, task] of this.tasks.entries()) this.tasks[index] = { ...task, state: 'done' };
  }
}

/** Wait for the end of what is awaited in a step before the timers are asked again. */
export class SchedulerStage {
  readonly clock: VirtualClock;
  readonly log = new RecordingLog();
  readonly tasks: NotedTasks;
  readonly database: Database;
  readonly store: ScheduleStore;
  scheduler: Scheduler;
  /** Makes writes fail as on a full disk. */
  isFull = false;

  constructor(startAt: string) {
    this.clock = new VirtualClock(Date.parse(startAt));
    this.tasks = new NotedTasks(this.clock);
    this.database = new Scratch().open();
    this.store = new ScheduleStore(this.database);
    this.scheduler = this.#make();
  }

  /** Times of what was begun since the last question. */
  taken(): string[] {
    return this.tasks.begun.splice(0).map(({ at }) => at);
  }

  records(): readonly ScheduleRecord[] {
    return this.store.all();
  }

  async apply(toml: string): Promise<void> {
    this.scheduler.apply(await schedules(toml));
    await this.clock.advanceAsync(0);
  }

  /** This torud ends and another one begins after `awayMs`. */
  async away(awayMs: number, toml: string): Promise<void> {
    await this.scheduler.close();
    await this.clock.advanceAsync(awayMs);
    this.scheduler = this.#make();
    await this.apply(toml);
  }

  /** A torud that died without a word. */
  async replace(toml: string): Promise<void> {
    const dead = this.scheduler;
    this.scheduler = this.#make();
    void dead.close();
    await this.apply(toml);
  }

  async one(): Promise<Schedule> {
    const [schedule] = (await this.scheduler.list(1)).schedules;
    if (schedule === undefined) throw new Error('there is no schedule');
    return schedule;
  }

  #make(): Scheduler {
    const { database } = this;
    const noSpace = { kind: 'full', message: 'no space left on the device' } as const;
    const parts: SchedulerParts = {
      clock: this.clock,
      log: this.log,
      database: {
        read: (work) => database.read(work),
        transaction: (work, options) =>
          this.isFull ? failure(noSpace) : database.transaction(work, options),
      },
      store: this.store,
      tasks: this.tasks,
      seed: 'seed',
    };
    return new Scheduler(parts);
  }
}

export const NO_SCRIPT = errorBody('not_found', 'there is no script backup.sh');
