/** What is known of each plugin now, by the items of `plugin.watch`. While torud is away the last word counts. */

import type { PluginStatus, WatchItem } from '../../../src/protocol/control/plugins.ts';

/** Who wants to know of changes. */
export interface PluginBookReader {
  /** All may be different now. */
  onSnapshot(): void;
  /** @param isCut states in between were left out */
  onChange(id: string, isCut: boolean): void;
}

export class PluginBook {
  #plugins = new Map<string, PluginStatus>();
  #isKnown = false;
  readonly #readers = new Set<PluginBookReader>();

  /** False until torud has said for the first time which plugins there are. */
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

  /** Tells the reader of changes, after they were made, until it leaves. */
  join(reader: PluginBookReader): void {
    this.#readers.add(reader);
  }

  leave(reader: PluginBookReader): void {
    this.#readers.delete(reader);
  }
}
