/**
 * Tells followers that a log has changed: one fs.watch (inotify(7)) a folder, shared by all of them and there only
 * while there are any.
 */

import { type FSWatcher, mkdirSync, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { messageOf } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';

type Listener = () => void;

/** Time between looks when the kernel gives no watch (its limit of inotify watches is reached), in milliseconds. */
const FALLBACK_DELAY_MS = 1_000;

export class FolderWatches {
  readonly #clock: Clock;
  readonly #onProblem: (problem: string) => void;
  readonly #folders = new Map<string, WatchedFolder>();

  constructor(clock: Clock, onProblem: (problem: string) => void) {
    this.#clock = clock;
    this.#onProblem = onProblem;
  }

  /** Folders that are watched now. */
  get size(): number {
    return this.#folders.size;
  }

  /**
   * Calls `listener` whenever the log or one of its rotated files may have changed, or one of the files of a task's
   * output. The folder is made when missing.
   * @param name file name of the log: `web.log`; of a task's output its id
   * @returns the function that ends it
   */
  subscribe(folder: string, name: string, listener: Listener): () => void {
    const watched = this.#folders.get(folder) ?? new WatchedFolder(folder, this.#clock, this.#onProblem);
    this.#folders.set(folder, watched);
    watched.add(name, listener);
    return () => {
      watched.remove(name, listener);
      if (watched.isEmpty && this.#folders.get(folder) === watched) {
        watched.close();
        this.#folders.delete(folder);
      }
    };
  }
}

class WatchedFolder {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #onProblem: (problem: string) => void;
  readonly #listeners = new Map<string, Set<Listener>>();
  #watcher: FSWatcher | undefined;
  #timer: Timer | undefined;
  #inode = 0;

  constructor(folder: string, clock: Clock, onProblem: (problem: string) => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#onProblem = onProblem;
    this.#open();
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  add(name: string, listener: Listener): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
  }

  remove(name: string, listener: Listener): void {
    const listeners = this.#listeners.get(name);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(name);
  }

  close(): void {
    this.#watcher?.close();
    this.#timer?.cancel();
    this.#watcher = undefined;
    this.#timer = undefined;
  }

  #open(): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#watcher = watch(this.#folder, (_kind, name) => this.#onChanged(name));
      this.#inode = statSync(this.#folder).ino;
      this.#watcher.on('error', (error) => this.#lookNowAndThen(messageOf(error)));
    } catch (thrown) {
      this.#lookNowAndThen(messageOf(thrown));
    }
  }

  #onChanged(name: string | null): void {
    // inotify names the folder itself when that is deleted or moved.
    if (name === null || name === basename(this.#folder)) this.#renew();
    if (name === null) this.#tellAll();
    const found =
      /^(.+?\.log)(?:\.\d+(?:\.gz)?)?$/.exec(name ?? '') ?? /^([0-9a-f-]{36})\.\d+$/.exec(name ?? '');
    const key = found?.[1];
    if (key === undefined) return;
    for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }

  #renew(): void {
    if (statSync(this.#folder, { throwIfNoEntry: false })?.ino === this.#inode) return;
    this.close();
    this.#open();
    this.#tellAll();
  }

  #lookNowAndThen(problem: string): void {
    this.close();
    this.#onProblem(problem);
    const look = (): void => {
      this.#tellAll();
      this.#timer = this.#clock.setTimer(look, FALLBACK_DELAY_MS);
    };
    this.#timer = this.#clock.setTimer(look, FALLBACK_DELAY_MS);
  }

  #tellAll(): void {
    for (const listeners of [...this.#listeners.values()]) for (const listener of [...listeners]) listener();
  }
}
