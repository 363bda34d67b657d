/**
 * One plugin under supervision: the only writer of its state. It feeds the state machine, stores what comes out,
 * carries out the effects, and holds the live run.
 */

import type { CrashSummary } from '../../protocol/control/crashes.ts';
import type { EventType } from '../../protocol/control/events.ts';
import type { Actor } from '../../protocol/control/plugins.ts';
import type { Health } from '../../protocol/plugin-state.ts';
import { type Result, success } from '../../protocol/result.ts';
import type { Timer } from '../base/clock.ts';
import type { LiveRun } from '../runs/live-run.ts';
import type { RunObserver, RunOutcome } from '../runs/plugin-run.ts';
import { planOf, type RunPlan, type RunSnapshot } from '../runs/run-plan.ts';
import type { PluginRecord, RunRecord } from '../store/records.ts';
import type { StoreFailure } from '../store/store-failure.ts';
import { type CatalogView, catalogEvent, restartSettingsOf, viewProblem } from './catalog-view.ts';
import { endingOf, outcomeTime, summaryOf } from './crash-history.ts';
import { readLastLines } from './last-lines.ts';
import { type Effect, type Machine, type MachineEvent, type Neighbours, runOf } from './machine-model.ts';
import { restoreMachine } from './machine-storage.ts';
import { timerOf } from './machine-timer.ts';
import { newMachine, transition } from './plugin-machine.ts';
import { disablingEvents, newRecord, nextRecord } from './record-changes.ts';
import { type BeginningRun, type EndedRun, forgetterOf, writeTransition } from './run-records.ts';
import { servePlugin } from './run-serving.ts';
import { RunTally } from './run-tally.ts';
import { RunnerNotes } from './runner-notes.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';
import type { Write } from './state-writer.ts';
import { Waiters } from './waiters.ts';

/** One event for the machine, and what goes into the same transaction. */
interface Application {
  readonly event: MachineEvent;
  /** What the catalogue says to the state that comes of it, in the same transaction. */
  readonly follows?: MachineEvent;
  readonly isIntent: boolean;
  readonly change?: Partial<PluginRecord>;
  readonly effects?: readonly Effect[];
  readonly ended?: EndedRun;
}

export class PluginRunner {
  readonly id: string;
  readonly waiters: Waiters;
  /** Settings and digest of the live run; undefined without one. Another one is set when it takes new settings. */
  plan: RunPlan | undefined;
  readonly #around: RunnerSurroundings;
  readonly #neighbours: () => Neighbours;
  readonly #notes: RunnerNotes;
  #machine: Machine;
  #record: PluginRecord;
  #view: CatalogView;
  #run: LiveRun | undefined;
  #pid: number | null = null;
  #health: Health = 'unknown';
  #healthDetail: string | undefined;
  readonly #tally = new RunTally();
  #lastCrash: CrashSummary | null;
  #timer: Timer | undefined;

  /** @param neighbours asked at each event: what the plugins around it mean for it then */
  constructor(
    around: RunnerSurroundings,
    id: string,
    record: PluginRecord | undefined,
    view: CatalogView,
    neighbours: () => Neighbours,
  ) {
    this.#around = around;
    this.#neighbours = neighbours;
    this.#notes = new RunnerNotes(around, id);
    this.id = id;
    this.waiters = new Waiters(id);
    this.#view = view;
    this.#machine = record === undefined ? newMachine(around.clock.now()) : restoreMachine(record, undefined);
    this.#record = record ?? newRecord(id, this.#machine, around.bootId);
    this.#lastCrash = around.writer.read(() => around.stores.crashes.newest(id)) ?? null;
    // A backoff that a torud before this one began has its deadline still.
    this.#armTimer();
  }

  get machine(): Machine {
    return this.#machine;
  }

  get record(): PluginRecord {
    return this.#record;
  }

  get view(): CatalogView {
    return this.#view;
  }

  /** False while something that has happened waits to be written. */
  get isStored(): boolean {
    return this.#around.writer.problem() === undefined;
  }

  get run(): LiveRun | undefined {
    return this.#run;
  }

  get pid(): number | null {
    return this.#pid;
  }

  get health(): Health {
    return this.#health;
  }

  get healthDetail(): string | undefined {
    return this.#healthDetail;
  }

  /** Over all runs, the live one included. */
  get linesLost(): number {
    return this.#record.linesLost + this.#tally.linesLost;
  }

  get lastCrash(): CrashSummary | null {
    return this.#lastCrash;
  }

  /** An intent: stored durably before anything happens. Failure: nothing has changed. */
  intend(
    event: MachineEvent,
    change: Partial<PluginRecord>,
    effects: readonly Effect[],
  ): Result<void, StoreFailure> {
    return this.#apply({ event, change, effects, isIntent: true });
  }

  /** Something that has happened: it takes effect whether it can be stored now or only later. */
  happen(event: MachineEvent, change?: Partial<PluginRecord>): void {
    this.#apply({ event, isIntent: false, ...(change === undefined ? {} : { change }) });
  }

