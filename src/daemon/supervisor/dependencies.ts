/** What plugins need of each other, asked of the catalogue and the runners: the graph, the order, plans and trees. */

import type { DependencyNode, DependencyStatus } from '../../protocol/control/dependencies.ts';
import type { ActionOutcome, Actor } from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { DependencyGraph } from '../catalog/dependency-graph.ts';
import type { CatalogEntry } from '../catalog/settings.ts';
import { judgeAction } from './actions.ts';
import { viewProblem } from './catalog-view.ts';
import type { Action, ActionVerb, PlannedAction } from './contract.ts';
import { DependencyKeeper } from './dependency-keeper.ts';
import { dependencyRow, dependencyTree } from './dependency-tree.ts';
import { type Landscape, needText, neighboursOf, type PluginFacts, unmetBlocker } from './landscape.ts';
import { DAEMON, type Neighbours } from './machine-model.ts';
import { type PlannedStep, planSteps, takenDownBy } from './plan.ts';
import type { PluginRunner } from './plugin-runner.ts';
import type { StepTimes } from './step-times.ts';

export interface DependenciesOptions {
  /** Every entry of the catalogue. */
  readonly entries: () => readonly CatalogEntry[];
  readonly runner: (id: string) => PluginRunner | undefined;
  readonly leaving: { readonly isSet: boolean };
  readonly times: StepTimes;
}

const STARTING_VERBS: ReadonlySet<ActionVerb> = new Set(['start', 'enable', 'restart', 'tryRestart']);
const STOPPING_VERBS: ReadonlySet<ActionVerb> = new Set(['stop', 'disable', 'remove']);

export class Dependencies implements Landscape {
  readonly keeper: DependencyKeeper;
  readonly #options: DependenciesOptions;
  #graph = new DependencyGraph([]);

  constructor(options: DependenciesOptions) {
    this.#options = options;
    const { runner, leaving } = options;
    this.keeper = new DependencyKeeper({ land: this, runner, leaving });
  }

  get graph(): DependencyGraph {
    return this.#graph;
  }

  /** To be called when the catalogue is another one. */
  learn(): void {
    this.#graph = new DependencyGraph(this.#options.entries());
  }

  facts(id: string): PluginFacts | undefined {
    const runner = this.#options.runner(id);
    if (runner === undefined) return undefined;
    const { machine, view, plan } = runner;
    const installedVersion = view.kind === 'entry' ? view.entry.metadata.version : undefined;
    return {
      id,
      phase: machine.phase,
      wanted: machine.wanted,
      downBy: machine.downBy,
      version: plan?.version ?? installedVersion,
      installedVersion,
      problem: view.kind === 'entry' ? undefined : viewProblem(view),
      isInstalled: view.kind !== 'gone',
    };
  }

  neighbours(id: string): Neighbours {
    return neighboursOf(id, this);
  }

  /** Ids of those that need it, sorted. */
  dependentsOf(id: string): readonly string[] {
    return this.#graph.dependentsOf(id).flatMap(({ plugin, required }) => (required ? [plugin] : []));
  }

  rows(id: string): readonly DependencyStatus[] {
    return this.#graph.dependenciesOf(id).map((dependency) => dependencyRow(dependency, this));
  }

