/**
 * Watches the folders inside a folder, one inotify watch each: chokidar would take one a file as well, and some 25 KB
 * of memory a plugin.
 */

import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';

interface Watched {
  readonly watcher: FSWatcher;
  /** Device and inode: a folder swapped by rename is another one under the same name. */
  readonly identity: string;
}

export class SubfolderWatches {
  readonly #folder: string;
  readonly #onChange: () => void;
  readonly #onError: (thrown: unknown) => void;
  readonly #watched = new Map<string, Watched>();

  constructor(folder: string, onChange: () => void, onError: (thrown: unknown) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.#onError = onError;
  }

  /** Watches what is there now, and nothing else. */
  refresh(): void {
    const present = this.#present();
    for (const [name, { watcher, identity }] of this.#watched) {
      if (present.get(name) === identity) continue;
      watcher.close();
      this.#watched.delete(name);
    }
    for (const [name, identity] of present) if (!this.#watched.has(name)) this.#open(name, identity);
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  #present(): ReadonlyMap<string, string> {
    const present = new Map<string, string>();
    try {
      for (const name of readdirSync(this.#folder)) {
        const stats = statSync(join(this.#folder, name), { throwIfNoEntry: false });
        if (stats?.isDirectory()) present.set(name, `${stats.dev}:${stats.ino}`);
      }
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') this.#onError(thrown);
    }
    return present;
  }

  #open(name: string, identity: string): void {
    try {
      const watcher = watch(join(this.#folder, name), this.#onChange);
      watcher.on('error', this.#onError);
      this.#watched.set(name, { watcher, identity });
    } catch (thrown) {
      // It may be gone again; anything else (ENOSPC: no inotify watches left) is worth a word.
      if (errnoOf(thrown) !== 'ENOENT') this.#onError(thrown);
    }
  }
}
