/** Figures of processes and machine, and whether torud answers. torud is asked for them only while somebody wants to know. */

import type { HostUsage, UsageRow, WatchItem } from '../../../src/protocol/control/plugins.ts';
import type { Daemon } from './daemon.ts';
import { SteadyStream } from './steady-stream.ts';

const EVERY_MS = 2_000;

export interface UsageReader {
  onUsage(rows: readonly UsageRow[], host: HostUsage): void;
  onPresence(isThere: boolean): void;
}

export class UsageWatch {
  readonly #daemon: Daemon;
  readonly #readers = new Set<UsageReader>();
  readonly #rows = new Map<string, UsageRow>();
  #host: HostUsage | undefined;
  #stream: SteadyStream<'plugin.watch'> | undefined;
  /** undefined: torud has not been asked yet. */
  #isThere: boolean | undefined;

  constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** All that is known at once, then what changes, until the reader leaves. */
  join(reader: UsageReader): void {
    this.#readers.add(reader);
    if (this.#isThere !== undefined) reader.onPresence(this.#isThere);
    if (this.#host !== undefined) reader.onUsage([...this.#rows.values()], this.#host);
    if (this.#stream === undefined) this.#open();
  }

  leave(reader: UsageReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.close();
  }

  /** Everything that is known now. */
  rows(): readonly UsageRow[] {
    return [...this.#rows.values()];
  }

  close(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#isThere = undefined;
    this.#host = undefined;
    this.#rows.clear();
  }

  #open(): void {
    const stream = new SteadyStream({
      daemon: this.#daemon,
      method: 'plugin.watch',
      params: { all: true, usageEveryMs: EVERY_MS },
      // What comes of a stream that was closed meanwhile is of no use.
      onItem: (item) => {
        if (this.#stream === stream) this.#apply(item);
      },
      onAway: () => {
        if (this.#stream === stream) this.#setPresence(false);
      },
    });
    this.#stream = stream;
    stream.open();
  }

  #apply(item: WatchItem): void {
    this.#setPresence(true);
    if (item.kind === 'snapshot') this.#rows.clear();
    if (item.kind === 'removed') this.#rows.delete(item.id);
    if (item.kind !== 'usage') return;
    for (const row of item.rows) this.#rows.set(row[0], row);
    this.#host = item.host;
    for (const reader of [...this.#readers]) reader.onUsage(item.rows, item.host);
  }

  #setPresence(isThere: boolean): void {
    if (this.#isThere === isThere) return;
    this.#isThere = isThere;
    for (const reader of [...this.#readers]) reader.onPresence(isThere);
  }
}
