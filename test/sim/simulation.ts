/** Plays steps against simulated daemons and processes, and says which promises were broken. */

import { join } from 'node:path';
import type { ActionVerb } from '../../src/daemon/supervisor/contract.ts';
import type { Supervisor } from '../../src/daemon/supervisor/supervisor.ts';
import type { Actor, PluginStatus } from '../../src/protocol/control/plugins.ts';
import { STATES_WITH_PROCESS } from '../../src/protocol/plugin-state.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { checkEnd } from './end-check.ts';
import { Ledger } from './ledger.ts';
import { Mortal } from './mortal.ts';
import { Chance } from './seed-steps.ts';
import { NEEDS, neededBy, PLUGINS, SimCatalog } from './sim-catalog.ts';
import { SimDaemon } from './sim-daemon.ts';
import { SimWorld } from './sim-process.ts';
import { type SimStore, StoreFaults } from './sim-store.ts';
import { describeStep, HEALTHY, type Step } from './steps.ts';

const OPS: Actor = { kind: 'user', uid: 1000, name: 'ops', pid: 1 };
const ENDING_VERBS: ReadonlySet<ActionVerb> = new Set(['stop', 'disable', 'restart', 'tryRestart']);
/** Reasons of a stop that waits for who needs the plugin. */
const ASKED_STOP = /"toru (stop|disable|restart|try-restart) |which it needs|^torud was stopped/;
/** Long enough for every crash loop, grace and backoff of the simulation to come to its end. */
const SETTLE_MS = 300_000;

export interface Outcome {
  /** One line a broken promise; empty when all were kept. */
  readonly violations: readonly string[];
  /** Empty unless asked for. */
  readonly trace: readonly string[];
}

export class Simulation {
  readonly clock = new VirtualClock();
  readonly ledger = new Ledger(this.clock);
  readonly catalog = new SimCatalog();
  readonly world: SimWorld;
  readonly store: SimStore;
  readonly faults = new StoreFaults();
  readonly #chance = new Chance(0);
  readonly #isTracing: boolean;
  readonly #trace: string[] = [];
  #daemon: SimDaemon | undefined;
  #awayMs = 1000;
  /** torud has died, or the catalogue has been another one. */
  #isDisturbed = false;
  /** The one that was told to leave and may not be gone yet: it begins nothing any more. */
  #leaving: Supervisor | undefined;
  /** Actions that the torud of now has accepted and that have not settled. */
  readonly #unsettled = new Map<SimDaemon, Set<string>>();

