/** The tasks that run or wait, and the newest that have ended; followed while somebody wants to know. */

import { isFinal, type Task, type TaskWatchItem } from '../../../src/protocol/control/tasks.ts';
import type { Daemon } from './daemon.ts';
import type { StateBook, StateReader } from './state-book.ts';
import { SteadyStream } from './steady-stream.ts';

/** Ended ones that a snapshot has, and that are kept beside them as more of them end. */
const FIRST_ENDED = 50;
const MAX_ENDED = 100;

export class TaskBook implements StateBook<Task> {
  readonly #daemon: Daemon;
  readonly #readers = new Set<StateReader>();
  #tasks = new Map<string, Task>();
  #isKnown = false;
  #stream: SteadyStream<'task.watch'> | undefined;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  get(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /** Newest first. */
  all(): readonly Task[] {
    return [...this.#tasks.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  }

  join(reader: StateReader): void {
    this.#readers.add(reader);
    if (this.#stream !== undefined) return;
    this.#stream = new SteadyStream({
      daemon: this.#daemon,
      method: 'task.watch',
      params: { limit: FIRST_ENDED },
      onItem: (item) => this.#apply(item),
    });
    this.#stream.open();
  }

  leave(reader: StateReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.close();
  }

  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#tasks.clear();
    this.#isKnown = false;
  }

  #apply(item: TaskWatchItem): void {
    if (item.kind === 'snapshot') {
      this.#tasks = new Map(item.tasks.map((task) => [task.id, task]));
      this.#isKnown = true;
      for (const reader of this.#readers) reader.onSnapshot();
      return;
    }
    this.#tasks.set(item.task.id, item.task);
    if (isFinal(item.task.state)) this.#forgetOldest();
    for (const reader of this.#readers) reader.onChange(item.task.id, false);
  }

  #forgetOldest(): void {
    const ended = this.all().filter(({ state }) => isFinal(state));
    for (const { id } of ended.slice(MAX_ENDED)) this.#tasks.delete(id);
  }
}
