/** What the connection tells, kept for components: all plugins as they are now, and whether that is still so. */

import type { HostUsage, UsageRow } from '../../../../src/protocol/control/plugins.ts';
import type { Plugin } from '../api/answer-types.ts';
import { withSafeTexts } from '../api/safe-texts.ts';
import type { LinkState, ServerMessage } from './messages.ts';

/** A plugin, and when its process began by the clock of this browser: uptimes grow without messages. */
export interface LivePlugin extends Plugin {
  readonly startedAtMs: number | null;
}

export interface Live {
  /** Sorted by id; undefined: not yet known. While `away`, as it was. */
  readonly plugins: readonly LivePlugin[] | undefined;
  readonly state: 'connecting' | 'live' | 'away';
  /** Of `away`: who does not answer. */
  readonly missing: 'torud' | 'web' | undefined;
  /** Load and memory of the machine; undefined: not yet known. */
  readonly host: HostUsage | undefined;
}

/** Changes that come close together are shown together, in milliseconds. */
const GATHER_MS = 40;

export class LiveStore {
  #live: Live = { plugins: undefined, state: 'connecting', missing: undefined, host: undefined };
  readonly #plugins = new Map<string, LivePlugin>();
  readonly #readers = new Set<() => void>();
  #isKnown = false;
  #host: HostUsage | undefined;
  #link: LinkState = 'connecting';
  #isDaemonThere = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly current = (): Live => this.#live;

  /** Answers what ends it. */
  readonly watch = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  };

  setLink(link: LinkState): void {
    this.#link = link;
    // What of torud is true, the next connection says.
    this.#isDaemonThere = true;
    this.#publishSoon();
  }

  /** A message of the topics `plugins` and `usage`. */
  apply(message: ServerMessage): void {
    switch (message.type) {
      case 'snapshot':
        this.#plugins.clear();
        for (const plugin of message.plugins ?? []) this.#put(plugin);
        this.#isKnown = true;
        break;
      case 'plugin':
        if (typeof message.plugin === 'object') this.#put(message.plugin);
        break;
      case 'removed':
        if (typeof message.plugin === 'string') this.#plugins.delete(message.plugin);
        break;
      case 'usage':
        for (const row of message.rows ?? []) this.#measure(row);
        this.#host = message.host ?? this.#host;
        break;
      case 'daemon':
        this.#isDaemonThere = message.isThere === true;
        break;
      default:
        return;
    }
    this.#publishSoon();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #put(told: Plugin): void {
    const plugin = withSafeTexts(told);
    const { uptimeMs } = plugin;
    const before = this.#plugins.get(plugin.id);
    // A clock that is read twice for one process would make its uptime jump about.
    const isSameRun = before !== undefined && before.runId === plugin.runId && before.startedAtMs !== null;
    const startedAtMs = uptimeMs === null ? null : isSameRun ? before.startedAtMs : Date.now() - uptimeMs;
    this.#plugins.set(plugin.id, { ...plugin, startedAtMs });
  }

  #measure([id, cpuPercent, memoryBytes]: UsageRow): void {
    const plugin = this.#plugins.get(id);
    if (plugin !== undefined) this.#plugins.set(id, { ...plugin, cpuPercent, memoryBytes });
  }

  #publishSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#publish();
    }, GATHER_MS);
  }

  #publish(): void {
    const missing = this.#link === 'lost' ? 'web' : this.#isDaemonThere ? undefined : 'torud';
    const state =
      missing !== undefined ? 'away' : this.#isKnown && this.#link === 'open' ? 'live' : 'connecting';
    const sorted = [...this.#plugins.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
    this.#live = { plugins: this.#isKnown ? sorted : undefined, state, missing, host: this.#host };
    for (const reader of [...this.#readers]) reader();
  }
}
