/**
 * Table `plugin_totals`: what a plugin has done in all, also in runs and crashes that are no longer kept. Triggers of
 * the schema count; nothing but a purge of the plugin, or a database that had to be made anew, begins again at 0.
 */

import { CRASH_CAUSES, type CrashCause } from '../../protocol/control/crashes.ts';
import type { Database } from './database.ts';

export interface PluginTotals {
  /** Automatic restarts. */
  readonly restarts: number;
  /** Ended runs, also those that nobody asked for. */
  readonly endedRuns: number;
  /** Log lines of ended runs. */
  readonly lines: number;
  /** User and system time of ended runs, in milliseconds. */
  readonly cpuMs: number;
  readonly crashes: Readonly<Partial<Record<CrashCause, number>>>;
}

interface Row {
  readonly plugin_id: string;
  readonly kind: string;
  readonly total: number;
}

export const NO_TOTALS: PluginTotals = { restarts: 0, endedRuns: 0, lines: 0, cpuMs: 0, crashes: {} };

export class PluginTotalsStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** By plugin id, in one query; a plugin without an entry has never done anything. */
  all(): ReadonlyMap<string, PluginTotals> {
    const byPlugin = new Map<string, Map<string, number>>();
    for (const { plugin_id, kind, total } of this.#db.rows<Row>('SELECT * FROM plugin_totals')) {
      const kinds = byPlugin.get(plugin_id) ?? new Map<string, number>();
      byPlugin.set(plugin_id, kinds.set(kind, total));
    }
    return new Map([...byPlugin].map(([plugin, kinds]) => [plugin, toTotals(kinds)]));
  }
}

function toTotals(kinds: ReadonlyMap<string, number>): PluginTotals {
  const of = (kind: string): number => kinds.get(kind) ?? 0;
  const crashes = CRASH_CAUSES.flatMap((cause) => {
    const count = kinds.get(`crash:${cause}`);
    return count === undefined ? [] : [[cause, count] as const];
  });
  return {
    restarts: of('restarts'),
    endedRuns: of('runs'),
    lines: of('lines'),
    cpuMs: of('cpu_ms'),
    crashes: Object.fromEntries(crashes),
  };
}
