/**
 * Sees how a run goes by what its shim writes, and finds out when the shim itself is gone. Begun or adopted, the
 * events file is the one source: it is read anew from the start.
 *
 * ```
 *   spawn ─▶ (shim) ─▶ started ─▶ exited ─▶ gone         as toru-shim writes them
 *   shim killed: plugin alive ─▶ bare, looked at each second ─▶ plugin gone ─▶ what it left is ended ─▶ lost
 *   unclaimed spec of a torud before: abandoned ─▶ never-began
 * ```
 */

import { errnoOf } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { isAlive, type ProcessIdentity, signalGroup, signalProcess } from '../base/process-identity.ts';
import { membersOf } from '../base/process-members.ts';
import type { FolderEvents } from './folder-events.ts';
import { type ExitedEvent, type GoneEvent, type RunEvent, RunEventsReader } from './run-events.ts';
import { abandonRun, type RunFiles, withdrawRun } from './run-files.ts';
import { watchShimDeath } from './shim-death.ts';
import { type ShimOrder, ShimProcess } from './shim-process.ts';
import { findShim, isClaimed } from './shim-search.ts';

/** How a run ended. `lost`: nobody could see how. `at` is RFC 3339. */
export type RunOutcome =
  | { readonly kind: 'exited'; readonly exit: ExitedEvent; readonly gone: GoneEvent | undefined }
  | {
      readonly kind: 'spawn-failed';
      readonly step: string;
      readonly error: string;
      readonly errno?: number;
      readonly at?: string;
    }
  | { readonly kind: 'never-began' }
  | { readonly kind: 'lost'; readonly detail: string };

export interface WitnessReport {
  onStarted(plugin: ProcessIdentity, at: string): void;
  /** The main process ended, but something of it is left and is being killed. */
  onMainExited(exit: ExitedEvent): void;
  /** The shim died under a living plugin. */
  onCaptureLost(): void;
  onLinesLost(lines: number): void;
  /** Last call. */
  onEnded(outcome: RunOutcome): void;
}

/** How long a claimed run may take to name its shim before it is searched in /proc, and how often again. */
const SHIM_SEARCH_MS = 1_000;
/** A plugin without its shim has nobody who reports its end, so it is looked at. */
const BARE_LOOK_MS = 1_000;
/** Until an events file that could not be read is tried again. */
const READ_AGAIN_MS = 500;
const SHIM_KILLED = 'its toru-shim was killed, so nobody saw how it ended';

export class RunWitness {
  readonly #clock: Clock;
  readonly #files: RunFiles;
  readonly #report: WitnessReport;
  readonly #events: RunEventsReader;
  readonly #forgetFile: () => void;
  #shim: ShimProcess | undefined;
  #forgetShim: (() => void) | undefined;
  #shimIdentity: ProcessIdentity | undefined;
  #plugin: ProcessIdentity | undefined;
  #exit: ExitedEvent | undefined;
  #lookTimer: Timer | undefined;
  #readTimer: Timer | undefined;
  #hasToldExit = false;
  /** The shim was started by this torud, so nobody else can still be about to claim the run. */
  #isOwnShim = false;
  #isBare = false;
  #hasShimEnded = false;
  #isEnded = false;
  readonly #variables: readonly string[];

