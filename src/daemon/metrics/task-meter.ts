/** How many tasks have ended, and how long they took, since torud was started. */

import type { Task, TaskState } from '../../protocol/control/tasks.ts';
import type { EventBus } from '../base/event-bus.ts';

/** Upper bounds in seconds: from a script that only looks to one that takes the night. */
export const DURATION_BOUNDS_SECONDS: readonly number[] = [0.1, 1, 10, 60, 600, 3600, 21_600];
export const ENDED_STATES = ['done', 'failed', 'cancelled', 'lost'] as const satisfies readonly TaskState[];
export type EndedState = (typeof ENDED_STATES)[number];

/** An end may be told again for as long as it is not stored. */
const REMEMBERED_ENDS = 1_000;

export class TaskMeter {
  readonly #get: (id: string) => Pick<Task, 'durationMs'> | undefined;
  readonly #counted = new Set<string>();
  readonly #ended = new Map<EndedState, number>();
  /** Within each bound, not cumulated; the last one counts those over all bounds. */
  readonly counts = new Uint32Array(DURATION_BOUNDS_SECONDS.length + 1);
  sumSeconds = 0;

  /** @param get a task as it is; undefined when it cannot be read now */
  constructor(bus: Pick<EventBus, 'subscribe'>, get: (id: string) => Pick<Task, 'durationMs'> | undefined) {
    this.#get = get;
    bus.subscribe('task-changed', ({ id, state }) => {
      if (isEnded(state)) this.#onEnded(id, state);
    });
  }

  ended(state: EndedState): number {
    return this.#ended.get(state) ?? 0;
  }

  #onEnded(id: string, state: EndedState): void {
    if (this.#counted.has(id)) return;
    this.#counted.add(id);
    if (this.#counted.size > REMEMBERED_ENDS) {
      const [oldest = ''] = this.#counted;
      this.#counted.delete(oldest);
    }
    this.#ended.set(state, this.ended(state) + 1);
    const durationMs = this.#get(id)?.durationMs ?? null;
    // It was never begun.
    if (durationMs === null) return;
    const seconds = durationMs / 1000;
    const found = DURATION_BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const at = found === -1 ? DURATION_BOUNDS_SECONDS.length : found;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sumSeconds += seconds;
  }
}

function isEnded(state: TaskState): state is EndedState {
  return (ENDED_STATES as readonly TaskState[]).includes(state);
}
