/** All rows of one plugin in the state database, for one that is removed with everything. */

import { failure, type Result, success } from '../../protocol/result.ts';
import { type Clock, formatTime } from '../base/clock.ts';
import type { EventBus } from '../base/event-bus.ts';
import type { AskedChange } from '../catalog/asked-change.ts';
import type { KvStore } from '../data/kv.ts';
import { ranText } from './actor-text.ts';
import type { Stores } from './runner-surroundings.ts';
import type { StateWriter } from './state-writer.ts';

export class PluginRows {
  readonly #stores: Stores;
  readonly #kv: KvStore;
  readonly #writer: StateWriter;
  readonly #bus: EventBus;
  readonly #clock: Clock;

  constructor(stores: Stores, kv: KvStore, writer: StateWriter, bus: EventBus, clock: Clock) {
    this.#stores = stores;
    this.#kv = kv;
    this.#writer = writer;
    this.#bus = bus;
    this.#clock = clock;
  }

  has(id: string): boolean {
    return this.#writer.read(() => this.#stores.plugins.get(id)) !== undefined;
  }

  /** Its one event that stays is the removal itself. Failure: one line. */
  clear(id: string, change: AskedChange): Result<void, string> {
    const keys = this.#kv.clear(id);
    if (!keys.ok) return failure(keys.failure.message);
    const { plugins, runs, crashes, events } = this.#stores;
    const { type, verb, subject, actor, details } = change;
    const at = formatTime(this.#clock.now());
    const reason = ranText(actor, verb, subject);
    const done = this.#writer.commit(() => {
      for (const table of [runs, crashes, events]) table.forget(id);
      plugins.remove(id);
      const event = events.append({ at, plugin: id, type, reason, actor, details });
      return () => this.#bus.publish('event-written', event);
    });
    return done.ok ? success(undefined) : failure(done.failure.message);
  }
}
