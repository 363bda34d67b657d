/** What is known of each plugin now, by the items of `plugin.watch`. While torud is away the last word counts. */

import type { PluginStatus, WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { StateBook, StateReader } from './state-book.ts';

export class PluginBook implements StateBook<PluginStatus> {
  #plugins = new Map<string, PluginStatus>();
  #isKnown = false;
  readonly #readers = new Set<StateReader>();

  get isKnown(): boolean {
    return this.#isKnown;
  }

  apply(item: WatchItem): void {
    switch (item.kind) {
      case 'snapshot':
        this.#plugins = new Map(item.plugins.map((plugin) => [plugin.id, plugin]));
        this.#isKnown = true;
        for (const reader of this.#readers) reader.onSnapshot();
        return;
      case 'plugin':
        this.#plugins.set(item.plugin.id, item.plugin);
        for (const reader of this.#readers) reader.onChange(item.plugin.id, item.isCut === true);
        return;
      case 'removed':
        this.#plugins.delete(item.id);
        for (const reader of this.#readers) reader.onChange(item.id, false);
        return;
      case 'usage':
        return;
    }
  }

  get(id: string): PluginStatus | undefined {
    return this.#plugins.get(id);
  }

  all(): Iterable<PluginStatus> {
    return this.#plugins.values();
  }

  join(reader: StateReader): void {
    this.#readers.add(reader);
  }

  leave(reader: StateReader): void {
    this.#readers.delete(reader);
  }
}
