/** One task that runs: its shim, and how it is brought to its end. It reports; it decides nothing. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';
import type { FolderEvents } from '../runs/folder-events.ts';
import { type RunFiles, removeRunFiles, runFilesAt, type SpecEntries, writeSpec } from '../runs/run-files.ts';
import { type RunOutcome, RunWitness } from '../runs/run-witness.ts';
import { StopSequence } from '../runs/stop-sequence.ts';
import { taskVariables } from './task-spec.ts';

/** What all tasks share. */
export interface TaskSurroundings {
  readonly shimFile: string;
  readonly runsFolder: FolderEvents;
  readonly runsPath: string;
  readonly clock: Clock;
}

export interface TaskRunReport {
  /** @param at RFC 3339 */
  onStarted(pid: number, at: string): void;
  /** The shim died under the script, whose output goes nowhere. */
  onBare(): void;
  /** Last call. */
  onEnded(outcome: RunOutcome): void;
}

export class TaskRun {
  readonly #around: TaskSurroundings;
  readonly #files: RunFiles;
  readonly #witness: RunWitness;
  #stop: StopSequence | undefined;

  constructor(around: TaskSurroundings, id: string, report: TaskRunReport) {
    this.#around = around;
    this.#files = runFilesAt(join(around.runsPath, id));
    this.#witness = new RunWitness(around.clock, around.runsFolder, this.#files, taskVariables(id), {
      onStarted: (main, at) => report.onStarted(main.pid, at),
      onMainExited: () => undefined,
      // Once the witness knows it too: orders go to the processes themselves then.
      onCaptureLost: () => queueMicrotask(() => report.onBare()),
      onLinesLost: () => undefined,
      onEnded: (outcome) => {
        this.#stop?.cancel();
        report.onEnded(outcome);
      },
    });
  }

  /** Whether anything of a run of this task lies in the folder. */
  hasFiles(): boolean {
    const { spec, claimed, abandoned, events } = this.#files;
    return [spec, claimed, abandoned, events].some((file) => existsSync(file));
  }

  /** Writes the spec; nothing runs yet. Throws what the file system says. */
  prepare(entries: SpecEntries): void {
    try {
      writeSpec(this.#files, entries);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EEXIST') throw thrown;
      // Of a run that has never been: a torud died before it could begin it.
      removeRunFiles(this.#files);
      writeSpec(this.#files, entries);
    }
  }

  begin(): void {
    this.#witness.spawn(this.#around.shimFile);
  }

  /** Takes over a task of a torud before this one. What happened meanwhile is reported during this call. */
  adopt(): void {
    this.#witness.adopt();
  }

  /** Asks it to end, and kills it after the grace time. */
  stop(graceMs: number): void {
    if (this.#witness.isEnded || this.#stop !== undefined) return;
    const { clock } = this.#around;
    const order = this.#witness.order.bind(this.#witness);
    this.#stop = new StopSequence({ clock, graceMs, reason: '', order, askToShutDown: undefined });
  }

  /** Kills all of it, now. */
  kill(): void {
    this.#witness.order('kill-all');
  }

  /** Looks whether an adopted shim, whose death nobody reports, is still there. */
  checkShim(): void {
    this.#witness.checkShim();
  }

  /** Lets go of it without touching it. */
  release(): void {
    this.#stop?.cancel();
    this.#witness.release();
  }

  /** Removes its files, once its end is stored; what cannot be removed is found again when torud starts next. */
  forget(): void {
    try {
      removeRunFiles(this.#files);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
    }
  }
}
