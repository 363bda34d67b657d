/** Says when something in a folder may have changed. The only file that knows chokidar. */

import { statSync } from 'node:fs';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import { SubfolderWatches } from './subfolder-watches.ts';

export interface FolderWatchOptions {
  readonly folder: string;
  /** Also what lies in the folder's own folders, one level deep. */
  readonly hasSubfolders: boolean;
  readonly clock: Clock;
  readonly log: SupervisorLog;
  /** Called once for all changes within COALESCE_MS of the first. */
  readonly onChange: () => void;
}

/** Changes within this time of the first one are told as one. */
const COALESCE_MS = 100;

export class FolderWatch {
  readonly #options: FolderWatchOptions;
  readonly #subfolders: SubfolderWatches | undefined;
  #watcher: FSWatcher | undefined;
  /** Device and inode of the folder that is watched; empty when there was none. */
  #watched = '';
  /** The folder was moved or taken away: chokidar may see nothing of it any more, also when the same one is back. */
  #isBlind = false;
  #timer: Timer | undefined;
  #isStopped = false;
  #hasComplained = false;
  #ready: Promise<void> = Promise.resolve();
  #tellReady: () => void = () => undefined;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    if (!options.hasSubfolders) return;
    this.#subfolders = new SubfolderWatches(
      options.folder,
      () => this.#onEvent(),
      (thrown) => this.#onError(thrown),
    );
  }

  /**
   * Watches the folder that is there now. Call it again at any time, but not while it runs: it does nothing but
   * compare, unless the folder is another one than before, came back, or is there for the first time.
   */
  async check(): Promise<void> {
    if (this.#isStopped) return;
    const now = folderIdentity(this.#options.folder);
    if (now === this.#watched && !this.#isBlind) return;
    this.#watched = now;
    this.#isBlind = false;
    const former = this.#watcher;
    this.#watcher = undefined;
    this.#tellReady();
    await former?.close();
    this.#subfolders?.close();
    if (now !== '' && !this.#isStopped) this.#open();
  }

  /** Settles when the watch is complete: what changes from then on is told. */
  ready(): Promise<void> {
    return this.#ready;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#tellReady();
    this.#subfolders?.close();
    await this.#watcher?.close();
  }

  #open(): void {
    const { folder } = this.#options;
    const watcher = watch(folder, {
      depth: 0,
      ignoreInitial: true,
      // Not after a pause, and no editor's temporary files left out: the scan decides what counts.
      atomic: false,
      backend: 'native',
      ignorePermissionErrors: true,
      // chokidar's own watches of what is inside cost some 25 KB a plugin; a change of the folder is all that we need.
      ignored: (path) => path !== folder,
    });
    this.#watcher = watcher;
    watcher.on('unlinkDir', () => {
      this.#isBlind = true;
      this.#onEvent();
    });
    watcher.on('raw', () => this.#onEvent());
    this.#subfolders?.refresh();
    watcher.on('error', (thrown) => this.#onError(thrown));
    this.#ready = new Promise((resolve) => {
      this.#tellReady = resolve;
    });
    watcher.once('ready', () => {
      this.#tellReady();
      // What changed while the watch was being set up.
      this.#onEvent();
    });
  }

  #onEvent(): void {
    if (this.#isStopped || this.#timer !== undefined) return;
    this.#timer = this.#options.clock.setTimer(() => {
      this.#timer = undefined;
      if (this.#watcher !== undefined) this.#subfolders?.refresh();
      this.#options.onChange();
    }, COALESCE_MS);
  }

  #onError(thrown: unknown): void {
    this.#onEvent();
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#options.log.write('warning', 'watch-failed', {
      folder: this.#options.folder,
      error: messageOf(thrown),
      hint: 'changes are still found by the scan from time to time and by toru scan',
    });
  }
}

function folderIdentity(folder: string): string {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : '';
}
