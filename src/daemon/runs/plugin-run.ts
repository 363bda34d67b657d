/**
 * One live run of a plugin: its witness (the shim) and its dialogue (the protocol). It reports; it decides nothing.
 *
 * ```
 *   begin / adopt ──▶ started ──▶ ready ──▶ (main process ended) ──▶ ended
 *                        └─ trouble: start-timeout, protocol, health (the supervisor then stops it)
 * ```
 */

import type { Paths } from '../../protocol/paths.ts';
import { errnoOf, messageOf } from '../../protocol/result.ts';
import type { Accounts } from '../base/accounts.ts';
import type { Clock } from '../base/clock.ts';
import { signalGroup } from '../base/process-identity.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { FolderEvents } from './folder-events.ts';
import type { PluginAnswer, ServePlugin } from './plugin-connection.ts';
import { type DialogueReport, RunDialogue } from './run-dialogue.ts';
import { type RunFiles, removeRunFiles, runFiles, writeSpec } from './run-files.ts';
import {
  OWN_FOLDER_MODE,
  type Owner,
  ownerOf,
  placeOfRun,
  preparePlace,
  type RunIdentity,
  type RunPlace,
  type RunPlan,
  runVariables,
  specOf,
} from './run-plan.ts';
import { RunWitness, type WitnessReport } from './run-witness.ts';
import { SocketAccess } from './socket-access.ts';
import { StopSequence } from './stop-sequence.ts';

export type { TroubleCause } from './run-dialogue.ts';
export type { RunOutcome } from './run-witness.ts';

export interface RunObserver extends DialogueReport, Omit<WitnessReport, 'onStarted'> {
  onStarted(pid: number, at: string): void;
}

/** What all runs share. */
export interface RunSurroundings {
  readonly paths: Paths;
  readonly shimFile: string;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly runsFolder: FolderEvents;
  readonly socketFolder: FolderEvents;
  /** The group that HTTP fronts are in, looked up at each start of a run; undefined where there is none, or no need. */
  readonly socketGid: () => number | undefined;
  readonly log: SupervisorLog;
}

export interface RunOptions {
  readonly plan: RunPlan;
  readonly identity: RunIdentity;
  readonly serve: ServePlugin;
  readonly observer: RunObserver;
}

export class PluginRun {
  readonly #around: RunSurroundings;
  readonly #options: RunOptions;
  readonly #place: RunPlace;
  readonly #files: RunFiles;
  readonly #owner: Owner | undefined | string;
  readonly #socketGid: number | undefined;
  /** Watches the folder of its sockets, where that is its own. */
  readonly #ownSockets: FolderEvents | undefined;
  readonly #witness: RunWitness;
  readonly #dialogue: RunDialogue;
  #stop: StopSequence | undefined;

