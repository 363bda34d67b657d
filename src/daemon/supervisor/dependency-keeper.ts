/**
 * Carries what happens to a plugin to those that need it and those that it needs: who waits is started, who is in the
 * way of a stop goes down, who is held is let go. Told by each change; no polling.
 */

import type { Actor } from '../../protocol/control/plugins.ts';
import { startProblem } from './dependency-problems.ts';
import { hasProcess, holdersOf, type Landscape, pullsOf, upDependentsOf } from './landscape.ts';
import { DAEMON } from './machine-model.ts';
import type { PluginRunner } from './plugin-runner.ts';

export interface KeeperOptions {
  readonly land: Landscape;
  readonly runner: (id: string) => PluginRunner | undefined;
  /** Set once torud leaves: then nothing is started any more. */
  readonly leaving: { readonly isSet: boolean };
}

export class DependencyKeeper {
  readonly #options: KeeperOptions;
  readonly #due = new Set<string>();
  #isAtWork = false;
  #mayStart = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** From now on what waits is started; before that, a torud that has just come looks but starts nothing. */
  open(): void {
    this.#mayStart = true;
  }

  /** A plugin is another one than before: looks at it, and at all around it. */
  onChanged(id: string): void {
    const { graph } = this.#options.land;
    const needs = graph.dependenciesOf(id);
    const dependents = graph.dependentsOf(id);
    const isHeld = this.#isHeld(id);
    if (needs.length === 0 && dependents.length === 0 && !isHeld && !this.#isWaiting(id)) return;
    this.#due.add(id);
    // A stop is held by those far away as well.
    for (const needed of graph.needsOf(id)) this.#due.add(needed);
    for (const { plugin } of dependents) this.#due.add(plugin);
    this.#work();
  }

  /** Looks at these; for a catalogue that is another one, and for a start of torud. */
  look(ids: Iterable<string>): void {
    for (const id of ids) this.#due.add(id);
    this.#work();
  }

  /** Starts what this plugin needs and is down. */
  pull(id: string, isAsked: boolean, actor: Actor): void {
    const { land, runner } = this.#options;
    for (const needed of pullsOf(id, land, isAsked)) {
      runner(needed)?.happen({ type: 'start', actor, reason: `needed by ${id}` });
    }
  }

  /** Those that are still up go down, and stay wanted. */
  takeDown(ids: readonly string[], needed: string, actor: Actor): void {
    for (const id of ids) {
      const reason = `${needed}, which it needs, is not to run`;
      this.#options.runner(id)?.happen({ type: 'yield', actor, reason, because: readyAgain(needed) });
    }
  }

  /** Changes that come of this one are taken in turn, not inside of it. */
  #work(): void {
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    try {
      for (const id of this.#due) {
        this.#due.delete(id);
        this.#settle(id);
      }
    } finally {
      this.#isAtWork = false;
      this.#due.clear();
    }
  }

  #settle(id: string): void {
    const runner = this.#options.runner(id);
    if (runner === undefined) return;
    const { phase } = runner.machine;
    if (phase.name === 'stopping' && phase.isHeld === true) this.#settleStop(runner);
    else if (phase.name === 'waiting') this.#settleWait(runner);
  }

  #settleStop(runner: PluginRunner): void {
    const { land, runner: find } = this.#options;
    const { id, machine } = runner;
    const verb =
      machine.phase.name === 'stopping' && machine.phase.goal.kind === 'restart' ? 'restart' : 'stop';
    const reason = `${id}, which it needs, is being ${verb === 'restart' ? 'restarted' : 'stopped'}`;
    for (const dependent of upDependentsOf(id, land)) {
      find(dependent)?.happen({ type: 'yield', actor: machine.actor, reason, because: readyAgain(id) });
    }
    if (holdersOf(id, land).length === 0) runner.happen({ type: 'released' });
  }

  #settleWait(runner: PluginRunner): void {
    const { leaving } = this.#options;
    if (leaving.isSet) return;
    // What cannot begin anyway has nothing started for it.
    const isInVain = startProblem(runner.id, this.#options.land) !== undefined;
    if (this.#mayStart && !isInVain) this.pull(runner.id, false, runner.machine.actor ?? DAEMON);
    if (runner.machine.phase.name !== 'waiting') return;
    const isReady = runner.neighbours().blockers.length === 0;
    if (!isReady) runner.happen({ type: 'blocked' });
    else if (this.#mayStart) runner.happen({ type: 'unblocked' });
  }

  #isHeld(id: string): boolean {
    const phase = this.#options.runner(id)?.machine.phase;
    return phase?.name === 'stopping' && phase.isHeld === true && hasProcess(phase);
  }

  #isWaiting(id: string): boolean {
    return this.#options.runner(id)?.machine.phase.name === 'waiting';
  }
}

function readyAgain(needed: string): string {
  return `${needed}, which it needs, is ready again`;
}
