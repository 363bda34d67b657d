/**
 * Begins a task whenever a schedule is due. Nothing of it runs, and no timer waits, while there is no schedule.
 *
 * A moment is claimed on the disk before its task is asked for, and the claim is taken back when that has been answered.
 * A torud that finds a claim asks the tasks whether they know of it: if not, the moment is due again. So a crash in
 * between neither runs a moment twice nor loses it.
 */

import type { Schedule, ScheduleListResult } from '../../protocol/control/schedules.ts';
import type { TaskOrigin } from '../../protocol/control/tasks.ts';
import { type Clock, formatTime, type Timer } from '../base/clock.ts';
import type { ScheduleSettings } from '../base/config-schedules.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { ScheduleRecord } from '../store/schedule-store.ts';
import type { TaskApi } from '../tasks/contract.ts';
import { jitterOf } from './jitter.ts';
import { dealtWith, judge } from './judge.ts';
import { recovered, type ScheduleDatabase, ScheduleMemory, type ScheduleTable } from './schedule-memory.ts';
import { describeSchedule } from './schedule-view.ts';

export interface SchedulerParts {
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly database: ScheduleDatabase;
  readonly store: ScheduleTable;
  readonly tasks: Pick<TaskApi, 'run' | 'live' | 'newestOf' | 'refusalOf'>;
  /** Of the jitter; another one on each machine. */
  readonly seed: string;
}

interface Entry {
  settings: ScheduleSettings;
  record: ScheduleRecord;
  /** Where moments began to count anew because the clock was set back; undefined: it was not. */
  floor: number | undefined;
  /** The moment that a torud that died had claimed, and that is due again. */
  readonly owed: number | undefined;
  /** Nothing is to be done before this moment of the wall clock. */
  idleUntil: number;
}

type Due = Extract<ReturnType<typeof judge>, { readonly kind: 'run' }>;

