/**
 * The way of the supervisor's state into the database. An intent is written before it is acknowledged or not at all.
 * What has happened in the world (an exit, a restart) cannot be refused: while the database cannot be written it is
 * kept in order and tried again.
 */

import { failure, type Result, success } from '../../protocol/result.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { Database } from '../store/database.ts';
import type { StoreFailure } from '../store/store-failure.ts';

/** Runs inside a transaction. What it returns is called once that transaction is committed. */
export type Write = () => (() => void) | undefined;

const RETRY_MS = 1_000;

export class StateWriter {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: SupervisorLog;
  #waiting: Write[] = [];
  #failure: StoreFailure | undefined;
  #retry: Timer | undefined;

  constructor(database: Database, clock: Clock, log: SupervisorLog) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  /** What keeps state that waits from being written, or undefined. An intent that was refused does not wait. */
  problem(): string | undefined {
    if (this.#failure === undefined || this.#waiting.length === 0) return undefined;
    return `state cannot be written: ${this.#failure.message}`;
  }

  /** A read without which one can do: undefined when the database cannot be read. */
  read<Value>(work: () => Value): Value | undefined {
    const done = this.#database.read(work);
    return done.ok ? done.value : undefined;
  }

  /** Writes an intent, on disk when this returns. Failure: nothing of it is stored. */
  commit(write: Write): Result<void, StoreFailure> {
    return this.#run([...this.#waiting, write], true);
  }

  /** Writes what has happened, now or as soon as that is possible, in the order of the calls. */
  record(write: Write): void {
    this.#waiting.push(write);
    if (this.#retry === undefined) this.#flush();
  }

  /** One last try, for a torud that leaves. */
  close(): Result<void, StoreFailure> {
    this.#retry?.cancel();
    this.#retry = undefined;
    if (this.#waiting.length === 0) return success(undefined);
    return this.#run(this.#waiting, true);
  }

  #flush(): void {
    this.#retry = undefined;
    if (!this.#run(this.#waiting, false).ok) {
      this.#retry = this.#clock.setTimer(() => this.#flush(), RETRY_MS);
    }
  }

  #run(writes: readonly Write[], durable: boolean): Result<void, StoreFailure> {
    const done = this.#database.transaction(() => writes.map((write) => write()), { durable });
    if (done.ok) {
      if (this.#failure !== undefined) this.#log.write('info', 'state-written-again');
      this.#failure = undefined;
      // Everything that waited was among it.
      this.#retry?.cancel();
      this.#retry = undefined;
      // Callbacks may write again; what is committed must be off the queue by then.
      this.#waiting = this.#waiting.filter((write) => !writes.includes(write));
      for (const committed of done.value) committed?.();
      return success(undefined);
    }
    if (this.#failure?.message !== done.failure.message) {
      this.#log.write('error', 'state-not-written', { error: done.failure.message });
    }
    this.#failure = done.failure;
    return failure(done.failure);
  }
}
