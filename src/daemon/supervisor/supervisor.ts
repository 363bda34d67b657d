/** All plugins: who there is, what the control server may ask of them, and how they begin and end with torud. */

import type { DependencyNode } from '../../protocol/control/dependencies.ts';
import type {
  ActionOutcome,
  Actor,
  CompactRow,
  PluginStatus,
  ScanResult,
  ShowResult,
  WhyResult,
} from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody, noSuchPlugin } from '../../protocol/errors.ts';
import { type PluginStateName, STATES_WITH_PROCESS } from '../../protocol/plugin-state.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { formatTime, type Timer } from '../base/clock.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { act } from './actions.ts';
import { ranText } from './actor-text.ts';
import { ChangeNotes } from './change-notes.ts';
import type {
  Action,
  ActionVerb,
  AskedVerb,
  ConfigAnswer,
  PlannedAction,
  ReloadStep,
  SupervisorApi,
} from './contract.ts';
import { Dependencies } from './dependencies.ts';
import { DAEMON } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';
import { ProcessUsage } from './process-usage.ts';
import type { Recovered } from './recovery.ts';
import { reloadStep, sendConfig } from './reload.ts';
import { Roster } from './roster.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';
import { StatusView } from './status-view.ts';
import { StepTimes } from './step-times.ts';
import { storeAgain } from './store-again.ts';
import { answerWhy } from './why.ts';
import { gatherFacts, gatherGone } from './why-sources.ts';

/** Starts between two turns of the event loop, so that torud answers while it starts many plugins. */
const STARTS_AT_ONCE = 16;
/** How often shims that are not our children are looked at. */
const SHIM_CHECK_MS = 60_000;

export class Supervisor implements SupervisorApi {
  readonly #around: RunnerSurroundings;
  readonly #catalog: Catalog;
  readonly #view: StatusView;
  readonly #usage: ProcessUsage;
  readonly #notes: ChangeNotes;
  readonly #dependencies: Dependencies;
  readonly #roster: Roster;
  readonly #runners: ReadonlyMap<string, PluginRunner>;
  #unsubscribe: (() => void) | undefined;
  #endKeeping: (() => void) | undefined;
  #shimCheck: Timer | undefined;

