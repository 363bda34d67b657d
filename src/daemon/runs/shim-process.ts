/** Starts toru-shim, and signals it afterwards, whether it is our child or one of a torud before us. */

import { type ChildProcess, spawn } from 'node:child_process';
import { messageOf } from '../../protocol/result.ts';
import { type ProcessIdentity, signalProcess } from '../base/process-identity.ts';

/** What a shim is told to do; see ARCHITECTURE.md, "Contract of toru-shim". */
export type ShimOrder = 'stop' | 'kill-all' | 'reopen-log';

const SIGNALS: Readonly<Record<ShimOrder, NodeJS.Signals>> = {
  stop: 'SIGTERM',
  'kill-all': 'SIGUSR2',
  'reopen-log': 'SIGUSR1',
};

export interface SpawnOptions {
  readonly shimFile: string;
  readonly specFile: string;
  /** The shim has ended, or could not be started at all (`error` then says why). Called once. */
  readonly onEnded: (error: string | undefined) => void;
}

export class ShimProcess {
  readonly #child: ChildProcess | undefined;
  #identity: ProcessIdentity | undefined;

  private constructor(child: ChildProcess | undefined, identity: ProcessIdentity | undefined) {
    this.#child = child;
    this.#identity = identity;
  }

  static spawn(options: SpawnOptions): ShimProcess {
    let child: ChildProcess;
    try {
      child = spawn(options.shimFile, [options.specFile], {
        detached: true,
        stdio: 'ignore',
        cwd: '/',
        env: {},
      });
    } catch (thrown) {
      // Node throws here for EAGAIN and ENOMEM of fork(2).
      queueMicrotask(() => options.onEnded(messageOf(thrown)));
      return new ShimProcess(undefined, undefined);
    }
    let hasEnded = false;
    const end = (error: string | undefined): void => {
      if (hasEnded) return;
      hasEnded = true;
      options.onEnded(error);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', () => end(undefined));
    // The shim outlives us; it must not keep our event loop alive.
    child.unref();
    return new ShimProcess(child, undefined);
  }

  /** The shim of a run that an earlier torud started. */
  static adopt(identity: ProcessIdentity): ShimProcess {
    return new ShimProcess(undefined, identity);
  }

  /** The pid, null when it could not be started. */
  get pid(): number | null {
    return this.#child?.pid ?? this.#identity?.pid ?? null;
  }

  /** Learns who the shim is from its own first event. */
  identify(identity: ProcessIdentity): void {
    this.#identity = identity;
  }

  /** False when the shim is gone. */
  order(order: ShimOrder): boolean {
    // Our own child cannot be reaped behind our back, so its pid is safe until Node has seen its exit.
    if (this.#child !== undefined) return this.#child.kill(SIGNALS[order]);
    return this.#identity !== undefined && signalProcess(this.#identity, SIGNALS[order]);
  }
}
