/**
 * What is known of tasks: those without an end in memory, the rest in the database. An intent is stored before it is
 * carried out; what has happened takes effect at once and is stored as soon as that is possible.
 */

import type { TaskListParams, TaskOrigin } from '../../protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { StoreFailure } from '../store/store-failure.ts';
import type { RemovedTask, TaskRecord, TaskStore } from '../store/task-store.ts';
import type { StateWriter } from '../supervisor/state-writer.ts';
import { isTaskId, isTaskPrefix } from './task-id.ts';

/** What of the database is needed. */
export interface ReadableDatabase {
  read<Value>(work: () => Value): Result<Value, StoreFailure>;
}

export interface BookParts {
  readonly store: TaskStore;
  readonly database: ReadableDatabase;
  readonly writer: Pick<StateWriter, 'commit' | 'record'>;
  readonly bus: EventBus;
  readonly retention: () => Retention;
  /** Rows were removed; what else there is of them may go. */
  readonly onRemoved: (removed: readonly RemovedTask[]) => void;
}

export interface Retention {
  readonly keep: number;
  /** RFC 3339 UTC. */
  readonly endedBefore: string;
}

/** Old tasks that one end takes along. */
const PRUNE_BATCH = 32;

export class TaskBook {
  readonly #parts: BookParts;
  /** By id, in the order of asking; ended ones until they are stored. */
  readonly #live = new Map<string, TaskRecord>();

  constructor(parts: BookParts) {
    this.#parts = parts;
  }

  /** All that are not known to be stored with their end, the oldest first. */
  live(): readonly TaskRecord[] {
    return [...this.#live.values()];
  }

  /** A task that is in memory. */
  liveOne(id: string): TaskRecord | undefined {
    return this.#live.get(id);
  }

  /** Stores an intent; on disk when this returns. Failure: nothing has changed. */
  commit(record: TaskRecord): Result<void, ErrorBody> {
    const stored = this.#parts.writer.commit(() => {
      this.#parts.store.save(record);
      return undefined;
    });
    if (!stored.ok) return failure(unavailable(stored.failure.message));
    this.#live.set(record.id, record);
    this.#publish(record);
    return success(undefined);
  }

  /** As `commit`, for a task that ends by it. */
  commitEnd(record: TaskRecord): Result<void, ErrorBody> {
    const stored = this.commit(record);
    if (stored.ok) this.#live.delete(record.id);
    return stored;
  }

  /** Knows of a task that is stored as it is. */
  restore(record: TaskRecord): void {
    this.#live.set(record.id, record);
  }

  /** Notes what has happened to a task without an end. */
  note(record: TaskRecord): void {
    this.#live.set(record.id, record);
    this.#parts.writer.record(() => {
      this.#parts.store.save(record);
      return undefined;
    });
    this.#publish(record);
  }

  /** Notes the end of a task, and lets go of old ones. @param onStored called once that is stored */
  noteEnd(record: TaskRecord, onStored: () => void = () => undefined): void {
    this.#live.set(record.id, record);
    const { store, writer, onRemoved } = this.#parts;
    writer.record(() => {
      store.save(record);
      const removed = this.#prune();
      return () => {
        this.#live.delete(record.id);
        onStored();
        onRemoved(removed);
      };
    });
    this.#publish(record);
  }

  /** Lets go of a batch of tasks that are too many or too old. @param onDone told how many those were, once it is stored */
  prune(onDone: (removed: number) => void): void {
    const { writer, onRemoved } = this.#parts;
    writer.record(() => {
      const removed = this.#prune();
      return () => {
        onRemoved(removed);
        onDone(removed.length);
      };
    });
  }

  /** The history has no task at all; also when it cannot be read now. */
  isEmpty(): boolean {
    const found = this.#read((store) => store.isEmpty());
    return !found.ok || found.value;
  }

  /** Tasks without an end as the database has them, the oldest first; none when it cannot be read. */
  open(): readonly TaskRecord[] {
    const found = this.#read((store) => store.open());
    return found.ok ? found.value : [];
  }

  /** Stores all that is in memory again, into a database that was made anew. */
  storeAgain(): void {
    for (const record of this.#live.values()) {
      this.#parts.writer.record(() => {
        this.#parts.store.save(record);
        return undefined;
      });
    }
  }

  /** @param id a whole one */
  get(id: string): Result<TaskRecord | undefined, ErrorBody> {
    const live = this.#live.get(id);
    return live === undefined ? this.#read((store) => store.get(id)) : success(live);
  }

  /** @param word an id, or a beginning that only one task has */
  find(word: string): Result<TaskRecord, ErrorBody> {
    const text = word.toLowerCase();
    if (!isTaskPrefix(text)) return failure(noSuchTask(word));
    const ids = isTaskId(text) ? success([text]) : this.#idsWith(text);
    if (!ids.ok) return ids;
    const [id, ...others] = ids.value;
    if (id === undefined) return failure(noSuchTask(word));
    if (others.length > 0)
      return failure(
        errorBody('usage', 'several tasks begin so', {
          name: word,
          hint: 'give more of the id: toru tasks shows it',
        }),
      );
    const found = this.get(id);
    if (!found.ok) return found;
    return found.value === undefined ? failure(noSuchTask(word)) : success(found.value);
  }

  newestOf(origin: TaskOrigin): TaskRecord | undefined {
    const found = this.#read((store) => store.newestOf(origin));
    if (!found.ok || found.value === undefined) return undefined;
    return this.#live.get(found.value.id) ?? found.value;
  }

  /** Rows of the history, newest first, as long as `takes` says so. */
  list(params: TaskListParams, takes: (record: TaskRecord) => boolean): Result<void, ErrorBody> {
    return this.#read((store) => {
      for (const record of store.list(params)) {
        if (!takes(this.#live.get(record.id) ?? record)) return;
      }
    });
  }

  /** Undefined when the state cannot be read. */
  has(id: string): boolean | undefined {
    const found = this.#read((store) => store.has(id));
    return found.ok ? found.value : undefined;
  }

  /** Tells that something shown of a task has changed which is not stored. */
  tell(id: string): void {
    const record = this.#live.get(id);
    if (record !== undefined) this.#publish(record);
  }

  #prune(): readonly RemovedTask[] {
    const { keep, endedBefore } = this.#parts.retention();
    return this.#parts.store.prune(keep, endedBefore, PRUNE_BATCH);
  }

  #idsWith(prefix: string): Result<readonly string[], ErrorBody> {
    const live = [...this.#live.keys()].filter((id) => id.startsWith(prefix));
    const stored = this.#read((store) => store.idsWith(prefix, 2));
    return stored.ok ? success([...new Set([...live, ...stored.value])]) : stored;
  }

  #read<Value>(work: (store: TaskStore) => Value): Result<Value, ErrorBody> {
    const done = this.#parts.database.read(() => work(this.#parts.store));
    return done.ok ? done : failure(unavailable(done.failure.message));
  }

  #publish({ id, state }: TaskRecord): void {
    this.#parts.bus.publish('task-changed', { id, state });
  }
}

function unavailable(message: string): ErrorBody {
  return errorBody('unavailable', message, { hint: 'toru daemon status says what ails it' });
}

function noSuchTask(name: string): ErrorBody {
  return errorBody('not_found', 'there is no such task', {
    name,
    hint: 'toru tasks shows those that are kept',
  });
}
