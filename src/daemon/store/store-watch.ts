/**
 * Knows whether the state database can be used. While something is wrong it tries each second whether that is still
 * so, and mends what can be mended; while all is well no timer runs. A file that is deleted is noticed at once, by
 * inotify(7), and put back.
 */

import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf, messageOf, type Result, success } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { Database } from './database.ts';
import { COMPANIONS } from './database-file.ts';
import { machineFailureOf, type StoreFailure } from './store-failure.ts';

const LOOK_EVERY_MS = 1_000;

/** Makes a damaged database usable again. Called only outside of transactions. */
export type MendDatabase = () => Result<void, StoreFailure>;

export class StoreWatch {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: SupervisorLog;
  readonly #mend: MendDatabase;
  readonly #fileNames: ReadonlySet<string>;
  readonly #sharedMemoryName: string;
  #problem: StoreFailure | undefined;
  #timer: Timer | undefined;
  #watcher: FSWatcher | undefined;
  #isLooking = false;
  /** A mending that was begun and did not come to its end. */
  #isHalfMended = false;
  #wasDatabaseWritten = false;
  /** The file is damaged, but torud may have all of it in memory. */
  #isToBePutBack = false;
  #checkTimer: Timer | undefined;

  constructor(database: Database, clock: Clock, log: SupervisorLog, mend: MendDatabase) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
    this.#mend = mend;
    const name = basename(database.file);
    this.#sharedMemoryName = `${name}${COMPANIONS[1]}`;
    // SQLite makes the shared-memory file anew by itself; without these two nothing can be read after a restart.
    this.#fileNames = new Set([name, `${name}${COMPANIONS[0]}`]);
  }

  /** Begins to watch; one that fails is logged, and tried again when the database has been mended. */
  open(): void {
    this.#database.onFailure = (problem) => this.#note(problem);
    this.#watchFolder();
  }

  /** What is wrong, one line that names the file; undefined when the database can be used. */
  problem(): string | undefined {
    return this.#problem?.message;
  }

  close(): void {
    this.#database.onFailure = () => undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#checkTimer?.cancel();
    this.#checkTimer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #note(problem: StoreFailure): void {
    if (this.#problem?.message !== problem.message) {
      this.#log.write('error', 'database-unusable', { kind: problem.kind, error: problem.message });
    }
    this.#problem = problem;
    if (!this.#isLooking) this.#lookLater();
  }

  #lookLater(): void {
    this.#timer ??= this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.#look();
    }, LOOK_EVERY_MS);
  }

  #look(): void {
    this.#isLooking = true;
    const found = this.#isHalfMended ? this.#tryMend() : this.#tryUse();
    this.#isLooking = false;
    if (!found.ok) {
      this.#note(found.failure);
      return;
    }
    if (this.#problem !== undefined) this.#log.write('info', 'database-usable-again');
    this.#problem = undefined;
    this.#watchFolder();
  }

  #tryUse(): Result<void, StoreFailure> {
    const isPutBack = this.#isToBePutBack ? this.#database.putBack() : success(undefined);
    this.#isToBePutBack = false;
    if (!isPutBack.ok) return isPutBack.failure.kind === 'damaged' ? this.#tryMend() : isPutBack;
    const used = this.#database.probe(this.#problem?.kind === 'damaged');
    return used.ok || used.failure.kind !== 'damaged' ? used : this.#tryMend();
  }

  #tryMend(): Result<void, StoreFailure> {
    const mended = this.#mend();
    this.#isHalfMended = !mended.ok;
    return mended.ok ? this.#database.probe(false) : mended;
  }

  #watchFolder(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    const folder = dirname(this.#database.file);
    try {
      // Whoever deletes the folder deletes the database; without a folder it cannot be put back.
      mkdirSync(folder, { recursive: true });
      this.#watcher = watch(folder, (kind, fileName) => this.#onFolderChanged(kind, fileName));
      this.#watcher.on('error', (thrown) => this.#onWatchFailed(thrown));
    } catch (thrown) {
      if (errnoOf(thrown) === undefined) throw thrown;
      this.#onWatchFailed(thrown);
    }
  }

  #onWatchFailed(thrown: unknown): void {
    const folder = dirname(this.#database.file);
    this.#log.write('error', 'watch-failed', { folder, error: messageOf(thrown) });
  }

  #onFolderChanged(kind: string, fileName: string | null): void {
    const isFolderItself = fileName === null || fileName === basename(dirname(this.#database.file));
    if (fileName === this.#sharedMemoryName) this.#mendSharedMemory();
    if (!isFolderItself && !this.#fileNames.has(fileName)) return;
    if (kind === 'rename') this.#check(false);
    else {
      // Mostly torud's own writes: one look a second is enough, and none without a write.
      this.#wasDatabaseWritten ||= fileName === basename(this.#database.file);
      this.#checkTimer ??= this.#clock.setTimer(() => this.#checkWritten(), LOOK_EVERY_MS);
    }
  }

  #mendSharedMemory(): void {
    try {
      this.#database.mendSharedMemory();
    } catch (thrown) {
      this.#note(machineFailureOf(thrown, this.#database.file));
    }
  }

  #checkWritten(): void {
    this.#checkTimer = undefined;
    const isThorough = this.#wasDatabaseWritten;
    this.#wasDatabaseWritten = false;
    this.#check(isThorough);
  }

  /** @param isThorough reads the file as well: SQLite writes it at checkpoints only, others write it whenever they like */
  #check(isThorough: boolean): void {
    if (this.#isLooking || this.#isHalfMended || !this.#database.isOpen) return;
    const same = this.#database.checkIdentity();
    if (same.ok && (!isThorough || this.#isReadable())) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#look();
  }

  #isReadable(): boolean {
    const read = this.#database.checkContent();
    if (read.ok || read.failure.kind !== 'damaged') return true;
    this.#note(read.failure);
    this.#isToBePutBack = true;
    return false;
  }
}
