/**
 * One live run of a plugin: its shim, its events file, its link, its end. It reports; it decides nothing.
 *
 * ```
 *   begin / adopt ──▶ started ──▶ ready ──▶ (main process ended) ──▶ ended
 *                        └─ trouble: start-timeout, protocol, health (the supervisor then stops it)
 * ```
 */

import type { Paths } from '../../protocol/paths.ts';
import type { Health } from '../../protocol/plugin-state.ts';
import { messageOf } from '../../protocol/result.ts';
import type { Accounts } from '../base/accounts.ts';
import { type Clock, parseTime, type Timer } from '../base/clock.ts';
import type { FolderEvents } from './folder-events.ts';
import { HealthPoll } from './health-poll.ts';
import type { ServePlugin } from './plugin-connection.ts';
import { PluginLink } from './plugin-link.ts';
import { isAlive, type ProcessIdentity, signalGroup } from '../base/process-identity.ts';
import { type ExitedEvent, type GoneEvent, type RunEvent, RunEventsReader } from './run-events.ts';
import { abandonRun, type RunFiles, removeRunFiles, runFiles, writeSpec } from './run-files.ts';
import { ownerOf, placeOf, preparePlace, type RunIdentity, type RunPlan, specOf } from './run-plan.ts';
import { type ShimOrder, ShimProcess } from './shim-process.ts';
import { findShim, isClaimed } from './shim-search.ts';
import { StopSequence } from './stop-sequence.ts';

/** How a run ended. `lost`: nobody could see how. `at` is RFC 3339, absent when it is only known as "by now". */
export type RunOutcome =
  | { readonly kind: 'exited'; readonly exit: ExitedEvent; readonly gone: GoneEvent | undefined }
  | { readonly kind: 'spawn-failed'; readonly step: string; readonly error: string; readonly at?: string }
  | { readonly kind: 'never-began' }
  | { readonly kind: 'lost'; readonly detail: string };

export type TroubleCause = 'start-timeout' | 'protocol' | 'health';

export interface RunObserver {
  onStarted(pid: number, at: string): void;
  onReady(): void;
  onHealth(health: Health, detail: string | undefined): void;
  /** The run cannot go on as it is; the process still lives. */
  onTrouble(cause: TroubleCause, detail: string): void;
  /** The main process ended, but something of it is left and is being killed. */
  onMainExited(exit: ExitedEvent): void;
  /** The shim died under a living plugin. */
  onCaptureLost(): void;
  onLinesLost(lines: number): void;
  /** Last call. */
  onEnded(outcome: RunOutcome): void;
}

/** What all runs share. */
export interface RunSurroundings {
  readonly paths: Paths;
  readonly shimFile: string;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly runsFolder: FolderEvents;
  readonly socketFolder: FolderEvents;
}

export interface RunOptions {
  readonly plan: RunPlan;
  readonly identity: RunIdentity;
  readonly serve: ServePlugin;
  readonly observer: RunObserver;
}

/** How long a claimed run may take to name its shim before it is searched in /proc, and how often again. */
const SHIM_SEARCH_MS = 1_000;
/** A plugin without its shim has nobody who reports its end, so it is looked at. */
const BARE_LOOK_MS = 1_000;

export class PluginRun {
  readonly #around: RunSurroundings;
  readonly #options: RunOptions;
  readonly #files: RunFiles;
  readonly #events: RunEventsReader;
  #shim: ShimProcess | undefined;
  #shimIdentity: ProcessIdentity | undefined;
  #plugin: ProcessIdentity | undefined;
  #exit: ExitedEvent | undefined;
  #link: PluginLink | undefined;
  #health: HealthPoll | undefined;
  #stop: StopSequence | undefined;
  #startTimer: Timer | undefined;
  #lookTimer: Timer | undefined;
  #forgetFile: (() => void) | undefined;
  #isReady: boolean;
  #isEnded = false;
  #isBare = false;
  #hasToldExit = false;

