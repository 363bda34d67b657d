/** A live run as its runner holds it, and where runs come from: the seam at which a simulation takes the place of processes. */

import type { PluginAnswer } from './plugin-connection.ts';
import type { RunOptions } from './plugin-run.ts';

export interface LiveRun {
  /** The shim's pid, null when none is known. */
  readonly shimPid: number | null;
  /** True when the shim is gone and the plugin's output goes nowhere. */
  readonly isBare: boolean;
  /** Bad health answers in a row; undefined where health is not asked for. */
  readonly badHealthAnswers?: number | undefined;
  /** Hands the plugin a new `config` while it runs; undefined when it speaks no protocol or is not ready. */
  reload?(config: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<PluginAnswer> | undefined;
  /** Asks the plugin to end; `graceMs` later it is killed. A second call does not lengthen the first. */
  stop(reason: string, graceMs: number): void;
  /** Sends a signal to the plugin's process group. False when there is none. */
  signal(signal: NodeJS.Signals): boolean;
  /** Has the shim open its log again, for logrotate. */
  reopenLog(): void;
  /** Looks whether an adopted shim, whose death nobody reports, is still there. */
  checkShim(): void;
  /** Lets go of the run without touching it. */
  release(): void;
  /** Removes the run's files; to be called once its end is in the database. Throws what the file system says. */
  forget(): void;
}

export interface RunFactory {
  /** Starts a new run. Whatever goes wrong is reported by `onEnded`, never thrown. */
  begin(options: RunOptions): LiveRun;
  /** Takes over a run of a torud before this one. What happened meanwhile is reported during this call. */
  adopt(options: RunOptions, wasReady: boolean): LiveRun;
}