  /** Writes an event that does not touch the state machine. */
  note(
    type: EventType,
    reason: string,
    actor: Actor | null,
    details: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#notes.event(type, reason, actor, details);
  }

  /** What the plugins around it mean for it now. */
  neighbours(): Neighbours {
    return this.#neighbours();
  }

  /** Takes over the run that a torud before this one left open. */
  adopt(openRun: RunRecord): void {
    this.#machine = restoreMachine(this.#record, openRun);
    const snapshot = openRun.settings as unknown as RunSnapshot;
    const plan = { plugin: this.id, version: openRun.version, digest: openRun.digest, ...snapshot };
    this.plan = plan;
    this.#pid = openRun.pid;
    let early: RunOutcome | undefined;
    let isAdopting = true;
    const observer = this.#observe(openRun.id);
    const onEnded = (outcome: RunOutcome): void => {
      if (isAdopting) early = outcome;
      else observer.onEnded(outcome);
    };
    const options = this.#runOptions(plan, openRun.id, { ...observer, onEnded });
    this.#run = this.#around.runs.adopt(options, openRun.readyAt !== null);
    isAdopting = false;
    if (early !== undefined) observer.onEnded(early);
    else this.#onAdopted(openRun.id);
  }

  /** Tells the runner what the catalogue says now. */
  onCatalog(view: CatalogView): void {
    this.#view = view;
    this.happen(catalogEvent(view));
  }

  /** torud leaves and the plugin stays. */
  release(): void {
    this.#timer?.cancel();
    this.#run?.release();
  }

  #apply(input: Application): Result<void, StoreFailure> {
    const { writer, clock, stores, bus } = this.#around;
    const nowMs = clock.now();
    const around = this.#neighbours();
    const first = transition(this.#machine, input.event, nowMs, around);
    const step =
      input.follows === undefined
        ? first
        : { ...first, machine: transition(first.machine, input.follows, nowMs, around).machine };
    const disabled = disablingEvents(step.effects, this.#record.enabled);
    const effects = [...step.effects, ...disabled, ...(input.effects ?? [])];
    if (step.machine === this.#machine && effects.length === 0 && input.change === undefined) {
      return success(undefined);
    }
    const beginning = this.#planRun(effects, nowMs);
    const machine =
      beginning === undefined
        ? step.machine
        : transition(step.machine, { type: 'spawned', runId: beginning.runId }, nowMs).machine;
    const record = nextRecord({
      record: this.#record,
      machine,
      effects,
      change: input.change,
      isIntent: input.isIntent,
      ended: input.ended,
      entry: this.#view.kind === 'entry' ? this.#view.entry : undefined,
      stableAfterMs: this.plan?.settings.restart.stableAfterMs ?? 0,
      bootId: this.#around.bootId,
    });
    const stoppingRunId = runOf(machine)?.runId ?? null;
    const goodRunId = this.#record.lastGoodRunId;
    const write: Write = () => {
      const { ended } = input;
      const change = { record, effects, nowMs, stoppingRunId, ended, beginning, goodRunId };
      const written = writeTransition(stores, change);
      if (written.crash !== undefined) this.#lastCrash = summaryOf(written.crash);
      return () => {
        ended?.forget();
        for (const event of written.events) bus.publish('event-written', event);
      };
    };
    if (input.isIntent) {
      const stored = writer.commit(write);
      if (!stored.ok) return stored;
    } else writer.record(write);
    this.#machine = machine;
    this.#record = record;
    this.#carryOut(effects, beginning);
    this.#armTimer();
    this.waiters.settle(this.#machine);
    bus.publish('plugin-changed', { id: this.id });
    return success(undefined);
  }

  #planRun(effects: readonly Effect[], nowMs: number): BeginningRun | undefined {
    if (this.#view.kind !== 'entry' || !effects.some((effect) => effect.type === 'spawn')) return undefined;
    return {
      runId: this.#around.runIds.take(),
      plan: planOf(this.#view.entry),
      bootId: this.#around.bootId,
      startedAtMs: nowMs,
    };
  }

  #carryOut(effects: readonly Effect[], beginning: BeginningRun | undefined): void {
    for (const effect of effects) {
      if (effect.type === 'spawn') this.#begin(beginning);
      else if (effect.type === 'stop-run') this.#stopRun(effect.reason);
      else if (effect.type === 'event') this.#notes.logged(effect);
    }
  }

  #begin(beginning: BeginningRun | undefined): void {
    this.#tally.reset();
    this.#setHealth('unknown', undefined);
    if (beginning === undefined) {
      // The catalogue refused the plugin while it was being restarted.
      const detail = this.#view.kind === 'entry' ? '' : viewProblem(this.#view);
      queueMicrotask(() => this.#fail({ kind: 'spawn-failed', step: 'files', error: detail }));
      return;
    }
    const { runId, plan } = beginning;
    this.plan = plan;
    this.#run = this.#around.runs.begin(this.#runOptions(plan, runId, this.#observe(runId)));
    const shimPid = this.#run.shimPid;
    this.#around.log.write('info', 'spawned', { plugin: this.id, runId, shimPid });
  }

  #runOptions(plan: RunPlan, runId: number, observer: RunObserver) {
    const { bootId, instanceId, kv } = this.#around;
    return {
      plan,
      identity: { runId, bootId, instanceId },
      serve: servePlugin(kv, this.id, plan.settings.kv),
      observer,
    };
  }

  #stopRun(reason: string): void {
    this.#run?.stop(reason, this.plan?.settings.stop.graceMs ?? 0);
  }

