/** Which task may begin: places and locks, in the order of asking. Pure. */

/** Why a task does not begin yet. */
export type Obstacle = { readonly kind: 'lock'; readonly holder: string } | { readonly kind: 'place' };

interface Waiting {
  readonly lock: string | null;
  readonly bytes: number;
}

export class TaskQueue {
  /** By id, in the order of asking. */
  readonly #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  readonly #running = new Map<string, string | null>();
  /** Id of the running task that holds a lock. */
  readonly #holders = new Map<string, string>();

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Memory that arguments and environments of those that wait take. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Puts a task behind all that wait. */
  add(id: string, lock: string | null, bytes: number): void {
    this.#waiting.set(id, { lock, bytes });
    this.#waitingBytes += bytes;
  }

  /** The task begins, or was found running. */
  begin(id: string, lock: string | null): void {
    this.#leave(id);
    this.#running.set(id, lock);
    if (lock !== null && !this.#holders.has(lock)) this.#holders.set(lock, id);
  }

  /** The task has ended, or waits no longer. */
  remove(id: string): void {
    this.#leave(id);
    const lock = this.#running.get(id) ?? null;
    this.#running.delete(id);
    if (lock === null || this.#holders.get(lock) !== id) return;
    this.#holders.delete(lock);
    // Two may have been found running with one lock, when a database was made anew.
    for (const [other, held] of this.#running) {
      if (held !== lock) continue;
      this.#holders.set(lock, other);
      return;
    }
  }

  /** What keeps a task with this lock from beginning now; undefined: nothing. */
  obstacle(lock: string | null, maxRunning: number): Obstacle | undefined {
    const holder = lock === null ? undefined : this.#holders.get(lock);
    if (holder !== undefined) return { kind: 'lock', holder };
    return this.#running.size >= maxRunning ? { kind: 'place' } : undefined;
  }

  /**
   * The first that may begin now. One that waits for its lock keeps nobody else waiting; who has the same lock and came
   * later waits behind it.
   */
  next(maxRunning: number): string | undefined {
    if (this.#running.size >= maxRunning) return undefined;
    for (const [id, { lock }] of this.#waiting) {
      if (lock === null || !this.#holders.has(lock)) return id;
    }
    return undefined;
  }

  /** Ids of those that wait for this lock, in their order. */
  waitersFor(lock: string): readonly string[] {
    return [...this.#waiting].filter(([, wanted]) => wanted.lock === lock).map(([id]) => id);
  }

  #leave(id: string): void {
    this.#waitingBytes -= this.#waiting.get(id)?.bytes ?? 0;
    this.#waiting.delete(id);
  }
}
