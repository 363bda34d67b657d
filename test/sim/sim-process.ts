/** One begun run in the simulated world: spec, shim, main process and what it leaves behind. It outlives every torud. */

import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { formatTime } from '../../src/daemon/base/clock.ts';
import type { RunEvent } from '../../src/daemon/runs/run-events.ts';
import { encodeSpec, type RunFiles, removeRunFiles, runFiles } from '../../src/daemon/runs/run-files.ts';
import type { ShimOrder } from '../../src/daemon/runs/shim-process.ts';
import type { VirtualClock } from '../rig/virtual-clock.ts';
import type { Ledger } from './ledger.ts';
import { GRACE_MS, restartOf } from './sim-catalog.ts';
import { type Habit, HEALTHY } from './steps.ts';

/** Between what a shim does and torud's notice of it. */
const NOTICE_MS = 0.5;
/** Above every pid of a real process (2^22, proc(5)): nothing of this machine is ever meant. */
const FIRST_PID = 10_000_000;

export interface SimProcess {
  readonly runId: number;
  readonly plugin: string;
  readonly bootId: string;
  readonly shimPid: number;
  readonly pid: number;
  readonly habit: Habit;
  readonly files: RunFiles;
  spec: 'unclaimed' | 'claimed' | 'abandoned';
  isShimAlive: boolean;
  isMainAlive: boolean;
  isOver: boolean;
  hasFailedToFork: boolean;
  /** Monotonic; undefined before exec. */
  startedAt: number | undefined;
  readonly events: RunEvent[];
  orders: number;
  /** Came before there was anything to end. */
  pendingOrder: ShimOrder | undefined;
  mayBeStopped: boolean;
  /** torud, when it looks. */
  listener: { onEvents(): void; onShimDeath(): void } | undefined;
}

type Ends = number | string;

export class SimWorld {
  bootNumber = 1;
  processes: SimProcess[] = [];
  readonly runsFolder: string;
  readonly #clock: VirtualClock;
  readonly #ledger: Ledger;
  readonly #habits = new Map<string, Habit>();
  readonly #trace: (line: string) => void;

  constructor(runsFolder: string, clock: VirtualClock, ledger: Ledger, trace: (line: string) => void) {
    this.runsFolder = runsFolder;
    this.#clock = clock;
    this.#ledger = ledger;
    this.#trace = trace;
    this.#emptyFolder();
  }

  get bootId(): string {
    return `boot-${this.bootNumber}`;
  }

  habitOf(plugin: string): Habit {
    return this.#habits.get(plugin) ?? HEALTHY;
  }

  changeHabit(plugin: string, habit: Partial<Habit>): void {
    this.#habits.set(plugin, { ...HEALTHY, ...habit });
  }

  /** The last begun run. */
  newest(plugin: string): SimProcess | undefined {
    return this.processes.findLast((process) => process.plugin === plugin);
  }

  /** Runs of which a process lives. */
  living(plugin: string): readonly SimProcess[] {
    return this.processes.filter(
      (process) =>
        process.plugin === plugin && !process.isOver && (process.isShimAlive || process.isMainAlive),
    );
  }

  find(runId: number): SimProcess | undefined {
    return this.processes.find((process) => process.runId === runId);
  }

  writeSpec(runId: number, plugin: string): SimProcess {
    this.#ledger.onBegin(plugin, this.living(plugin));
    if (this.find(runId) !== undefined) this.#ledger.violate(`${plugin}: run id ${runId} is used again`);
    const files = runFiles(this.runsFolder, { runId, plugin });
    const spec = encodeSpec([
      ['id', plugin],
      ['run', runId],
      ['boot', this.bootId],
    ]);
    writeFileSync(files.spec, spec);
    const pid = FIRST_PID + this.processes.length * 2;
    const process: SimProcess = {
      runId,
      plugin,
      bootId: this.bootId,
      shimPid: pid,
      pid: pid + 1,
      habit: this.habitOf(plugin),
      files,
      spec: 'unclaimed',
      isShimAlive: false,
      isMainAlive: false,
      isOver: false,
      hasFailedToFork: false,
      startedAt: undefined,
      events: [],
      orders: 0,
      pendingOrder: undefined,
      mayBeStopped: false,
      listener: undefined,
    };
    this.processes.push(process);
    return process;
  }