  /** What a person should know of its dependencies beside its state. */
  problems(id: string): readonly string[] {
    const runner = this.#options.runner(id);
    if (runner?.machine.phase.name === 'waiting') return [];
    return this.#graph.dependenciesOf(id).flatMap((dependency) => {
      const unmet = unmetBlocker(id, dependency, this);
      if (unmet === undefined) return [];
      if (dependency.required) return [`needs ${unmet.text.replace(/^for /, '')}`];
      const version = this.facts(dependency.plugin)?.version;
      if (version === undefined || dependency.range === '*') return [];
      return [`would use ${needText(dependency)}, which is ${version}; it does without`];
    });
  }

  tree(id: string, isReverse: boolean): DependencyNode | undefined {
    return this.#options.runner(id) === undefined ? undefined : dependencyTree(id, isReverse, this);
  }

  inOrder(verb: ActionVerb, ids: readonly string[]): readonly string[] {
    const levels = this.#graph.levels(ids);
    return (STOPPING_VERBS.has(verb) ? levels.toReversed() : levels).flat();
  }

  plan(verb: ActionVerb, ids: readonly string[]): PlannedAction {
    const { runner: find, times } = this.#options;
    const targets = ids.flatMap((id) => {
      const runner = find(id);
      if (runner === undefined) return [];
      const judged = judgeAction(runner, verb, DAEMON, this);
      if (judged.ok) return [{ id, verb, changed: judged.value.changed }];
      return [{ id, verb, changed: false, error: judged.failure }];
    });
    const planned = planSteps(targets, this);
    const steps = planned.map((step) => {
      const runner = find(step.plugin);
      return { ...step, state: runner?.machine.phase.name ?? null, ...times.of(step, runner) };
    });
    const outcomes = targets.map(({ id, changed }): ActionOutcome => {
      const own = planned.find((step) => step.plugin === id && step.error !== undefined)?.error;
      const error = own ?? this.#lossOf(verb, id, planned);
      const state = find(id)?.machine.phase.name ?? null;
      return { plugin: id, changed, state, ...(error === undefined ? {} : { error }) };
    });
    return { steps, outcomes };
  }

  /** Who would not come back after a restart; the real one ends with the same error. */
  #lossOf(verb: ActionVerb, id: string, planned: readonly PlannedStep[]): ErrorBody | undefined {
    const takenDown = this.takenDownBy(verb, id);
    const lost = planned.find(({ plugin, error }) => error !== undefined && takenDown.includes(plugin));
    if (lost?.error === undefined) return undefined;
    const { code, message, hint } = lost.error;
    const what = `${lost.plugin}, which is restarted with it, would not come back: ${message}`;
    return errorBody(code, what, { name: id, hint });
  }

  /**
   * What a stored intent means for other plugins.
   * @param takenDown as `takenDownBy` gave them before the intent
   */
  follow(runner: PluginRunner, verb: ActionVerb, actor: Actor, takenDown: readonly string[]): void {
    const { name } = runner.machine.phase;
    const isBegun = name === 'stopping' || (name === 'waiting' && verb !== 'tryRestart');
    if (STARTING_VERBS.has(verb) && isBegun) this.keeper.pull(runner.id, true, actor);
    this.keeper.takeDown(takenDown, runner.id, actor);
  }

  takenDownBy(verb: ActionVerb, id: string): readonly string[] {
    return takenDownBy(verb, id, this);
  }

  /** A restart is done when those that it took down are back as well; a stop waits for nobody more. */
  done(verb: ActionVerb, action: Action, takenDown: readonly string[]): Promise<ActionOutcome> {
    const isRestart = verb === 'restart' || verb === 'tryRestart';
    return isRestart && takenDown.length > 0 ? this.#back(action, takenDown) : action.done;
  }

  async #back(action: Action, ids: readonly string[]): Promise<ActionOutcome> {
    const waits = ids.flatMap((id) => {
      const runner = this.#options.runner(id);
      return runner === undefined
        ? []
        : [runner.waiters.wait(runner.machine, { kind: 'up', oldRun: undefined }, true)];
    });
    const outcome = await action.done;
    if (outcome.error !== undefined) return outcome;
    const failed = (await Promise.all(waits)).find((one) => one.error !== undefined);
    if (failed?.error === undefined) return outcome;
    const { plugin, error } = failed;
    const message = `${plugin}, which was restarted with it, did not come back: ${error.message}`;
    return { ...outcome, error: errorBody(error.code, message, { name: outcome.plugin, hint: error.hint }) };
  }
}
