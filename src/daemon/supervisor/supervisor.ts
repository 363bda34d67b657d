/** All plugins: who there is, what the control server may ask of them, and how they begin and end with torud. */

import type {
  ActionOutcome,
  Actor,
  CompactRow,
  PluginStatus,
  ScanResult,
  ShowResult,
} from '../../protocol/control/plugins.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { STATES_WITH_PROCESS } from '../../protocol/plugin-state.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { formatTime, type Timer } from '../base/clock.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { PluginRecord } from '../store/records.ts';
import { act } from './actions.ts';
import { ranText } from './actor-text.ts';
import { type CatalogView, viewProblem } from './catalog-view.ts';
import type { Action, ActionVerb, SupervisorApi } from './contract.ts';
import { DAEMON } from './machine-model.ts';
import { PluginRunner } from './plugin-runner.ts';
import { ProcessUsage } from './process-usage.ts';
import { afterBoot, type Recovered } from './recovery.ts';
import type { RunnerSurroundings } from './runner-surroundings.ts';
import { StatusView } from './status-view.ts';
import { storeAgain } from './store-again.ts';
import { explain } from './why.ts';

/** Starts between two turns of the event loop, so that torud answers while it starts many plugins. */
const STARTS_AT_ONCE = 16;
/** How often shims that are not our children are looked at. */
const SHIM_CHECK_MS = 60_000;

export class Supervisor implements SupervisorApi {
  readonly #around: RunnerSurroundings;
  readonly #catalog: Catalog;
  readonly #view: StatusView;
  readonly #usage: ProcessUsage;
  readonly #runners = new Map<string, PluginRunner>();
  #unsubscribe: (() => void) | undefined;
  #shimCheck: Timer | undefined;

  constructor(around: RunnerSurroundings, catalog: Catalog) {
    this.#around = around;
    this.#catalog = catalog;
    this.#usage = new ProcessUsage(around.clock);
    this.#view = new StatusView(around.clock, this.#usage);
  }

