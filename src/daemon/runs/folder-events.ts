/** One watch on a folder of ours, shared by all who wait for one of its files. No timer, no polling. */

import { chmodSync, type FSWatcher, mkdirSync, watch } from 'node:fs';
import type { SupervisorLog } from '../base/supervisor-log.ts';

type Listener = (fileName: string) => void;

export interface FolderEventsOptions {
  readonly folder: string;
  /** Mode of the folder when it has to be made. */
  readonly mode: number;
  readonly log: SupervisorLog;
}

export class FolderEvents {
  readonly #options: FolderEventsOptions;
  readonly #listeners = new Map<string, Listener>();
  #watcher: FSWatcher | undefined;
  #isClosed = false;

  constructor(options: FolderEventsOptions) {
    this.#options = options;
  }

  /** Makes the folder if need be and begins to watch it. Throws what the file system says. */
  open(): void {
    const { folder, mode } = this.#options;
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
    this.#watcher = watch(folder, { persistent: true }, (_kind, fileName) => this.#onFileChanged(fileName));
    this.#watcher.on('error', (error) => {
      this.#options.log.write('error', 'watch-failed', { folder, error: error.message });
    });
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
    this.#watcher?.close();
    this.open();
    this.#options.log.write('warning', 'folder-remade', { folder: this.#options.folder });
    for (const [fileName, listener] of [...this.#listeners]) listener(fileName);
  }
}
