/** A simulated run as torud holds it: what RunWitness and RunDialogue make of a shim and a plugin, on SimProcess. */

import type { Timer } from '../../src/daemon/base/clock.ts';
import type { LiveRun } from '../../src/daemon/runs/live-run.ts';
import type { RunObserver, RunOptions, RunOutcome } from '../../src/daemon/runs/plugin-run.ts';
import type { ExitedEvent } from '../../src/daemon/runs/run-events.ts';
import type { ShimOrder } from '../../src/daemon/runs/shim-process.ts';
import { StopSequence } from '../../src/daemon/runs/stop-sequence.ts';
import type { Mortal } from './mortal.ts';
import { START_TIMEOUT_MS } from './sim-catalog.ts';
import type { SimProcess, SimWorld } from './sim-process.ts';

const LOOK_MS = 1_000;

export class SimRun implements LiveRun {
  readonly #mortal: Mortal;
  readonly #world: SimWorld;
  readonly #options: RunOptions;
  readonly #observer: RunObserver;
  readonly #timers: Timer[] = [];
  #process: SimProcess | undefined;
  #read = 0;
  #isNamed = false;
  #isReady: boolean;
  #isQuiet = false;
  #isEnded = false;
  #hasToldExit = false;
  #exit: ExitedEvent | undefined;
  #stop: StopSequence | undefined;
  isBare = false;

  constructor(mortal: Mortal, world: SimWorld, options: RunOptions, wasReady: boolean) {
    this.#mortal = mortal;
    this.#world = world;
    this.#options = options;
    this.#observer = options.observer;
    this.#isReady = wasReady;
    if (!wasReady) {
      this.#timer(() => this.#trouble('start-timeout', 'it was not ready in time'), START_TIMEOUT_MS);
    }
  }

  get shimPid(): number | null {
    return this.#process?.shimPid ?? null;
  }