  /** Learns what there is, and takes over what runs. */
  adopt(recovered: Recovered): void {
    for (const [id, record] of recovered.records) {
      if (this.#isWorthShowing(id, record) || recovered.openRuns.has(id)) this.#add(id, record);
    }
    for (const entry of this.#catalog.entries())
      if (!this.#runners.has(entry.id)) this.#add(entry.id, undefined);
    for (const refusal of this.#catalog.refusals()) {
      if (!this.#runners.has(refusal.id)) this.#add(refusal.id, undefined);
    }
    for (const [id, run] of recovered.openRuns) this.#runners.get(id)?.adopt(run);
    for (const runner of this.#runners.values()) {
      const wasInvalid = runner.machine.phase.name === 'invalid';
      if (wasInvalid || runner.view.kind !== 'entry') runner.onCatalog(runner.view);
    }
    const { bus } = this.#around;
    const subscriptions = [
      bus.subscribe('catalog-changed', (scan) => this.#onCatalogChanged(scan)),
      bus.subscribe('plugin-changed', ({ id }) => this.#removeSoonIfGone(id)),
    ];
    this.#unsubscribe = () => {
      for (const end of subscriptions) end();
    };
    this.#watchShims();
  }

  /** Starts what is wanted and does not run. */
  async startWanted(): Promise<void> {
    const wanted = [...this.#runners.values()].filter((runner) => isToStart(runner));
    for (let index = 0; index < wanted.length; index += STARTS_AT_ONCE) {
      for (const runner of wanted.slice(index, index + STARTS_AT_ONCE)) this.#startWantedOne(runner);
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#around.leaving.isSet) return;
    }
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

  why(id: string): string | undefined {
    const runner = this.#runners.get(id);
    if (runner === undefined) return undefined;
    const status = this.#view.status(runner);
    const { writer, stores } = this.#around;
    const crashId = status.lastCrash?.id;
    // Without the database the paragraph lacks the crash's last words, and no more.
    const crash = crashId === undefined ? undefined : writer.read(() => stores.crashes.get(crashId));
    return explain({
      status,
      nowMs: this.#around.clock.now(),
      limit: runner.view.kind === 'entry' ? runner.view.entry.settings.restart.limit : null,
      lastWords: crash?.lastLines.at(-1)?.message,
      versionBefore: crash?.versionBefore,
    });
  }

  act(verb: ActionVerb, id: string, actor: Actor): Result<Action, ErrorBody> {
    const runner = this.#runners.get(id);
    if (runner === undefined) return failure(noSuchPlugin(id));
    if (this.#around.leaving.isSet)
      return failure(errorBody('unavailable', 'torud is leaving', { name: id }));
    const result = act(runner, verb, actor, formatTime(this.#around.clock.now()));
    this.#removeIfGone(runner);
    return result;
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

  problems(): readonly string[] {
    const problem = this.#around.writer.problem();
    return problem === undefined ? [] : [problem];
  }

  #startWantedOne(runner: PluginRunner): void {
    if (this.#around.leaving.isSet || !isToStart(runner)) return;
    const isBoot = runner.machine.actor?.kind === 'boot';
    const actor: Actor = isBoot ? { kind: 'boot' } : DAEMON;
    const reason = isBoot ? 'started with the machine' : 'started with torud, for it is wanted';
    runner.happen({ type: 'start', actor, reason, blockers: [] });
  }

  #viewOf(id: string): CatalogView {
    const entry = this.#catalog.get(id);
    if (entry !== undefined) return { kind: 'entry', entry };
    const refusal = this.#catalog.refusals().find((refused) => refused.id === id);
    return refusal === undefined ? { kind: 'gone' } : { kind: 'refused', reason: refusal.reason };
  }

  #add(id: string, record: PluginRecord | undefined): PluginRunner {
    const runner = new PluginRunner(this.#around, id, record, this.#viewOf(id));
    this.#runners.set(id, runner);
    return runner;
  }

  #isWorthShowing(id: string, record: PluginRecord): boolean {
    return record.enabled || record.wanted === 'up' || this.#viewOf(id).kind !== 'gone';
  }

  #onCatalogChanged(scan: ScanResult): void {
    const refused = scan.refused.map((refusal) => refusal.id);
    for (const id of new Set([...scan.added, ...scan.changed, ...scan.removed, ...refused]))
      this.#refresh(id);
    // A refusal that went away together with its file is in none of the lists.
    for (const runner of [...this.#runners.values()]) {
      if (runner.view.kind === 'refused' && this.#viewOf(runner.id).kind === 'gone') this.#refresh(runner.id);
    }
  }

  #refresh(id: string): void {
    const view = this.#viewOf(id);
    const known = this.#runners.get(id);
    if (known === undefined) {
      if (view.kind !== 'gone') this.#welcome(id, view);
      return;
    }
    const before = known.view;
    known.onCatalog(view);
    noteChange(known, before, view);
    this.#removeIfGone(known);
    this.#around.bus.publish('plugin-changed', { id });
  }

  #welcome(id: string, view: CatalogView): void {
    const { writer, stores, bootId, clock } = this.#around;
    const stored = writer.read(() => stores.plugins.get(id));
    // It may have lain there since another boot, unseen by the recovery's start.
    const runner = this.#add(id, stored && afterBoot(stored, bootId, clock.now()));
    runner.onCatalog(view);
    if (view.kind === 'entry') {
      const { version, name } = view.entry.metadata;
      runner.note('installed', `${name} ${version} appeared in the plugin folder`, DAEMON, { version });
      this.#startWantedOne(runner);
    }
    this.#around.bus.publish('plugin-changed', { id });
  }

  /** Once whoever published the change has finished with the plugin. */
  #removeSoonIfGone(id: string): void {
    const runner = this.#runners.get(id);
    if (runner?.view.kind === 'gone') queueMicrotask(() => this.#removeIfGone(runner));
  }

  /** A plugin without files, process and intent is no longer shown; its history stays in the database. */
  #removeIfGone(runner: PluginRunner): void {
    if (runner.view.kind !== 'gone' || this.#isWorthShowing(runner.id, runner.record)) return;
    if (STATES_WITH_PROCESS.has(runner.machine.phase.name) || !this.#runners.has(runner.id)) return;
    runner.release();
    runner.waiters.abandon(
      runner.machine,
      errorBody('not_found', viewProblem(runner.view), { name: runner.id }),
    );
    this.#runners.delete(runner.id);
    this.#usage.forget(runner.id);
    this.#around.bus.publish('plugin-removed', { id: runner.id });
  }

  /** Looks whether adopted shims, whose death nobody reports, are still there. */
  checkShims(): void {
    for (const runner of this.#runners.values()) runner.run?.checkShim();
  }

  #watchShims(): void {
    this.#shimCheck = this.#around.clock.setTimer(() => {
      this.checkShims();
      for (const runner of [...this.#runners.values()]) this.#removeIfGone(runner);
      this.#watchShims();
    }, SHIM_CHECK_MS);
  }
}

function isToStart(runner: PluginRunner): boolean {
  return (
    runner.machine.wanted === 'up' && runner.machine.phase.name === 'stopped' && runner.view.kind === 'entry'
  );
}

function noteChange(runner: PluginRunner, before: CatalogView, after: CatalogView): void {
  if (after.kind === 'gone' && before.kind !== 'gone') {
    runner.note('removed', 'its files were taken out of the plugin folder', DAEMON);
  } else if (after.kind === 'refused' && (before.kind !== 'refused' || before.reason !== after.reason)) {
    runner.note('changed', `refused: ${after.reason}`, DAEMON);
  } else if (
    after.kind === 'entry' &&
    before.kind === 'entry' &&
    before.entry.digest !== after.entry.digest
  ) {
    const versions = { from: before.entry.metadata.version, to: after.entry.metadata.version };
    runner.note('changed', `its files changed (${versions.from} to ${versions.to})`, DAEMON, versions);
  } else if (after.kind === 'entry' && before.kind !== 'entry') {
    runner.note(
      'installed',
      `${after.entry.metadata.name} ${after.entry.metadata.version} is valid now`,
      DAEMON,
    );
  }
}

function noSuchPlugin(id: string): ErrorBody {
  return errorBody('not_found', 'no such plugin', { name: id, hint: 'toru list shows all plugins' });
}
