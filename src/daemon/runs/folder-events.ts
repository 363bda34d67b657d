/** One watch on a folder of ours, shared by all who wait for one of its files. No timer, no polling. */

import { chmodSync, type FSWatcher, mkdirSync, statSync, watch } from 'node:fs';
import { errnoOf, messageOf } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';

type Listener = (fileName: string) => void;

export interface FolderEventsOptions {
  readonly folder: string;
  /** Mode of the folder when it has to be made. */
  readonly mode: number;
  readonly log: SupervisorLog;
  readonly clock: Clock;
}

/** Between two tries to make a folder that was deleted. */
const RETRY_MS = 1_000;

export class FolderEvents {
  readonly #options: FolderEventsOptions;
  readonly #listeners = new Map<string, Listener>();
  #watcher: FSWatcher | undefined;
  #isClosed = false;
  #inode: string | undefined;
  #problem: string | undefined;
  #retry: Timer | undefined;

  constructor(options: FolderEventsOptions) {
    this.#options = options;
  }

  /** Makes the folder if need be and begins to watch it. Throws what the file system says. */
  open(): void {
    const { folder, mode } = this.#options;
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
    this.#inode = inodeOf(folder);
    this.#watcher = watch(folder, { persistent: true }, (_kind, fileName) => this.#onFileChanged(fileName));
    this.#watcher.on('error', (error) => {
      this.#options.log.write('error', 'watch-failed', { folder, error: error.message });
    });
  }

  /**
   * Makes the folder again when it is gone or is another one. For whoever sees its parent: inotify(7) does not report
   * the deletion of a folder as long as somebody has a file of it open.
   */
  check(): void {
    if (this.#isClosed || this.#retry !== undefined || inodeOf(this.#options.folder) === this.#inode) return;
    this.#reopen();
  }

  /** What keeps a folder that was deleted from being made again; undefined when all is well. */
  problem(): string | undefined {
    return this.#problem;
  }

  /** Calls `listener` whenever a file with this name changes, appears or goes. One listener a name. */
  listen(fileName: string, listener: Listener): () => void {
    this.#listeners.set(fileName, listener);
    return () => {
      if (this.#listeners.get(fileName) === listener) this.#listeners.delete(fileName);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#watcher?.close();
    this.#listeners.clear();
  }

  #onFileChanged(fileName: string | null): void {
    if (this.#isClosed) return;
    const { folder } = this.#options;
    // inotify(7) reports the deletion of the watched folder itself under the folder's own name.
    if (fileName === null || fileName === folder.slice(folder.lastIndexOf('/') + 1)) this.#reopen();
    else this.#listeners.get(fileName)?.(fileName);
  }

  #reopen(): void {
    const { folder, log, clock } = this.#options;
    this.#retry = undefined;
    if (this.#isClosed) return;
    this.#watcher?.close();
    try {
      this.open();
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      const problem = `the folder ${folder} is gone and cannot be made again: ${messageOf(thrown)}`;
      if (problem !== this.#problem) log.write('error', 'folder-not-remade', { folder, error: problem });
      this.#problem = problem;
      this.#retry = clock.setTimer(() => this.#reopen(), RETRY_MS);
      return;
    }
    this.#problem = undefined;
    log.write('warning', 'folder-remade', { folder });
    for (const [fileName, listener] of [...this.#listeners]) listener(fileName);
  }
}

function inodeOf(folder: string): string | undefined {
  const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
