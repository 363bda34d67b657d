/** Keeps what tells others that torud is there: makes the control socket and the lock again when somebody deleted them. */

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Paths } from '../../protocol/paths.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { FolderEvents } from '../runs/folder-events.ts';

const RETRY_MS = 1_000;

export interface SocketKeeperOptions {
  readonly paths: Pick<Paths, 'controlSocket' | 'lockFile'>;
  /** The folder that both lie in; opened and closed by whoever made it. */
  readonly folder: FolderEvents;
  readonly clock: Clock;
  readonly log: SupervisorLog;
  readonly server: { listenAgain(): Promise<Result<void, string>> };
  /** Throws what the file system says. */
  readonly renewLock: () => void;
}

export class SocketKeeper {
  readonly #options: SocketKeeperOptions;
  #problem: string | undefined;
  #retry: Timer | undefined;
  #isMending = false;
  #isClosed = false;

  constructor(options: SocketKeeperOptions) {
    this.#options = options;
  }

  open(): void {
    const { folder, paths } = this.#options;
    for (const file of [paths.controlSocket, paths.lockFile]) {
      folder.listen(basename(file), () => void this.#look());
    }
  }

  /** What keeps the control socket from being there, one line; undefined when all is well. */
  problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
  }

  async #look(): Promise<void> {
    const { paths, log, clock } = this.#options;
    if (this.#isClosed || this.#isMending) return;
    const missing = [paths.controlSocket, paths.lockFile].filter((file) => !existsSync(file));
    if (missing.length === 0) return;
    this.#isMending = true;
    const mended = await this.#mend(missing);
    this.#isMending = false;
    if (this.#isClosed) return;
    if (mended.ok) {
      this.#problem = undefined;
      log.write('warning', 'control-files-remade', { files: missing });
      // Deleted once more while they were made.
      void this.#look();
      return;
    }
    if (mended.failure !== this.#problem)
      log.write('error', 'control-files-missing', { error: mended.failure });
    this.#problem = mended.failure;
    this.#retry?.cancel();
    this.#retry = clock.setTimer(() => void this.#look(), RETRY_MS);
  }

  async #mend(missing: readonly string[]): Promise<Result<void, string>> {
    const { paths, server, renewLock } = this.#options;
    try {
      if (missing.includes(paths.lockFile)) renewLock();
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      return failure(`the lock ${paths.lockFile} is gone and cannot be made again: ${messageOf(thrown)}`);
    }
    return missing.includes(paths.controlSocket) ? server.listenAgain() : success(undefined);
  }
}