  #observe(runId: number): RunObserver {
    return {
      onStarted: (pid, at) => this.#onStarted(runId, pid, at),
      onReady: () => this.#onReady(runId),
      onHealth: (health, detail) => this.#onHealth(health, detail),
      onTrouble: (cause, detail) => this.happen({ type: 'trouble', cause, detail }),
      onMainExited: (exit) =>
        this.happen({ type: 'main-exited', ending: { code: exit.code, signal: exit.signal } }),
      onCaptureLost: () => this.#onCaptureLost(),
      onLinesLost: (lines) => {
        this.#tally.lost(lines);
        this.#around.bus.publish('plugin-changed', { id: this.id });
      },
      onEnded: (outcome) => void this.#onEnded(outcome),
    };
  }

  #onStarted(runId: number, pid: number, at: string): void {
    if (this.#pid === pid) return;
    this.#pid = pid;
    const { reason, actor } = this.#machine;
    this.#notes.started({ runId, pid, shimPid: this.#run?.shimPid ?? null, at, reason, actor });
    this.#around.bus.publish('plugin-changed', { id: this.id });
  }

  #onReady(runId: number): void {
    this.#notes.ready(runId);
    this.#tally.ready(this.#around.clock.monotonic());
    this.happen({ type: 'ready' });
  }

  #onAdopted(runId: number): void {
    this.#notes.adopted(runId, this.#pid);
    const { phase, reason } = this.#machine;
    // What a plugin that ended by itself left behind is its shim's business.
    const isToStop = phase.name === 'stopping' && phase.goal.kind !== 'ended' && phase.isHeld !== true;
    if (isToStop) this.#stopRun(reason);
    this.#armTimer();
  }

  #onHealth(health: Health, detail: string | undefined): void {
    if (health === this.#health && detail === this.#healthDetail) return;
    if (health !== this.#health && !(this.#health === 'unknown' && health === 'healthy')) {
      this.#notes.health(health, detail);
    }
    this.#setHealth(health, detail);
    this.#around.bus.publish('plugin-changed', { id: this.id });
  }

  #setHealth(health: Health, detail: string | undefined): void {
    this.#health = health;
    this.#healthDetail = detail;
  }

  #onCaptureLost(): void {
    this.#notes.captureLost(this.#pid);
    this.#around.bus.publish('plugin-changed', { id: this.id });
  }

  /** A crash's last lines are read before its end is stored, so that the capsule is whole in one transaction. */
  async #onEnded(outcome: RunOutcome): Promise<void> {
    // It must not become stable while its last lines are read.
    this.#timer?.cancel();
    const runId = runOf(this.#machine)?.runId ?? null;
    const isPlain = outcome.kind === 'exited' || outcome.kind === 'lost';
    const isWanted = isPlain && runId !== null && !this.#isEndingAsAsked();
    this.#fail(outcome, isWanted ? await readLastLines(this.#around, this.id, runId) : []);
  }

  #isEndingAsAsked(): boolean {
    const { phase } = this.#machine;
    return phase.name === 'stopping' && (phase.goal.kind === 'stop' || phase.goal.kind === 'restart');
  }

  #fail(outcome: RunOutcome, lastLines: EndedRun['lastLines'] = []): void {
    const run = runOf(this.#machine);
    if (run === undefined) return;
    const atMs = outcomeTime(outcome) ?? this.#around.clock.now();
    const gone = outcome.kind === 'exited' ? outcome.gone : undefined;
    const linesLost = gone?.lost ?? this.#tally.linesLost;
    const forget = forgetterOf(this.#around.log, this.id, this.#run);
    const span = this.#tally.readySpan(this.#around.clock.monotonic());
    const ended: EndedRun = { run, outcome, lastLines, linesLost, ...span, forget };
    const policy = restartSettingsOf(this.#view);
    this.#run = undefined;
    this.#setHealth('unknown', undefined);
    this.#pid = null;
    this.#tally.reset();
    const event: MachineEvent =
      outcome.kind === 'never-began'
        ? { type: 'never-began', at: atMs }
        : {
            type: 'ended',
            ending: endingOf(outcome),
            at: atMs,
            ...span,
            policy,
            chance: this.#around.chance(),
          };
    this.#apply({ event, follows: catalogEvent(this.#view), isIntent: false, ended });
    if (runOf(this.#machine) === undefined) this.plan = undefined;
  }

  #armTimer(): void {
    this.#timer?.cancel();
    const timer = timerOf(this.#machine, this.#view, this.plan, this.#around.clock.now());
    if (timer === undefined || this.#around.leaving.isSet) this.#timer = undefined;
    else this.#timer = this.#around.clock.setTimer(() => this.happen({ type: timer.event }), timer.delayMs);
  }
}