/** Longest time until the wall clock is looked at again: timers do not notice when it is set, or the machine was asleep. */
export const LOOK_MS = 60_000;
/** Longest time for which a list keeps torud from answering others. */
const MAX_BUSY_MS = 10;

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #memory: ScheduleMemory;
  readonly #entries = new Map<string, Entry>();
  readonly #presentSince: number;
  #timer: Timer | undefined;
  /** The look that is under way. */
  #look: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#memory = new ScheduleMemory(parts.database, parts.store);
    this.#presentSince = parts.clock.now();
  }

  /** Puts these schedules into force in place of those before; one that says the same keeps its memory. */
  apply(schedules: readonly ScheduleSettings[]): void {
    const { log, clock, tasks } = this.#parts;
    const read = this.#memory.all();
    if (!read.ok) log.write('error', 'schedules-memory-not-read', { reason: read.failure.message });
    const stored = read.ok ? read.value : new Map<string, ScheduleRecord>();
    const before = new Map(this.#entries);
    this.#entries.clear();
    const nowMs = clock.now();
    for (const settings of schedules) {
      const found = stored.get(settings.name);
      const left = found && recovered(found, (origin) => tasks.newestOf(origin));
      const known = before.get(settings.name)?.record ?? left;
      const record = known?.digest === settings.digest ? known : newRecord(settings, nowMs);
      // The same object as before, because a task of it may be being begun right now.
      const old = known === record ? before.get(settings.name) : undefined;
      this.#entries.set(
        settings.name,
        Object.assign(old ?? { floor: undefined, owed: owedBy(record, found) }, {
          settings,
          record,
          idleUntil: 0,
        }),
      );
    }
    this.#memory.replace(
      stored,
      [...this.#entries.values()].map(({ record }) => record),
    );
    if (schedules.length > 0) log.write('info', 'schedules-in-force', { schedules: schedules.length });
    for (const settings of schedules) {
      const reason = this.#refusalOf(settings);
      if (reason !== undefined)
        log.write('warning', 'schedule-cannot-run', { schedule: settings.name, reason });
    }
    this.#wake();
  }

  /** Begins nothing any more; settles when what is being begun has been answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#look;
  }

  /**
   * By name. Lets others be answered in between: a hundred moments of a rare time take long to find.
   * @param count moments of `next`
   */
  async list(count: number): Promise<ScheduleListResult> {
    const { clock } = this.#parts;
    const schedules: Schedule[] = [];
    let restedAt = clock.monotonic();
    for (const entry of [...this.#entries.values()]) {
      if (clock.monotonic() - restedAt > MAX_BUSY_MS) {
        await breathe();
        restedAt = clock.monotonic();
      }
      schedules.push(this.#describe(entry, count));
    }
    return { schedules: schedules.sort((one, other) => (one.name < other.name ? -1 : 1)) };
  }

  #describe({ settings, record, floor }: Entry, count: number): Schedule {
    const { clock, tasks } = this.#parts;
    const nowMs = clock.now();
    const fromMs = Math.max(nowMs, dealtWith({ ...record, floor }, nowMs, settings.times.isFixed));
    return describeSchedule(settings, record, {
      next: settings.times.next(fromMs, count),
      lastTask: tasks.newestOf(originOf(settings)) ?? null,
      refusal: this.#refusalOf(settings),
    });
  }

  #refusalOf({ script }: ScheduleSettings): string | undefined {
    const refused = this.#parts.tasks.refusalOf(script);
    if (refused === undefined) return undefined;
    return refused.message.includes(script) ? refused.message : `${script}: ${refused.message}`;
  }

  #wake(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isClosed || this.#entries.size === 0) return;
    this.#look ??= this.#lookAtAll().finally(() => {
      this.#look = undefined;
      this.#arm();
    });
  }

  #arm(): void {
    const due = Math.min(...[...this.#entries.values()].map(({ idleUntil }) => idleUntil));
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isClosed || due === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.max(1, Math.min(LOOK_MS, due - this.#parts.clock.now()));
    this.#timer = this.#parts.clock.setTimer(() => this.#wake(), delayMs);
  }

  async #lookAtAll(): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      let hasMore = true;
      while (hasMore && !this.#isClosed && this.#isInForce(entry)) hasMore = await this.#step(entry);
    }
  }

  #isInForce(entry: Entry): boolean {
    return this.#entries.get(entry.settings.name) === entry;
  }

  /** Does one thing about a schedule. False: there is nothing more to do now. */
  async #step(entry: Entry): Promise<boolean> {
    const { settings, record } = entry;
    const nowMs = this.#parts.clock.now();
    const memory = { ...record, floor: entry.floor, owed: entry.owed, presentSince: this.#presentSince };
    const from = dealtWith(memory, nowMs, settings.times.isFixed);
    if (nowMs < entry.idleUntil && from === (entry.floor ?? record.lookedAt)) return false;
    const verdict = judge(settings, memory, nowMs, (dueAt) =>
      jitterOf(this.#parts.seed, settings.name, dueAt, settings.jitterMs),
    );
    switch (verdict.kind) {
      case 'wait':
        entry.floor = verdict.lookedAt === record.lookedAt ? undefined : verdict.lookedAt;
        entry.idleUntil = verdict.at ?? Number.POSITIVE_INFINITY;
        return false;
      case 'missed':
        this.#log('warning', 'schedule-missed', entry, verdict.lookedAt, { missed: verdict.count });
        return this.#leaveOut(entry, verdict.lookedAt, verdict.count);
      case 'run':
        return this.#run(entry, verdict, nowMs);
    }
  }

  async #run(entry: Entry, { dueAt, isCatchUp }: Due, nowMs: number): Promise<boolean> {
    const { settings, record } = entry;
    const { script, args, lock, timeoutMs, catchUp } = settings;
    const running = this.#runningOf(settings);
    if (running !== undefined) {
      this.#log('warning', 'schedule-skipped', entry, dueAt, { running });
      return this.#leaveOut(entry, dueAt, 1);
    }
    if (!this.#save(entry, { ...record, lookedAt: dueAt, claimedAt: nowMs }, true)) return this.#later(entry);
    const { tasks } = this.#parts;
    const begun = await tasks.run({ script, args, lock, timeoutMs }, { kind: 'daemon' }, originOf(settings));
    if (begun.ok) {
      this.#log('info', 'schedule-started', entry, dueAt, { task: begun.value?.id, isCatchUp });
      const missed = catchUp === 'once' ? 0 : record.missed;
      this.#save(entry, { ...record, lookedAt: dueAt, lastDueAt: dueAt, missed });
      return true;
    }
    this.#log('warning', 'schedule-failed', entry, dueAt, { reason: begun.failure.message });
    if (begun.failure.code !== 'unavailable') return this.#leaveOut(entry, dueAt, 1);
    this.#save(entry, record);
    return this.#later(entry);
  }

  /** Id of the task that keeps this schedule from another one: any that has not ended; with a lock only one that waits. */
  #runningOf(settings: ScheduleSettings): string | undefined {
    const live = this.#parts.tasks
      .live()
      .filter(({ origin }) => origin.kind === 'schedule' && origin.schedule === settings.name);
    return live.find(({ state }) => settings.lock === null || state === 'queued')?.id;
  }

  #leaveOut(entry: Entry, dueAt: number, count: number): boolean {
    const missed = entry.record.missed + count;
    const next = { ...entry.record, claimedAt: null, lookedAt: dueAt, missed, lastMissedAt: dueAt };
    return this.#save(entry, next) || this.#later(entry);
  }

  /** What could not be stored is tried again at the next look. */
  #later(entry: Entry): false {
    entry.idleUntil = this.#parts.clock.now() + LOOK_MS;
    return false;
  }

  /** False when it could not be stored. What is no claim is remembered all the same, as long as torud runs. */
  #save(entry: Entry, record: ScheduleRecord, isClaim = false): boolean {
    if (!this.#isInForce(entry)) return false;
    const isStored = this.#memory.save(record, isClaim);
    if (isStored || !isClaim) Object.assign(entry, { record, floor: undefined });
    return isStored;
  }

  #log(
    level: 'info' | 'warning',
    event: string,
    { settings }: Entry,
    dueAt: number,
    more: Readonly<Record<string, unknown>>,
  ): void {
    const { name: schedule, script } = settings;
    this.#parts.log.write(level, event, { schedule, script, dueAt: formatTime(dueAt), ...more });
  }
}

function newRecord({ name, digest }: ScheduleSettings, nowMs: number): ScheduleRecord {
  return { name, digest, lookedAt: nowMs, claimedAt: null, lastDueAt: null, missed: 0, lastMissedAt: null };
}

/** @param stored what the torud before left of it */
function owedBy(record: ScheduleRecord, stored: ScheduleRecord | undefined): number | undefined {
  const isDueAgain = stored !== undefined && stored.claimedAt !== null && record.lookedAt < stored.lookedAt;
  return isDueAgain ? stored.lookedAt : undefined;
}

function originOf({ name }: ScheduleSettings): TaskOrigin {
  return { kind: 'schedule', schedule: name };
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