  private constructor(around: RunSurroundings, options: RunOptions, wasReady: boolean) {
    this.#around = around;
    this.#options = options;
    this.#isReady = wasReady;
    this.#files = runFiles(around.paths.runsFolder, {
      runId: options.identity.runId,
      plugin: options.plan.plugin,
    });
    this.#events = new RunEventsReader(this.#files.events);
  }

  /** Starts a new run. Whatever goes wrong is reported by `onEnded`, never thrown. */
  static begin(around: RunSurroundings, options: RunOptions): PluginRun {
    const run = new PluginRun(around, options, false);
    run.#begin();
    return run;
  }

  /**
   * Takes over a run of a torud before this one. What happened meanwhile is reported at once, during this call.
   * @param wasReady the run had answered `init` (or had been alive long enough)
   */
  static adopt(around: RunSurroundings, options: RunOptions, wasReady: boolean): PluginRun {
    const run = new PluginRun(around, options, wasReady);
    run.#adopt();
    return run;
  }

  /** The shim's pid, null when none is known. */
  get shimPid(): number | null {
    return this.#shim?.pid ?? null;
  }

  /** The plugin's main process, undefined before `started`. */
  get plugin(): ProcessIdentity | undefined {
    return this.#plugin;
  }

  /** True when the shim is gone and the plugin's output goes nowhere. */
  get isBare(): boolean {
    return this.#isBare;
  }

  /** Asks the plugin to end; `graceMs` later it is killed. A second call does not lengthen the first. */
  stop(reason: string, graceMs: number): void {
    if (this.#isEnded || this.#stop !== undefined) return;
    this.#startTimer?.cancel();
    this.#health?.stop();
    const link = this.#link;
    this.#stop = new StopSequence({
      clock: this.#around.clock,
      graceMs,
      reason,
      order: (order) => this.#order(order),
      askToShutDown: link?.isReady
        ? async (request, timeoutMs) => (await link.request('lifecycle', request, timeoutMs)).ok
        : undefined,
    });
  }

  /** Sends a signal to the plugin's process group. False when there is none. */
  signal(signal: NodeJS.Signals): boolean {
    return this.#plugin !== undefined && signalGroup(this.#plugin, signal);
  }

  /** Has the shim open its log again, for logrotate. */
  reopenLog(): void {
    if (!this.#isBare) this.#shim?.order('reopen-log');
  }

  /** Lets go of the run without touching it: torud leaves, the plugin stays. */
  release(): void {
    this.#settle();
  }

  /** Removes the run's files; to be called once its end is in the database. */
  forget(): void {
    removeRunFiles(this.#files);
  }

  /** Looks whether an adopted shim, whose death nobody reports, is still there. */
  checkShim(): void {
    if (this.#isEnded || this.#isBare || this.#shimIdentity === undefined) return;
    if (!isAlive(this.#shimIdentity)) this.#onShimEnded(undefined);
  }

  #begin(): void {
    const { around, options } = { around: this.#around, options: this.#options };
    const place = placeOf(around.paths, options.plan.plugin);
    const owner = ownerOf(options.plan.settings, around.accounts);
    if (typeof owner === 'string') return this.#endSoon({ kind: 'spawn-failed', step: 'user', error: owner });
    try {
      preparePlace(place, owner);
      writeSpec(this.#files, specOf(options.plan, place, options.identity, owner));
    } catch (thrown) {
      return this.#endSoon({ kind: 'spawn-failed', step: 'prepare', error: messageOf(thrown) });
    }
    this.#listen();
    this.#shim = ShimProcess.spawn({
      shimFile: around.shimFile,
      specFile: this.#files.spec,
      onEnded: (error) => this.#onShimEnded(error),
    });
    this.#armStartTimer(around.clock.now());
  }

  #adopt(): void {
    this.#listen();
    this.#readEvents();
    if (this.#isEnded) return;
    if (this.#shimIdentity === undefined) this.#searchShim();
    else if (!isAlive(this.#shimIdentity)) this.#onShimEnded(undefined);
    if (!this.#isEnded && !this.#isReady) this.#armStartTimer(this.#around.clock.now());
  }

  #listen(): void {
    const name = this.#files.events.slice(this.#files.events.lastIndexOf('/') + 1);
    this.#forgetFile = this.#around.runsFolder.listen(name, () => this.#readEvents());
  }

  #readEvents(): void {
    if (this.#isEnded) return;
    for (const event of this.#events.read()) {
      this.#onEvent(event);
      if (this.#isEnded) return;
    }
    if (this.#exit !== undefined && !this.#hasToldExit) {
      this.#hasToldExit = true;
      this.#startTimer?.cancel();
      this.#health?.stop();
      this.#options.observer.onMainExited(this.#exit);
    }
  }

  #onEvent(event: RunEvent): void {
    switch (event.event) {
      case 'shim':
        this.#onShimNamed({ pid: event.pid, startTime: event.startTime });
        return;
      case 'started':
        this.#onStarted({ pid: event.pid, startTime: event.startTime }, event.at);
        return;
      case 'spawn-failed':
        this.#end({ kind: 'spawn-failed', step: event.step, error: event.error, at: event.at });
        return;
      case 'lost':
        this.#options.observer.onLinesLost(event.lines);
        return;
      case 'exited':
        this.#exit = event;
        return;
      case 'gone':
        if (this.#exit !== undefined) this.#end({ kind: 'exited', exit: this.#exit, gone: event });
        else this.#end({ kind: 'lost', detail: 'its end was not recorded' });
        return;
    }
  }

  #onShimNamed(identity: ProcessIdentity): void {
    this.#shimIdentity = identity;
    if (this.#shim === undefined) this.#shim = ShimProcess.adopt(identity);
    else this.#shim.identify(identity);
  }

  #onStarted(identity: ProcessIdentity, at: string): void {
    // The shim writes its events anew when its file was deleted.
    if (this.#plugin !== undefined) return;
    this.#plugin = identity;
    this.#options.observer.onStarted(identity.pid, at);
    if (this.#isEnded) return;
    if (this.#options.plan.transport !== 'none') this.#openLink();
    else if (!this.#isReady) this.#armStartTimer(parseTime(at));
  }

  #openLink(): void {
    const { plan, identity, serve, observer } = this.#options;
    const place = placeOf(this.#around.paths, plan.plugin);
    this.#link = new PluginLink({
      socketPath: place.socketPath,
      clock: this.#around.clock,
      socketFolder: this.#around.socketFolder,
      serve,
      init: {
        instance_id: identity.instanceId,
        plugin_id: plan.plugin,
        run_id: identity.runId,
        socket_path: place.socketPath,
        log_path: place.logPath,
        data_dir: place.dataFolder,
        config: plan.settings.config,
      },
      isAdopted: this.#isReady,
      timeoutMs: plan.settings.start.timeoutMs,
      onReady: () => this.#onLinked(),
      onViolation: (detail) => observer.onTrouble('protocol', detail),
    });
  }

  #onLinked(): void {
    if (this.#stop !== undefined || this.#hasToldExit) return;
    if (!this.#isReady) this.#becomeReady();
    const { plan, observer } = this.#options;
    this.#health ??= new HealthPoll({
      clock: this.#around.clock,
      settings: plan.settings.health,
      ask: async (timeoutMs) =>
        (await this.#link?.request('health', {}, timeoutMs)) ?? {
          ok: false,
          failure: { code: 'unavailable', message: 'not connected' },
        },
      onHealth: (health, detail) => observer.onHealth(health, detail),
      onGivenUp: (detail) => observer.onTrouble('health', detail),
    });
  }

  #becomeReady(): void {
    this.#isReady = true;
    this.#startTimer?.cancel();
    this.#options.observer.onReady();
  }

  /** transport none: ready when alive for so long. Others: in trouble when not ready by then. */
  #armStartTimer(sinceMs: number): void {
    this.#startTimer?.cancel();
    const { plan, observer } = this.#options;
    const { start } = plan.settings;
    const elapsedMs = Math.max(0, this.#around.clock.now() - sinceMs);
    const isPlain = plan.transport === 'none';
    // Before `started` a plain program is held to the time limit as well: its shim may hang.
    const isAliveTimer = isPlain && this.#plugin !== undefined;
    const delayMs = isAliveTimer ? start.aliveMs - elapsedMs : start.timeoutMs - elapsedMs;
    this.#startTimer = this.#around.clock.setTimer(() => {
      if (isAliveTimer) this.#becomeReady();
      else observer.onTrouble('start-timeout', `it was not ready within ${start.timeoutMs} ms`);
    }, delayMs);
  }

  #order(order: ShimOrder): void {
    if (this.#isEnded) return;
    if (!this.#isBare && this.#shim?.order(order)) return;
    if (this.#plugin !== undefined) signalGroup(this.#plugin, order === 'stop' ? 'SIGTERM' : 'SIGKILL');
  }

  #onShimEnded(error: string | undefined): void {
    if (this.#isEnded) return;
    this.#readEvents();
    if (this.#isEnded) return;
    if (error !== undefined) return this.#end({ kind: 'spawn-failed', step: 'shim', error });
    if (this.#plugin !== undefined && isAlive(this.#plugin)) return this.#goBare();
    if (this.#exit !== undefined) return this.#end({ kind: 'exited', exit: this.#exit, gone: undefined });
    if (abandonRun(this.#files)) {
      return this.#end({ kind: 'never-began' });
    }
    this.#end({ kind: 'lost', detail: 'its toru-shim was killed, so nobody saw how it ended' });
  }

  #goBare(): void {
    if (!this.#isBare) this.#options.observer.onCaptureLost();
    this.#isBare = true;
    this.#lookTimer = this.#around.clock.setTimer(() => {
      if (this.#plugin !== undefined && isAlive(this.#plugin)) this.#goBare();
      else this.#end({ kind: 'lost', detail: 'its toru-shim had been killed, so nobody saw how it ended' });
    }, BARE_LOOK_MS);
  }

  /** A run with a file but without a `shim` event: it has never been, or its shim is about to speak. */
  #searchShim(): void {
    if (this.#isEnded || this.#shimIdentity !== undefined) return;
    if (abandonRun(this.#files)) {
      return this.#end({ kind: 'never-began' });
    }
    if (!isClaimed(this.#files) || findShim(this.#files.spec) === undefined) {
      this.#readEvents();
      if (this.#isEnded || this.#shimIdentity !== undefined) return;
      this.#end(
        isClaimed(this.#files)
          ? { kind: 'lost', detail: 'its toru-shim left no trace' }
          : { kind: 'never-began' },
      );
      return;
    }
    this.#lookTimer = this.#around.clock.setTimer(() => this.#searchShim(), SHIM_SEARCH_MS);
  }

  #endSoon(outcome: RunOutcome): void {
    queueMicrotask(() => this.#end(outcome));
  }

  #end(outcome: RunOutcome): void {
    if (this.#isEnded) return;
    this.#settle();
    this.#options.observer.onEnded(outcome);
  }

  #settle(): void {
    this.#isEnded = true;
    this.#forgetFile?.();
    this.#startTimer?.cancel();
    this.#lookTimer?.cancel();
    this.#stop?.cancel();
    this.#health?.stop();
    this.#link?.close();
  }
}
