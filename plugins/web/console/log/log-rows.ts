/** What a log shows: lines, and between them where a run began or something is missing. */

import type { LogLine } from '../../../../src/protocol/control/logs.ts';

/** toru-shim writes all of these; somebody else may have written other things into the file. */
export type LogEntry = Partial<LogLine> & { readonly message: string };

export type LogRow =
  | { readonly kind: 'line'; readonly key: number; readonly entry: LogEntry }
  /** From here on another run of that plugin writes. */
  | { readonly kind: 'run'; readonly key: number; readonly plugin: string; readonly run: number }
  /** So many lines came and are not shown. */
  | { readonly kind: 'skipped'; readonly key: number; readonly lines: number };

/** Makes rows of lines in the order in which they come, and remembers which run of each plugin was last. */
export class RowMaker {
  readonly #runs = new Map<string, number>();
  #key = 0;

  rowsOf(entries: readonly LogEntry[]): LogRow[] {
    const rows: LogRow[] = [];
    for (const entry of entries) {
      const { plugin = '', run } = entry;
      const before = this.#runs.get(plugin);
      if (run !== undefined && run !== before) {
        this.#runs.set(plugin, run);
        if (before !== undefined) rows.push({ kind: 'run', key: this.#nextKey(), plugin, run });
      }
      rows.push({ kind: 'line', key: this.#nextKey(), entry });
    }
    return rows;
  }

  skipped(lines: number): LogRow {
    return { kind: 'skipped', key: this.#nextKey(), lines };
  }

  #nextKey(): number {
    this.#key += 1;
    return this.#key;
  }
}

/** A line as it came over the wire; undefined for what is none. */
export function readEntry(value: unknown): LogEntry | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entry = value as Partial<LogEntry>;
  return { ...entry, message: typeof entry.message === 'string' ? entry.message : JSON.stringify(value) };
}
