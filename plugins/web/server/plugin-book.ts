/**
 * What is known of each plugin now, by the items of `plugin.watch`. While torud is away the last word counts.
 * torud says how long a process has run when its state changes, not again while time goes by: that grows here.
 */

import type { PluginStatus, WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { StateBook, StateReader } from './state-book.ts';

/** An uptime is told anew when it is older than this, in milliseconds; within it all who ask get the same object. */
const FRESH_MS = 1_000;

interface Noted {
  readonly plugin: PluginStatus;
  /** When `plugin.uptimeMs` was right, by the clock of the book. */
  readonly atMs: number;
}

export class PluginBook implements StateBook<PluginStatus> {
  #plugins = new Map<string, Noted>();
  #isKnown = false;
  readonly #readers = new Set<StateReader>();
  readonly #nowMs: () => number;

  /** @param nowMs monotonic, in milliseconds */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  apply(item: WatchItem): void {
    switch (item.kind) {
      case 'snapshot':
        this.#plugins = new Map(item.plugins.map((plugin) => [plugin.id, this.#noted(plugin)]));
        this.#isKnown = true;
        for (const reader of this.#readers) reader.onSnapshot();
        return;
      case 'plugin':
        this.#plugins.set(item.plugin.id, this.#noted(item.plugin));
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
    const noted = this.#plugins.get(id);
    return noted === undefined ? undefined : this.#grown(id, noted);
  }

  all(): Iterable<PluginStatus> {
    return [...this.#plugins].map(([id, noted]) => this.#grown(id, noted));
  }

  join(reader: StateReader): void {
    this.#readers.add(reader);
  }

  leave(reader: StateReader): void {
    this.#readers.delete(reader);
  }

  #noted(plugin: PluginStatus): Noted {
    return { plugin, atMs: this.#nowMs() };
  }

  /** The plugin with its uptime of now. */
  #grown(id: string, { plugin, atMs }: Noted): PluginStatus {
    const { uptimeMs } = plugin;
    const passedMs = this.#nowMs() - atMs;
    if (uptimeMs === null || passedMs < FRESH_MS) return plugin;
    const grown = this.#noted({ ...plugin, uptimeMs: Math.round(uptimeMs + passedMs) });
    this.#plugins.set(id, grown);
    return grown.plugin;
  }
}