  constructor(around: RunnerSurroundings, catalog: Catalog) {
    this.#around = around;
    this.#catalog = catalog;
    this.#usage = new ProcessUsage(around.clock);
    this.#notes = new ChangeNotes(around);
    this.#roster = new Roster({
      around,
      catalog,
      notes: this.#notes,
      neighbours: (id) => this.#dependencies.neighbours(id),
      onAdded: (runner) => this.#startWantedOne(runner),
      onForgotten: (id) => this.#usage.forget(id),
    });
    this.#runners = this.#roster.runners;
    this.#dependencies = new Dependencies({
      entries: () => catalog.entries(),
      runner: (id) => this.#runners.get(id),
      leaving: around.leaving,
      times: new StepTimes(around.stores, around.writer),
    });
    this.#view = new StatusView(
      around.clock,
      this.#usage,
      this.#dependencies,
      (id) => catalog.groups.of(id),
      around.paths,
    );
  }

  /** Learns what there is, and takes over what runs. */
  adopt(recovered: Recovered): void {
    this.#dependencies.learn();
    for (const [id, record] of recovered.records) {
      if (this.#roster.isWorthShowing(id, record) || recovered.openRuns.has(id)) this.#roster.add(id, record);
    }
    for (const entry of this.#catalog.entries())
      if (!this.#runners.has(entry.id)) this.#roster.add(entry.id, undefined);
    for (const refusal of this.#catalog.refusals()) {
      if (!this.#runners.has(refusal.id)) this.#roster.add(refusal.id, undefined);
    }
    for (const [id, run] of recovered.openRuns) this.#runners.get(id)?.adopt(run);
    for (const runner of this.#runners.values()) {
      const wasInvalid = runner.machine.phase.name === 'invalid';
      if (wasInvalid || runner.view.kind !== 'entry') runner.onCatalog(runner.view);
    }
    const { bus } = this.#around;
    const { keeper } = this.#dependencies;
    keeper.look(this.#runners.keys());
    this.#endKeeping = bus.subscribe('plugin-changed', ({ id }) => keeper.onChanged(id));
    const subscriptions = [
      bus.subscribe('catalog-changed', (scan) => this.#onCatalogChanged(scan)),
      bus.subscribe('plugin-changed', ({ id }) => this.#roster.removeSoonIfGone(id)),
    ];
    this.#unsubscribe = () => {
      for (const end of subscriptions) end();
    };
    this.#watchShims();
  }

  /** Starts what is wanted and does not run. */
  async startWanted(): Promise<void> {
    const { keeper, graph } = this.#dependencies;
    keeper.open();
    // What others need is begun first, so that they wait for it and not for its being stopped.
    const wanted = graph.levels(this.#runners.keys()).flatMap((level) => this.#runnersToStart(level));
    for (let index = 0; index < wanted.length; index += STARTS_AT_ONCE) {
      for (const runner of wanted.slice(index, index + STARTS_AT_ONCE)) this.#startWantedOne(runner);
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#around.leaving.isSet) return;
    }
    keeper.look(this.#runners.keys());
  }

  /** Has every shim open its log again, for logrotate. */
  reopenLogs(): void {
    for (const runner of this.#runners.values()) runner.run?.reopenLog();
  }

  /** Stops all plugins (they stay wanted), or leaves them running for the next torud. */
  async leave(keepPlugins: boolean): Promise<void> {
    this.#around.leaving.isSet = true;
    this.#unsubscribe?.();
    this.#shimCheck?.cancel();
    const runners = [...this.#runners.values()];
    if (!keepPlugins) {
      for (const runner of runners) {
        runner.happen({ type: 'suspend', reason: 'torud was stopped' });
        // What waits for its next try goes on waiting for it under the next torud.
        if (runner.run === undefined) runner.release();
      }
      await Promise.all(runners.map((runner) => runner.waiters.waitForNoProcess(runner.machine)));
    }
    for (const runner of runners) {
      runner.waiters.abandon(
        runner.machine,
        errorBody('unavailable', 'torud is leaving', { name: runner.id }),
      );
      runner.release();
    }
    this.#endKeeping?.();
  }

  /** Stores again what is known of all plugins and their runs, into a database that was made anew. */
  storeAgain(): void {
    for (const runner of this.#runners.values()) storeAgain(this.#around, runner);
  }

  ids(): readonly string[] {
    return [...this.#runners.keys()].sort();
  }

  status(id: string): PluginStatus | undefined {
    const runner = this.#runners.get(id);
    return runner === undefined ? undefined : this.#view.status(runner);
  }

  compactRow(id: string): CompactRow | undefined {
    const runner = this.#runners.get(id);
    return runner === undefined ? undefined : this.#view.compactRow(runner);
  }

  show(id: string): ShowResult | undefined {
    const runner = this.#runners.get(id);
    return runner === undefined ? undefined : this.#view.show(runner);
  }

  why(id: string): Result<WhyResult, ErrorBody> {
    const runner = this.#runners.get(id);
    const facts =
      runner && gatherFacts(this.#around, runner, (other) => this.status(other), this.#dependencies);
    if (facts !== undefined) return success(answerWhy(facts));
    const gone = gatherGone(this.#around, id);
    if (gone === undefined) return failure(noSuchPlugin(id));
    const hint = `"toru events ${id}", "toru crashes ${id}" and "toru logs ${id}" still show its past`;
    return failure(errorBody('not_found', gone, { name: id, hint }));
  }

  act(verb: ActionVerb, id: string, actor: Actor, asked?: AskedVerb): Result<Action, ErrorBody> {
    const runner = this.#runners.get(id);
    if (runner === undefined) return failure(noSuchPlugin(id));
    if (this.#around.leaving.isSet)
      return failure(errorBody('unavailable', 'torud is leaving', { name: id }));
    const dependencies = this.#dependencies;
    const takenDown = dependencies.takenDownBy(verb, id);
    const now = formatTime(this.#around.clock.now());
    const follow = (): void => dependencies.follow(runner, verb, actor, takenDown);
    const result = act(runner, verb, actor, now, dependencies, follow, asked);
    this.#roster.removeIfGone(runner);
    if (!result.ok) return result;
    return success({ ...result.value, done: dependencies.done(verb, result.value, takenDown) });
  }

  reloadStep(id: string): Result<ReloadStep, ErrorBody> {
    const runner = this.#runners.get(id);
    return runner === undefined ? failure(noSuchPlugin(id)) : reloadStep(runner);
  }

  async sendConfig(id: string, actor: Actor): Promise<ConfigAnswer> {
    const runner = this.#runners.get(id);
    return runner === undefined ? { kind: 'unknown' } : sendConfig(this.#around, runner, actor);
  }

  dependentsOf(id: string): readonly string[] {
    return this.#dependencies.dependentsOf(id);
  }

  dependencyTree(id: string, isReverse: boolean): DependencyNode | undefined {
    return this.#dependencies.tree(id, isReverse);
  }

  plan(verb: ActionVerb, ids: readonly string[]): PlannedAction {
    return this.#dependencies.plan(verb, ids);
  }

  inOrder(verb: ActionVerb, ids: readonly string[]): readonly string[] {
    return this.#dependencies.inOrder(verb, ids);
  }

  kill(id: string, signal: string, actor: Actor): Result<ActionOutcome, ErrorBody> {
    const runner = this.#runners.get(id);
    if (runner === undefined) return failure(noSuchPlugin(id));
    if (!runner.run?.signal(signal as NodeJS.Signals)) {
      return failure(errorBody('not_running', 'it is not running', { name: id }));
    }
    const reason = ranText(actor, `kill -s ${signal}`, id);
    runner.note('killed', reason, actor, { signal, pid: runner.pid });
    this.#around.log.write('info', 'killed', { plugin: id, signal, reason });
    return success({ plugin: id, changed: true, state: runner.machine.phase.name });
  }

  counts(): { readonly total: number; readonly running: number; readonly failed: number } {
    const states = [...this.#runners.values()].map((runner) => runner.machine.phase.name);
    return {
      total: states.length,
      running: states.filter((state) => state === 'running').length,
      failed: states.filter((state) => state === 'failed').length,
    };
  }

  /** Runs the work; what it changes for the plugin in the catalogue is told as what was asked for. */
  async attribute(id: string, change: AskedChange, work: () => Promise<unknown>): Promise<void> {
    await this.#notes.during(id, change, work);
    // The stored version and digest follow at once, also of a plugin that is not started soon.
    this.#runners.get(id)?.happen({ type: 'noted' }, {});
  }

  /** Tells a change that a torud before this one made and may not have told. */
  recall(id: string, change: AskedChange): void {
    this.#notes.recall(id, change);
  }

  hasProcess(id: string): boolean {
    const runner = this.#runners.get(id);
    return runner !== undefined && STATES_WITH_PROCESS.has(runner.machine.phase.name);
  }

  /** How many plugins are in which state; a state without a plugin is not in it. */
  countStates(): ReadonlyMap<PluginStateName, number> {
    const counts = new Map<PluginStateName, number>();
    for (const { machine } of this.#runners.values()) {
      counts.set(machine.phase.name, (counts.get(machine.phase.name) ?? 0) + 1);
    }
    return counts;
  }

  problems(): readonly string[] {
    const problem = this.#around.writer.problem();
    return problem === undefined ? [] : [problem];
  }

  #startWantedOne(runner: PluginRunner): void {
    if (this.#around.leaving.isSet || !isToStart(runner)) return;
    const isBoot = runner.machine.actor?.kind === 'boot';
    const actor: Actor = isBoot ? { kind: 'boot' } : DAEMON;
    const reason = isBoot ? 'started with the machine' : 'started with torud, for it is wanted';
    runner.happen({ type: 'start', actor, reason });
  }

  #runnersToStart(ids: readonly string[]): readonly PluginRunner[] {
    return ids.flatMap((id) => {
      const runner = this.#runners.get(id);
      return runner !== undefined && isToStart(runner) ? [runner] : [];
    });
  }

  #onCatalogChanged(scan: ScanResult): void {
    this.#dependencies.learn();
    this.#roster.take(scan);
    // A dependency that was added, or whose version fits now, is in no list of those that need it.
    this.#dependencies.keeper.look(this.#runners.keys());
  }

  /** Looks whether adopted shims, whose death nobody reports, are still there. */
  checkShims(): void {
    for (const runner of this.#runners.values()) runner.run?.checkShim();
  }

  #watchShims(): void {
    this.#shimCheck = this.#around.clock.setTimer(() => {
      this.checkShims();
      for (const runner of [...this.#runners.values()]) this.#roster.removeIfGone(runner);
      this.#watchShims();
    }, SHIM_CHECK_MS);
  }
}

function isToStart(runner: PluginRunner): boolean {
  return (
    runner.machine.wanted === 'up' && runner.machine.phase.name === 'stopped' && runner.view.kind === 'entry'
  );
}