  constructor(store: SimStore, isTracing: boolean) {
    this.store = store;
    store.clear();
    this.#isTracing = isTracing;
    const trace = (line: string): void => this.#note(line);
    this.world = new SimWorld(join(store.folder, 'runs'), this.clock, this.ledger, trace);
    this.ledger.stillNeeding = (id) => this.#stillNeeding(id);
    this.ledger.isNeedEnding = (id) =>
      [...(NEEDS[id] ?? []), ...this.catalog.allNeedsOf(id)].some(
        (need) => this.#supervisor?.status(need)?.state === 'stopping',
      );
    this.ledger.nowNeededBy = (id) =>
      PLUGINS.filter((other) => other !== id && this.catalog.allNeedsOf(other).has(id));
    this.ledger.needs = (id) =>
      this.catalog.needsOf(id).map((plugin) => ({ plugin, isReady: this.#isReady(plugin) }));
  }

  async play(steps: readonly Step[]): Promise<Outcome> {
    this.#boot();
    await this.clock.advanceAsync(1);
    for (const step of steps) {
      this.#note(describeStep(step));
      await this.#take(step);
      if (step.do !== 'wait') await this.clock.advanceAsync(0);
      this.#check();
      if (this.ledger.violations.length > 0) break;
    }
    if (this.ledger.violations.length === 0) await this.#settle();
    this.#daemon?.mortal.die('the simulation is over');
    return { violations: this.ledger.violations, trace: this.#trace };
  }

  /** An exception that came out of torud asynchronously. */
  onBug(text: string): void {
    this.ledger.violate(text);
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        return this.clock.advanceAsync(step.ms);
      case 'act':
        return this.#act(step);
      case 'signal':
        return this.#signal(step.plugin, step.signal);
      case 'habit':
        return this.world.changeHabit(step.plugin, step.habit);
      case 'kill-daemon':
        this.#awayMs = step.awayMs;
        return this.#daemon?.mortal.armKill(step.afterPoints);
      case 'stop-daemon':
        this.#awayMs = step.awayMs;
        return this.#stopDaemon(step.keepPlugins);
      case 'store-fails':
        this.faults.arm(step.how, step.afterWrites);
        this.clock.setTimer(() => this.faults.clear(), step.forMs);
        return;
      case 'set-clock':
        this.ledger.onClockSet();
        return this.clock.setWallClock(this.clock.now() + step.byMs);
      case 'reboot':
        this.#awayMs = step.awayMs;
        this.ledger.onReboot();
        this.world.reboot(step.keepsRunFiles, (runId) => this.#isRecorded(runId));
        return this.#daemon?.mortal.die('reboot');
      case 'catalog':
        return this.#changeCatalog(step);
      case 'kill-shim': {
        const process = this.world.newest(step.plugin);
        if (process !== undefined) this.world.killShim(process);
        return;
      }
      case 'end-process': {
        const process = this.world.newest(step.plugin);
        if (process !== undefined) this.world.endMain(process, step.ends);
        return;
      }
    }
  }

  #boot(): void {
    const { world, catalog, store, faults, ledger } = this;
    const mortal = new Mortal({
      clock: this.clock,
      onDeath: (where) => this.#onDeath(where),
      onBug: (text) => this.onBug(text),
    });
    const trace = (line: string): void => this.#note(line);
    this.#learnGivenUp();
    for (const { hasFailedToFork, isOver, events, runId, plugin } of world.processes) {
      if (!isOver || events.some((event) => event.event === 'exited') || this.#isEnded(runId)) continue;
      if (hasFailedToFork) ledger.onForkForgotten(plugin);
      else ledger.onUnseenEnd(plugin);
    }
    ledger.onDaemonStart();
    this.#note('  torud starts');
    const daemon = new SimDaemon({
      mortal,
      world,
      catalog,
      store,
      faults,
      ledger,
      chance: this.#chance,
      trace,
    });
    this.#daemon = daemon;
    this.#unsettled.set(daemon, new Set());
    daemon.start();
  }

  /** torud may have died between writing that it gave up and saying so. */
  #learnGivenUp(): void {
    const rows = this.store.database.rows<{ plugin_id: string; times: number }>(
      "SELECT plugin_id, count(*) AS times FROM plugin_events WHERE type = 'gave-up' GROUP BY plugin_id",
    );
    for (const row of rows) this.ledger.onGaveUp(row.plugin_id, row.times);
  }

  #onDeath(where: string): void {
    this.#note(`  torud is gone: ${where}`);
    this.#isDisturbed = true;
    for (const process of this.world.processes) process.listener = undefined;
    const daemon = this.#daemon;
    this.ledger.onDaemonGone(daemon === undefined || daemon.writer.problem() !== undefined);
    if (where === 'the simulation is over') return;
    this.clock.setTimer(() => this.#boot(), this.#awayMs);
  }

  get #supervisor(): Supervisor | undefined {
    return this.#daemon?.supervisor;
  }

  #stillNeeding(id: string): readonly string[] {
    const status = this.#supervisor?.status(id);
    if (this.#isDisturbed || status === undefined || !ASKED_STOP.test(status.reason)) return [];
    return neededBy(id).filter((other) => this.world.living(other).some((process) => process.isMainAlive));
  }

  #isReady(plugin: string): boolean {
    return this.#supervisor?.status(plugin)?.state === 'running';
  }

  #act(step: Step & { do: 'act' }): void {
    const supervisor = this.#supervisor;
    const daemon = this.#daemon;
    if (supervisor === undefined || daemon === undefined) return;
    const { verb, plugin } = step;
    const before = supervisor.status(plugin);
    const tell = this.ledger.onAct(verb, before, plugin, this.world.newest(plugin));
    if (ENDING_VERBS.has(verb)) this.#allowTakingDown(plugin);
    const result = daemon.mortal.enter(() => supervisor.act(verb, plugin, OPS));
    if (result === undefined) return;
    tell(result.ok ? { ok: true, changed: result.value.changed } : { ok: false, changed: false });
    this.#note(`  ${result.ok ? `changed: ${result.value.changed}` : result.failure.message}`);
    if (!result.ok) return;
    const name = `${this.clock.monotonic()} ms: ${verb} ${plugin}`;
    const waiting = this.#unsettled.get(daemon);
    waiting?.add(name);
    void result.value.done.then(() => waiting?.delete(name));
  }

