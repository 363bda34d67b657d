/**
 * Sees how a run goes by what its shim writes, and finds out when the shim itself is gone. Begun or adopted, the
 * events file is the one source: it is read anew from the start.
 *
 * ```
 *   spawn ─▶ (shim) ─▶ started ─▶ exited ─▶ gone         as toru-shim writes them
 *   shim killed: plugin alive ─▶ bare, looked at each second ─▶ lost      plugin gone ─▶ lost
 *   unclaimed spec of a torud before: abandoned ─▶ never-began
 * ```
 */

import type { Clock, Timer } from '../base/clock.ts';
import { isAlive, type ProcessIdentity, signalGroup } from '../base/process-identity.ts';
import type { FolderEvents } from './folder-events.ts';
import { type ExitedEvent, type GoneEvent, type RunEvent, RunEventsReader } from './run-events.ts';
import { abandonRun, type RunFiles } from './run-files.ts';
import { type ShimOrder, ShimProcess } from './shim-process.ts';
import { findShim, isClaimed } from './shim-search.ts';

/** How a run ended. `lost`: nobody could see how. `at` is RFC 3339. */
export type RunOutcome =
  | { readonly kind: 'exited'; readonly exit: ExitedEvent; readonly gone: GoneEvent | undefined }
  | { readonly kind: 'spawn-failed'; readonly step: string; readonly error: string; readonly at?: string }
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
const SHIM_KILLED = 'its toru-shim was killed, so nobody saw how it ended';

export class RunWitness {
  readonly #clock: Clock;
  readonly #files: RunFiles;
  readonly #report: WitnessReport;
  readonly #events: RunEventsReader;
  readonly #forgetFile: () => void;
  #shim: ShimProcess | undefined;
  #shimIdentity: ProcessIdentity | undefined;
  #plugin: ProcessIdentity | undefined;
  #exit: ExitedEvent | undefined;
  #lookTimer: Timer | undefined;
  #hasToldExit = false;
  #isBare = false;
  #isEnded = false;

  constructor(clock: Clock, runsFolder: FolderEvents, files: RunFiles, report: WitnessReport) {
    this.#clock = clock;
    this.#files = files;
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

  /** Passes an order to the shim; without one, the plugin's group gets the signal itself. */
  order(order: ShimOrder): void {
    if (this.#isEnded) return;
    if (!this.#isBare && this.#shim?.order(order)) return;
    if (this.#plugin === undefined || order === 'reopen-log') return;
    signalGroup(this.#plugin, order === 'stop' ? 'SIGTERM' : 'SIGKILL');
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
    this.#lookTimer?.cancel();
  }

  #readEvents(): void {
    if (this.#isEnded) return;
    for (const event of this.#events.read()) {
      this.#onEvent(event);
      if (this.#isEnded) return;
    }
    if (this.#exit === undefined || this.#hasToldExit) return;
    this.#hasToldExit = true;
    this.#report.onMainExited(this.#exit);
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
        this.end({ kind: 'spawn-failed', step: event.step, error: event.error, at: event.at });
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
    if (this.#shim === undefined) this.#shim = ShimProcess.adopt(identity);
    else this.#shim.identify(identity);
  }

  #onStarted(identity: ProcessIdentity, at: string): void {
    // The shim writes its events anew when its file was deleted.
    if (this.#plugin !== undefined) return;
    this.#plugin = identity;
    this.#report.onStarted(identity, at);
  }

  #onShimEnded(error: string | undefined): void {
    this.#readEvents();
    if (this.#isEnded) return;
    if (error !== undefined) this.end({ kind: 'spawn-failed', step: 'shim', error });
    else if (this.#plugin !== undefined && isAlive(this.#plugin)) this.#goBare();
    else if (this.#exit !== undefined) this.end({ kind: 'exited', exit: this.#exit, gone: undefined });
    else if (abandonRun(this.#files)) this.end({ kind: 'never-began' });
    else this.end({ kind: 'lost', detail: SHIM_KILLED });
  }

  #goBare(): void {
    if (!this.#isBare) this.#report.onCaptureLost();
    this.#isBare = true;
    this.#lookTimer = this.#clock.setTimer(() => {
      if (this.#plugin !== undefined && isAlive(this.#plugin)) this.#goBare();
      else this.end({ kind: 'lost', detail: SHIM_KILLED });
    }, BARE_LOOK_MS);
  }

  /** A run with a file but without a `shim` event: it has never been, or its shim is about to speak. */
  #searchShim(): void {
    if (this.#isEnded || this.#shimIdentity !== undefined) return;
    if (abandonRun(this.#files)) {
      this.end({ kind: 'never-began' });
      return;
    }
    if (isClaimed(this.#files) && findShim(this.#files.spec) !== undefined) {
      this.#lookTimer = this.#clock.setTimer(() => this.#searchShim(), SHIM_SEARCH_MS);
      return;
    }
    // It may have spoken and left between the two looks.
    this.#readEvents();
    if (this.#isEnded || this.#shimIdentity !== undefined) return;
    if (isClaimed(this.#files)) this.end({ kind: 'lost', detail: 'its toru-shim left no trace' });
    else this.end({ kind: 'never-began' });
  }
}