  private constructor(around: RunSurroundings, options: RunOptions, wasReady: boolean) {
    this.#around = around;
    this.#options = options;
    const { plan, identity, serve, observer } = options;
    this.#place = placeOfRun(around.paths, plan);
    this.#files = runFiles(around.paths.runsFolder, { runId: identity.runId, plugin: plan.plugin });
    this.#owner = ownerOf(plan.settings, around.accounts);
    this.#socketGid = around.socketGid();
    const { ownFolder } = this.#place;
    this.#ownSockets =
      ownFolder === undefined
        ? undefined
        : new FolderEvents({
            folder: ownFolder,
            mode: OWN_FOLDER_MODE,
            log: around.log,
            clock: around.clock,
          });
    const variables = runVariables(this.#place, identity);
    this.#dialogue = new RunDialogue({
      clock: around.clock,
      socketFolder: this.#ownSockets ?? around.socketFolder,
      stdioFolder: around.socketFolder,
      access: this.#accessToSockets(),
      plan,
      place: this.#place,
      identity,
      serve,
      report: observer,
      wasReady,
    });
    this.#witness = new RunWitness(around.clock, around.runsFolder, this.#files, variables, {
      onStarted: (plugin, at) => {
        observer.onStarted(plugin.pid, at);
        if (!this.#witness.isEnded) this.#dialogue.onStarted(at);
      },
      onMainExited: (exit) => {
        this.#dialogue.quieten();
        observer.onMainExited(exit);
      },
      onCaptureLost: () => observer.onCaptureLost(),
      onLinesLost: (lines) => observer.onLinesLost(lines),
      onEnded: (outcome) => {
        this.#settle();
        observer.onEnded(outcome);
      },
    });
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
    run.#watchOwnSockets();
    run.#witness.adopt();
    return run;
  }

  /** The shim's pid, null when none is known. */
  get shimPid(): number | null {
    return this.#witness.shimPid;
  }

  /** True when the shim is gone and the plugin's output goes nowhere. */
  get isBare(): boolean {
    return this.#witness.isBare;
  }

  get badHealthAnswers(): number | undefined {
    return this.#dialogue.badHealthAnswers;
  }

  /** Hands the plugin a new `config`; undefined when it speaks no protocol, or not now. */
  reload(config: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<PluginAnswer> | undefined {
    return this.#dialogue.reload(config, timeoutMs);
  }

  /** Asks the plugin to end; `graceMs` later it is killed. A second call does not lengthen the first. */
  stop(reason: string, graceMs: number): void {
    if (this.#witness.isEnded || this.#stop !== undefined) return;
    this.#dialogue.quieten();
    this.#stop = new StopSequence({
      clock: this.#around.clock,
      graceMs,
      reason,
      order: (order) => this.#witness.order(order),
      askToShutDown: this.#dialogue.askToShutDown,
    });
  }

  /** Sends a signal to the plugin's process group. False when there is none. */
  signal(signal: NodeJS.Signals): boolean {
    const { plugin } = this.#witness;
    return plugin !== undefined && signalGroup(plugin, signal);
  }

  /** Has the shim open its log again, for logrotate. */
  reopenLog(): void {
    this.#witness.order('reopen-log');
  }

  /** Looks whether an adopted shim, whose death nobody reports, is still there. */
  checkShim(): void {
    this.#witness.checkShim();
  }

  /** Lets go of the run without touching it: torud leaves, the plugin stays. */
  release(): void {
    this.#witness.release();
    this.#settle();
  }

  /** Removes the run's files; to be called once its end is in the database. Throws what the file system says. */
  forget(): void {
    removeRunFiles(this.#files);
  }

  #begin(): void {
    const { plan, identity } = this.#options;
    const owner = this.#owner;
    if (typeof owner === 'string') {
      this.#failSoon('user', owner);
      return;
    }
    try {
      preparePlace(this.#place, owner, this.#socketGid);
      this.#ownSockets?.open();
      writeSpec(this.#files, specOf(plan, this.#place, identity, owner));
    } catch (thrown) {
      this.#failSoon('prepare', messageOf(thrown));
      return;
    }
    this.#witness.spawn(this.#around.shimFile);
  }

  /** After `begin` has returned, so that the caller has the run before it hears of its end. */
  #failSoon(step: string, error: string): void {
    queueMicrotask(() => this.#witness.end({ kind: 'spawn-failed', step, error }));
  }

  /** Of a run that goes on: what cannot be watched is tried again by the clock alone. */
  #watchOwnSockets(): void {
    try {
      this.#ownSockets?.open();
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      const { plugin } = this.#options.plan;
      this.#around.log.write('warning', 'watch-failed', { plugin, error: messageOf(thrown) });
    }
  }

  /** A torud that is not root has no other users to keep apart. */
  #accessToSockets(): SocketAccess | undefined {
    if (process.getuid?.() !== 0) return undefined;
    const owner = typeof this.#owner === 'string' ? undefined : this.#owner;
    return new SocketAccess({
      ownerUid: this.#ownSockets === undefined ? undefined : owner?.uid,
      ownerGid: owner?.gid ?? process.getgid?.() ?? 0,
      gid: this.#socketGid,
    });
  }

  #settle(): void {
    this.#stop?.cancel();
    this.#dialogue.close();
    this.#ownSockets?.close();
  }
}
