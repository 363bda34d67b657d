/** A typed bus inside the daemon: who changes something publishes it, who shows it subscribes. Delivery is synchronous. */

import type { PluginEvent } from '../../protocol/control/events.ts';
import type { ScanResult } from '../../protocol/control/plugins.ts';
import type { TaskState } from '../../protocol/control/tasks.ts';

export interface BusMessages {
  /** A plugin's status is another one; read it from the supervisor. */
  'plugin-changed': { readonly id: string };
  'plugin-removed': { readonly id: string };
  /** An event was written to the store. */
  'event-written': PluginEvent;
  /** An entry was written to the audit; readers ask the store for it. */
  'audit-written': { readonly method: string };
  /** A task is another one, or new; read it from the tasks. */
  'task-changed': { readonly id: string; readonly state: TaskState };
  /** The catalogue is another one. */
  'catalog-changed': ScanResult;
}

type Listener<Message> = (message: Message) => void;

export class EventBus {
  readonly #listeners = new Map<keyof BusMessages, Set<Listener<never>>>();

  /** Returns the function that ends the subscription. */
  subscribe<Name extends keyof BusMessages>(name: Name, listener: Listener<BusMessages[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener<never>);
    return () => listeners.delete(listener as Listener<never>);
  }

  publish<Name extends keyof BusMessages>(name: Name, message: BusMessages[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])])
      (listener as Listener<BusMessages[Name]>)(message);
  }
}