  begin(): void {
    const { plan, identity } = this.#options;
    const { spawnFails } = this.#world.habitOf(plan.plugin);
    this.#mortal.point('before the spec');
    const process = this.#world.writeSpec(identity.runId, plan.plugin);
    this.#process = process;
    if (spawnFails === 'prepare' || spawnFails === 'fork') {
      // The spec stays behind, as it does when fork(2) fails.
      this.#mortal.point('spec written');
      queueMicrotask(() => {
        this.#mortal.enter(() => {
          if (this.#isEnded) return;
          this.#world.failToFork(process);
          this.#end({ kind: 'spawn-failed', step: spawnFails, error: 'No space left on device' });
        });
      });
      return;
    }
    this.#listen(process);
    this.#mortal.point('spec written');
    this.#world.fork(process);
    this.#mortal.point('forked');
  }

  adopt(): void {
    const process = this.#world.find(this.#options.identity.runId);
    if (process === undefined) {
      this.#end({ kind: 'never-began' });
      return;
    }
    if (process.bootId !== this.#world.bootId && (process.isMainAlive || process.isShimAlive)) {
      throw new Error('a process of another boot lives');
    }
    this.#process = process;
    this.#listen(process);
    this.#readEvents();
    if (this.#isEnded) return;
    if (this.#isNamed) this.checkShim();
    else this.#search();
  }

  stop(reason: string, graceMs: number): void {
    if (this.#isEnded || this.#stop !== undefined) return;
    this.#isQuiet = true;
    this.#mortal.point('before the order to stop');
    const clock = this.#mortal.clock;
    const order = (what: ShimOrder): void => this.#order(what);
    this.#stop = new StopSequence({ clock, graceMs, reason, order, askToShutDown: undefined });
    this.#mortal.point('after the order to stop');
  }

  signal(signal: NodeJS.Signals): boolean {
    const process = this.#process;
    return process?.startedAt !== undefined && this.#world.signal(process, signal);
  }

  reopenLog(): void {
    this.#mortal.point('log opened again');
  }

  checkShim(): void {
    if (this.#isEnded || this.isBare || !this.#isNamed || this.#process?.isShimAlive) return;
    this.#onShimDeath();
  }

  release(): void {
    this.#isEnded = true;
    this.#isQuiet = true;
    this.#stop?.cancel();
    for (const timer of this.#timers) timer.cancel();
    if (this.#process !== undefined) this.#process.listener = undefined;
  }

  forget(): undefined {
    this.#mortal.point('before the files are removed');
    if (this.#process !== undefined) this.#world.forget(this.#process);
    this.#mortal.point('files removed');
  }

  #listen(process: SimProcess): void {
    process.listener = {
      onEvents: () => this.#mortal.enter(() => this.#readEvents()),
      onShimDeath: () => this.#mortal.enter(() => this.#onShimDeath()),
    };
  }

  #order(order: ShimOrder): void {
    const process = this.#process;
    if (this.#isEnded || process === undefined) return;
    if (this.#world.order(process, order)) return;
    if (process.startedAt !== undefined)
      this.#world.signal(process, order === 'stop' ? 'SIGTERM' : 'SIGKILL');
  }

  #readEvents(): void {
    const process = this.#process;
    while (process !== undefined && !this.#isEnded) {
      const event = process.events[this.#read];
      if (event === undefined) break;
      this.#read += 1;
      if (event.event === 'shim') this.#isNamed = true;
      else if (event.event === 'started') {
        this.#observer.onStarted(event.pid, event.at);
        if (!this.#isEnded) this.#awaitReady(process);
      } else if (event.event === 'exited') this.#exit = event;
      else if (event.event === 'spawn-failed') {
        this.#end({ kind: 'spawn-failed', step: event.step, error: event.error, at: event.at });
      } else if (event.event === 'gone') {
        if (this.#exit === undefined) this.#end({ kind: 'lost', detail: 'its end was not recorded' });
        else this.#end({ kind: 'exited', exit: this.#exit, gone: event });
      }
    }
    if (this.#isEnded || this.#exit === undefined || this.#hasToldExit) return;
    this.#hasToldExit = true;
    this.#isQuiet = true;
    this.#observer.onMainExited(this.#exit);
  }

  #awaitReady(process: SimProcess): void {
    const { readyMs, troubleMs } = process.habit;
    if (process.startedAt === undefined || readyMs === null) return;
    const clock = this.#mortal.clock;
    const inMs = this.#isReady ? 0 : Math.max(0, process.startedAt + readyMs - clock.monotonic());
    this.#timer(() => {
      if (this.#isQuiet || !process.isMainAlive) return;
      if (!this.#isReady) {
        this.#isReady = true;
        this.#observer.onReady();
      }
      if (troubleMs !== null) this.#timer(() => this.#trouble('health', 'it is unhealthy'), troubleMs);
    }, inMs);
  }

  #trouble(cause: 'start-timeout' | 'health', detail: string): void {
    if (this.#isQuiet || (cause === 'start-timeout' && this.#isReady)) return;
    if (this.#process !== undefined) this.#process.mayBeStopped = true;
    this.#observer.onTrouble(cause, detail);
  }

  #onShimDeath(): void {
    const process = this.#process;
    this.#readEvents();
    if (this.#isEnded || process === undefined) return;
    if (process.isMainAlive) this.#goBare();
    else if (this.#exit !== undefined) this.#end({ kind: 'exited', exit: this.#exit, gone: undefined });
    else if (this.#world.abandon(process)) this.#end({ kind: 'never-began' });
    else this.#end({ kind: 'lost', detail: 'its toru-shim was killed' });
  }

  #goBare(): void {
    if (!this.isBare) this.#observer.onCaptureLost();
    this.isBare = true;
    this.#timer(() => {
      if (this.#process?.isMainAlive) this.#goBare();
      else this.#end({ kind: 'lost', detail: 'its toru-shim was killed' });
    }, LOOK_MS);
  }

  #search(): void {
    const process = this.#process;
    if (this.#isEnded || this.#isNamed || process === undefined) return;
    if (process.spec !== 'claimed') {
      this.#world.abandon(process);
      this.#end({ kind: 'never-began' });
    } else if (process.isShimAlive) this.#timer(() => this.#search(), LOOK_MS);
    else this.#end({ kind: 'lost', detail: 'its toru-shim left no trace' });
  }

  #end(outcome: RunOutcome): void {
    if (this.#isEnded) return;
    this.release();
    this.#observer.onEnded(outcome);
  }

  #timer(then: () => void, ms: number): void {
    this.#timers.push(
      this.#mortal.clock.setTimer(() => {
        if (!this.#isEnded) then();
      }, ms),
    );
  }
}