  /** @param variables `NAME=value` of the plugin's environment that no other run has */
  constructor(
    clock: Clock,
    runsFolder: FolderEvents,
    files: RunFiles,
    variables: readonly string[],
    report: WitnessReport,
  ) {
    this.#clock = clock;
    this.#files = files;
    this.#variables = variables;
    this.#report = report;
    this.#events = new RunEventsReader(files.events);
    const fileName = files.events.slice(files.events.lastIndexOf('/') + 1);
    this.#forgetFile = runsFolder.listen(fileName, () => this.#readEvents());
  }

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

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Starts the shim of a new run. */
  spawn(shimFile: string): void {
    this.#isOwnShim = true;
    this.#shim = ShimProcess.spawn({
      shimFile,
      specFile: this.#files.spec,
      onEnded: (error) => this.#onShimEnded(error),
    });
  }

  /** Learns of a run that an earlier torud started. What happened meanwhile is reported during this call. */
  adopt(): void {
    this.#readEvents();
    if (this.#isEnded) return;
    if (this.#shimIdentity === undefined) this.#searchShim();
    else this.checkShim();
  }

  /** Looks whether an adopted shim, whose death nobody reports, is still there. */
  checkShim(): void {
    if (this.#isEnded || this.#isBare || this.#shimIdentity === undefined) return;
    if (!isAlive(this.#shimIdentity)) this.#onShimEnded(undefined);
  }

  /** Passes an order to the shim; without one, everything of the run gets the signal itself. */
  order(order: ShimOrder): void {
    if (this.#isEnded) return;
    if (!this.#isBare && this.#shim?.order(order)) return;
    this.checkShim();
    if (this.#isEnded) return;
    if (this.#plugin === undefined || order === 'reopen-log') return;
    signalGroup(this.#plugin, order === 'stop' ? 'SIGTERM' : 'SIGKILL');
    if (order === 'kill-all') this.#signalMembers('SIGKILL');
  }

  /** Ends the run for a reason that the shim cannot know. */
  end(outcome: RunOutcome): void {
    if (this.#isEnded) return;
    this.release();
    this.#report.onEnded(outcome);
  }

  /** Reports nothing any more; touches nothing. */
  release(): void {
    this.#isEnded = true;
    this.#forgetFile();
    this.#forgetShim?.();
    this.#lookTimer?.cancel();
    this.#readTimer?.cancel();
  }

  #readEvents(): void {
    if (this.#isEnded) return;
    for (const event of this.#newEvents()) {
      this.#onEvent(event);
      if (this.#isEnded) return;
    }
    if (this.#exit === undefined || this.#hasToldExit) return;
    this.#hasToldExit = true;
    this.#report.onMainExited(this.#exit);
  }

  /** A file that cannot be read now (no descriptor left, a failing disk) is read later: what stands in it stays. */
  #newEvents(): readonly RunEvent[] {
    try {
      return this.#events.read();
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      this.#readTimer?.cancel();
      this.#readTimer = this.#clock.setTimer(() => this.#onReadDue(), READ_AGAIN_MS);
      return [];
    }
  }

  #onReadDue(): void {
    this.#readTimer = undefined;
    if (this.#hasShimEnded) this.#onShimEnded(undefined);
    else this.#readEvents();
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
        this.end({
          kind: 'spawn-failed',
          step: event.step,
          error: event.error,
          errno: event.errno,
          at: event.at,
        });
        return;
      case 'lost':
        this.#report.onLinesLost(event.lines);
        return;
      case 'exited':
        this.#exit = event;
        return;
      case 'gone':
        if (this.#exit === undefined) this.end({ kind: 'lost', detail: 'its end was not recorded' });
        else this.end({ kind: 'exited', exit: this.#exit, gone: event });
        return;
    }
  }

  #onShimNamed(identity: ProcessIdentity): void {
    this.#shimIdentity = identity;
    if (this.#shim !== undefined) {
      this.#shim.identify(identity);
      return;
    }
    this.#shim = ShimProcess.adopt(identity);
    this.#forgetShim = watchShimDeath(this.#files.alive, () => this.checkShim());
  }

  #onStarted(identity: ProcessIdentity, at: string): void {
    // The shim writes its events anew when its file was deleted.
    if (this.#plugin !== undefined) return;
    this.#plugin = identity;
    this.#report.onStarted(identity, at);
  }

  #onShimEnded(error: string | undefined): void {
    this.#hasShimEnded = true;
    this.#readEvents();
    // What cannot be read yet may say how it ended.
    if (this.#isEnded || this.#readTimer !== undefined) return;
    if (error !== undefined) this.end({ kind: 'spawn-failed', step: 'shim', error });
    else if (this.#plugin !== undefined && isAlive(this.#plugin)) this.#goBare();
    else this.#sweep('SIGTERM');
  }

  /** The main process has ended and so has the shim: what they left behind is ended before the run is. */
  #sweep(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.#signalMembers(signal) > 0) {
      this.#isBare = true;
      this.#lookTimer = this.#clock.setTimer(() => this.#sweep('SIGKILL'), BARE_LOOK_MS);
    } else if (this.#exit !== undefined) this.end({ kind: 'exited', exit: this.#exit, gone: undefined });
    else this.#endUnseen();
  }

  /** How many there are. */
  #signalMembers(signal: NodeJS.Signals): number {
    const members = membersOf(this.#variables);
    for (const member of members) signalProcess(member, signal);
    return members.length;
  }

  /** The shim has ended and left nothing: it did not get as far as to claim the run, or it was killed. */
  #endUnseen(): void {
    const withdrawn = withdrawRun(this.#files);
    if (withdrawn === 'claimed') this.end({ kind: 'lost', detail: SHIM_KILLED });
    else if (this.#isOwnShim) this.end({ kind: 'spawn-failed', step: 'shim', error: withdrawn });
    else this.end({ kind: 'never-began' });
  }

  #goBare(): void {
    if (!this.#isBare) this.#report.onCaptureLost();
    this.#isBare = true;
    this.#lookTimer = this.#clock.setTimer(() => {
      if (this.#plugin !== undefined && isAlive(this.#plugin)) this.#goBare();
      else this.#sweep('SIGTERM');
    }, BARE_LOOK_MS);
  }

  /** A run with a file but without a `shim` event: it has never been, or its shim is about to speak. */
  #searchShim(): void {
    if (this.#isEnded || this.#shimIdentity !== undefined) return;
    if (abandonRun(this.#files)) {
      this.end({ kind: 'never-began' });
      return;
    }
    const shim = findShim(this.#files.spec);
    if (shim !== undefined) {
      // Somebody may have deleted its files: with the order to reopen its log it writes its events anew.
      if (!isClaimed(this.#files)) ShimProcess.adopt(shim).order('reopen-log');
      this.#lookTimer = this.#clock.setTimer(() => this.#searchShim(), SHIM_SEARCH_MS);
      return;
    }
    // It may have spoken and left between the two looks.
    this.#readEvents();
    if (this.#isEnded || this.#shimIdentity !== undefined) return;
    if (membersOf(this.#variables).length > 0) this.#sweep('SIGTERM');
    else if (isClaimed(this.#files)) this.end({ kind: 'lost', detail: 'its toru-shim left no trace' });
    else this.end({ kind: 'never-began' });
  }
}