  /** Who needs it goes down with it. */
  #allowTakingDown(plugin: string): void {
    const dependents = new Set(neededBy(plugin));
    if (this.catalog.isCircular) for (const id of PLUGINS) dependents.add(id);
    for (const id of dependents) {
      const process = this.world.newest(id);
      if (process !== undefined) process.mayBeStopped = true;
    }
  }

  /**
   * What a person has stopped has nothing running that needs it; a run that torud takes over, or whose files were
   * changed meanwhile, is left alone.
   */
  #checkDependents(status: PluginStatus): void {
    const { id, state, wanted, reason } = status;
    if (
      this.#isDisturbed ||
      state !== 'stopped' ||
      wanted !== 'down' ||
      !/"toru (stop|disable) /.test(reason)
    )
      return;
    for (const dependent of neededBy(id)) {
      const is = this.#supervisor?.status(dependent)?.state;
      if (is === 'running' || is === 'starting') {
        this.ledger.violate(`${id} was stopped, and ${dependent}, which needs it, runs`);
      }
    }
  }

  #signal(plugin: string, signal: NodeJS.Signals): void {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return;
    this.#daemon?.mortal.enter(() => supervisor.kill(plugin, signal, OPS));
  }

  #isRecorded(runId: number): boolean {
    return this.store.database.row('SELECT id FROM runs WHERE id = ?', runId) !== undefined;
  }

  #isEnded(runId: number): boolean {
    const sql = 'SELECT id FROM runs WHERE id = ? AND ended_at IS NOT NULL';
    return this.store.database.row(sql, runId) !== undefined;
  }

  #changeCatalog(step: Step & { do: 'catalog' }): void {
    const scan = this.catalog.change(step.plugin, step.kind, step.digest);
    if (scan === undefined) return;
    this.#isDisturbed = true;
    if (step.kind === 'entry') {
      this.ledger.onCatalogEntry(step.plugin, this.world.living(step.plugin).length > 0);
    }
    const daemon = this.#daemon;
    if (this.#supervisor !== undefined) {
      daemon?.mortal.enter(() => daemon.bus.publish('catalog-changed', scan));
    }
  }

  #stopDaemon(keepPlugins: boolean): void {
    const daemon = this.#daemon;
    const supervisor = this.#supervisor;
    if (daemon === undefined || supervisor === undefined) return;
    if (!keepPlugins) {
      this.ledger.onSuspend();
      for (const process of this.world.processes) process.mayBeStopped = true;
    }
    this.#leaving = supervisor;
    const leave = async (): Promise<void> => {
      await supervisor.leave(keepPlugins);
      daemon.mortal.enter(() => daemon.writer.close());
      daemon.mortal.die('stopped');
    };
    daemon.mortal.enter(() => void daemon.mortal.follow(leave()));
  }

  #check(): void {
    const supervisor = this.#supervisor;
    if (supervisor === undefined) return;
    for (const id of PLUGINS) {
      const living = this.world.living(id);
      if (living.length > 1) this.ledger.violate(`${id}: ${living.length} runs live at once`);
      const status = supervisor.status(id);
      if (status === undefined) {
        if (living.length > 0) this.ledger.violate(`${id}: runs, but torud does not know it`);
        continue;
      }
      this.#checkDependents(status);
      this.ledger.check(status, supervisor === this.#leaving);
      if (!STATES_WITH_PROCESS.has(status.state) && living.length > 0) {
        this.ledger.violate(`${id} is ${status.state}, but run ${living[0]?.runId} lives`);
      }
    }
  }

  /** Everything becomes healthy, and time passes. */
  async #settle(): Promise<void> {
    this.#note('settle');
    this.faults.clear();
    for (const id of PLUGINS) {
      this.world.changeHabit(id, HEALTHY);
      this.#changeCatalog({ do: 'catalog', plugin: id, kind: 'entry', digest: 'd1' });
    }
    this.#daemon?.mortal.armKill(Number.POSITIVE_INFINITY);
    for (let passedMs = 0; passedMs < SETTLE_MS; passedMs += SETTLE_MS / 3) {
      await this.clock.advanceAsync(SETTLE_MS / 3);
      this.#check();
    }
    const daemon = this.#daemon;
    if (daemon?.supervisor === undefined) {
      this.ledger.violate('torud did not come up again');
      return;
    }
    for (const name of this.#unsettled.get(daemon) ?? []) this.ledger.violate(`${name} never settled`);
    checkEnd(daemon.supervisor, daemon.stores, this.world, this.ledger);
    const problem = daemon.writer.problem();
    if (problem !== undefined) this.ledger.violate(`torud still says ${problem}`);
  }

  #note(line: string): void {
    if (this.#isTracing) this.#trace.push(`${this.clock.monotonic().toFixed(1).padStart(10)} ${line}`);
  }
}
