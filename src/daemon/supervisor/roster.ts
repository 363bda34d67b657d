/** Who there is: one runner a plugin, added and forgotten as the catalogue changes. */

import type { ScanResult } from '../../protocol/control/plugins.ts';
import { errorBody } from '../../protocol/errors.ts';
import { STATES_WITH_PROCESS } from '../../protocol/plugin-state.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { PluginRecord } from '../store/records.ts';
import { type CatalogView, viewProblem } from './catalog-view.ts';
import type { ChangeNotes } from './change-notes.ts';
import type { Neighbours } from './machine-model.ts';
import { PluginRunner } from './plugin-runner.ts';
import { afterBoot } from './recovery.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';

export interface RosterOptions {
  readonly around: RunnerSurroundings;
  readonly catalog: Catalog;
  readonly notes: ChangeNotes;
  readonly neighbours: (id: string) => Neighbours;
  /** A plugin has come that the catalogue takes. */
  readonly onAdded: (runner: PluginRunner) => void;
  readonly onForgotten: (id: string) => void;
}

export class Roster {
  readonly runners = new Map<string, PluginRunner>();
  readonly #options: RosterOptions;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  #viewOf(id: string): CatalogView {
    const entry = this.#options.catalog.get(id);
    if (entry !== undefined) return { kind: 'entry', entry };
    const refusal = this.#options.catalog.refusals().find((refused) => refused.id === id);
    return refusal === undefined ? { kind: 'gone' } : { kind: 'refused', reason: refusal.reason };
  }

  add(id: string, record: PluginRecord | undefined): PluginRunner {
    const runner = new PluginRunner(this.#options.around, id, record, this.#viewOf(id), () =>
      this.#options.neighbours(id),
    );
    this.runners.set(id, runner);
    return runner;
  }

  /** False for what is gone, and of which nothing is wanted. */
  isWorthShowing(id: string, record: PluginRecord): boolean {
    return record.enabled || record.wanted === 'up' || this.#viewOf(id).kind !== 'gone';
  }

  /** Follows a catalogue that is another one. */
  take(scan: ScanResult): void {
    const refused = scan.refused.map((refusal) => refusal.id);
    for (const id of new Set([...scan.added, ...scan.changed, ...scan.removed, ...refused]))
      this.#refresh(id);
    // A refusal that went away together with its file is in none of the lists.
    for (const runner of [...this.runners.values()]) {
      if (runner.view.kind === 'refused' && this.#viewOf(runner.id).kind === 'gone') this.#refresh(runner.id);
    }
  }

  #refresh(id: string): void {
    const view = this.#viewOf(id);
    const known = this.runners.get(id);
    if (known === undefined) {
      if (view.kind !== 'gone') this.#welcome(id, view);
      return;
    }
    const before = known.view;
    known.onCatalog(view);
    this.#options.notes.changed(known, before, view);
    this.removeIfGone(known);
    this.#options.around.bus.publish('plugin-changed', { id });
  }

  #welcome(id: string, view: CatalogView): void {
    const { writer, stores, bootId, clock } = this.#options.around;
    const stored = writer.read(() => stores.plugins.get(id));
    // It may have lain there since another boot, unseen by the recovery's start.
    const runner = this.add(id, stored && afterBoot(stored, bootId, clock.now()));
    runner.onCatalog(view);
    this.#options.notes.welcome(runner, view);
    if (view.kind === 'entry') this.#options.onAdded(runner);
    this.#options.around.bus.publish('plugin-changed', { id });
  }

  /** Once whoever published the change has finished with the plugin. */
  removeSoonIfGone(id: string): void {
    const runner = this.runners.get(id);
    if (runner?.view.kind === 'gone') queueMicrotask(() => this.removeIfGone(runner));
  }

  /** A plugin without files, process and intent is no longer shown; its history stays in the database. */
  removeIfGone(runner: PluginRunner): void {
    if (runner.view.kind !== 'gone' || this.isWorthShowing(runner.id, runner.record)) return;
    if (STATES_WITH_PROCESS.has(runner.machine.phase.name) || !this.runners.has(runner.id)) return;
    runner.release();
    runner.waiters.abandon(
      runner.machine,
      errorBody('not_found', viewProblem(runner.view), { name: runner.id }),
    );
    this.runners.delete(runner.id);
    this.#options.onForgotten(runner.id);
    this.#options.around.bus.publish('plugin-removed', { id: runner.id });
  }
}