  /** The shim is forked; what follows goes on by itself. */
  fork(process: SimProcess): void {
    const { claimMs, shimLivesMs } = process.habit;
    process.isShimAlive = true;
    this.#after(process, claimMs, () => {
      if (!process.isShimAlive) return;
      writeFileSync(process.files.events, '');
      renameSync(process.files.spec, process.files.claimed);
      process.spec = 'claimed';
      if (shimLivesMs !== null) this.#after(process, shimLivesMs, () => this.killShim(process));
      this.#after(process, process.habit.nameMs, () => this.#name(process));
    });
  }

  /** There is no shim and will be none; the spec stays behind. */
  failToFork(process: SimProcess): void {
    process.spec = 'abandoned';
    process.hasFailedToFork = true;
    this.#over(process, 'crash');
  }

  /** As renaming an unclaimed spec away. */
  abandon(process: SimProcess): boolean {
    if (process.spec !== 'unclaimed') return false;
    renameSync(process.files.spec, process.files.abandoned);
    process.spec = 'abandoned';
    process.isOver = true;
    process.isShimAlive = false;
    this.#ledger.onEnd(process, 'never-began');
    return true;
  }

  forget(process: SimProcess): void {
    removeRunFiles(process.files);
  }

  /** False when there is no shim to take it. */
  order(process: SimProcess, order: ShimOrder): boolean {
    this.#ledger.onOrder(process, order, this.bootId);
    this.#trace(`  ${process.plugin}: run ${process.runId} is sent ${order}`);
    if (!process.isShimAlive) return false;
    if (process.spec === 'unclaimed') {
      // It has not yet said how it takes signals.
      process.isShimAlive = false;
      this.#after(process, NOTICE_MS, () => process.listener?.onShimDeath(), true);
      return true;
    }
    if (process.startedAt === undefined) process.pendingOrder = order;
    if (order === 'kill-all') this.#endMain(process, 'SIGKILL');
    if (order === 'stop') {
      this.#terminate(process);
      this.#after(process, GRACE_MS, () => this.#endMain(process, 'SIGKILL'));
    }
    return true;
  }

  /** A signal to the group of the main process. False when it is gone. */
  signal(process: SimProcess, signal: string): boolean {
    if (process.bootId !== this.bootId)
      this.#ledger.violate(`${process.plugin}: a pid of another boot was sent ${signal}`);
    if (!process.isMainAlive) return false;
    if (signal === 'SIGKILL') this.#endMain(process, signal);
    if (signal === 'SIGTERM') this.#terminate(process);
    return true;
  }

  endMain(process: SimProcess, ends: Ends): void {
    if (process.isMainAlive) this.#endMain(process, ends);
  }

  killShim(process: SimProcess): void {
    if (!process.isShimAlive || process.spec !== 'claimed') return;
    this.#trace(`  ${process.plugin}: the shim of run ${process.runId} is killed`);
    process.isShimAlive = false;
    if (!process.isMainAlive) this.#over(process, 'crash');
    this.#after(process, NOTICE_MS, () => process.listener?.onShimDeath(), true);
  }

  /**
   * Everything is gone, and what begins now has another boot id. Of a run that had not been recorded and whose files
   * are gone too, nobody can know.
   */
  reboot(keepsRunFiles: boolean, isRecorded: (runId: number) => boolean): void {
    for (const process of this.processes) {
      process.isShimAlive = false;
      process.isMainAlive = false;
      process.isOver = true;
      process.listener = undefined;
    }
    this.bootNumber += 1;
    if (keepsRunFiles) return;
    this.#emptyFolder();
    this.processes = this.processes.filter((process) => isRecorded(process.runId));
  }

  #name(process: SimProcess): void {
    if (!process.isShimAlive) return;
    const { bootId: boot, shimPid: pid } = process;
    this.#write(process, { event: 'shim', at: this.#now(), boot, pid, startTime: pid });
    this.#after(process, process.habit.execMs, () => this.#exec(process));
  }

  #exec(process: SimProcess): void {
    if (!process.isShimAlive) return;
    const { pid, habit } = process;
    if (habit.spawnFails === 'exec') {
      const error = 'Permission denied';
      this.#write(process, { event: 'spawn-failed', at: this.#now(), step: 'exec', errno: 13, error });
      process.isShimAlive = false;
      this.#over(process, 'crash');
      return;
    }
    process.isMainAlive = true;
    process.startedAt = this.#clock.monotonic();
    this.#trace(`  ${process.plugin}: run ${process.runId} is executed`);
    this.#write(process, { event: 'started', at: this.#now(), pid, startTime: pid });
    if (process.pendingOrder === 'kill-all') this.#after(process, 0, () => this.#endMain(process, 'SIGKILL'));
    else if (process.pendingOrder === 'stop') this.#terminate(process);
    if (habit.livesMs !== null) this.#after(process, habit.livesMs, () => this.endMain(process, habit.ends));
  }

  #terminate(process: SimProcess): void {
    const { stopMs } = process.habit;
    if (stopMs !== null) this.#after(process, stopMs, () => this.endMain(process, 'SIGTERM'));
  }

  #endMain(process: SimProcess, ends: Ends): void {
    if (!process.isMainAlive) return;
    process.isMainAlive = false;
    this.#trace(`  ${process.plugin}: run ${process.runId} ends with ${ends}`);
    if (!process.isShimAlive) {
      this.#over(process, 'crash');
      return;
    }
    const [code, signal] = typeof ends === 'number' ? [ends, null] : [null, ends];
    const usage = { core: false, maxRssBytes: 1, userMs: 1, systemMs: 1 };
    this.#write(process, { event: 'exited', at: this.#now(), code, signal, ...usage });
    const leftoverMs = ends === 'SIGKILL' ? 0 : Math.min(GRACE_MS, process.habit.leftoverMs);
    const isCrash = code === null || !restartOf(process.plugin).successCodes.includes(code);
    this.#after(process, leftoverMs, () => {
      if (!process.isShimAlive) return;
      this.#write(process, { event: 'gone', at: this.#now(), lines: 3, lost: 0, killed: 0 });
      process.isShimAlive = false;
      this.#over(process, isCrash || process.mayBeStopped ? 'crash' : 'done');
    });
  }

  #over(process: SimProcess, how: 'crash' | 'done'): void {
    process.isOver = true;
    this.#ledger.onEnd(process, how);
  }

  #write(process: SimProcess, event: RunEvent): void {
    process.events.push(event);
    appendFileSync(process.files.events, `${JSON.stringify(event)}\n`);
    this.#after(process, NOTICE_MS, () => process.listener?.onEvents(), true);
  }

  /** @param evenWhenOver notices come after the end as well, but not after a reboot */
  #after(process: SimProcess, ms: number, then: () => void, evenWhenOver = false): void {
    this.#clock.setTimer(() => {
      if (process.bootId !== this.bootId || (process.isOver && !evenWhenOver)) return;
      then();
    }, ms);
  }

  #now(): string {
    return formatTime(this.#clock.now());
  }

  #emptyFolder(): void {
    rmSync(this.runsFolder, { recursive: true, force: true });
    mkdirSync(this.runsFolder, { recursive: true });
  }
}
