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
/** Permissions with the sticky bit and its like, without the type of file. */
const MODE_BITS = 0o7777;

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
    // Before it is watched, and only when need be: a change of the mode is an event of the folder.
    if ((statSync(folder).mode & MODE_BITS) !== mode) chmodSync(folder, mode);
    this.#inode = inodeOf(folder);
    this.#watcher = watch(folder, { persistent: true }, (kind, fileName) =>
      this.#onFileChanged(kind, fileName),
    );
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

  #onFileChanged(kind: string, fileName: string | null): void {
    if (this.#isClosed) return;
    const { folder } = this.#options;
    if (fileName !== null && fileName !== folder.slice(folder.lastIndexOf('/') + 1)) {
      this.#listeners.get(fileName)?.(fileName);
      return;
    }
    // inotify(7) reports what happens to the watched folder itself under the folder's own name. Another time or mode,
    // which anybody may cause who may write to it, is no reason to watch it anew: that would cause the next one.
    if (kind === 'rename') this.#reopen();
    else this.check();
  }

  #reopen(): void {
    const { folder, log, clock } = this.#options;
    this.#retry = undefined;
    if (this.#isClosed) return;
    this.#watcher?.close();
    const before = this.#inode;
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
    if (before !== this.#inode) log.write('warning', 'folder-remade', { folder });
    for (const [fileName, listener] of [...this.#listeners]) listener(fileName);
  }
}

function inodeOf(folder: string): string | undefined {
  const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
