/** What is known of each plugin now, by the items of `plugin.watch`. While torud is away the last word counts. */

import type { PluginStatus, WatchItem } from '../../../src/protocol/control/plugins.ts';

export class PluginBook {
  #plugins = new Map<string, PluginStatus>();

  apply(item: WatchItem): void {
    switch (item.kind) {
      case 'snapshot':
        this.#plugins = new Map(item.plugins.map((plugin) => [plugin.id, plugin]));
        return;
      case 'plugin':
        this.#plugins.set(item.plugin.id, item.plugin);
        return;
      case 'removed':
        this.#plugins.delete(item.id);
        return;
      case 'usage':
        return;
    }
  }

  get(id: string): PluginStatus | undefined {
    return this.#plugins.get(id);
  }
}
