/** What the screens know of torud and its plugins, kept up to date by one subscription. Pure. */

import type { Welcome } from '../../client/control-client.ts';
import type { DaemonStatus } from '../../protocol/control/daemon.ts';
import type { PluginStatus, UsageRow, WatchItem } from '../../protocol/control/plugins.ts';
import type { PluginStateName } from '../../protocol/plugin-state.ts';
import { type SteadyHost, steadyCpu, steadyHost, steadyMemory } from './steady.ts';

/** Seconds of which the sparklines tell. */
export const HISTORY_SECONDS = 60;

export interface Watched {
  readonly plugin: PluginStatus;
  /** On the clock of this process, monotonic: when the numbers of `plugin` were right. */
  readonly atMs: number;
  /** Processor time in percent of one core, the newest last; at most one a second. */
  readonly cpuHistory: readonly number[];
  readonly memoryHistory: readonly number[];
  /** The figures as they are shown: without jitter. Undefined before the first sample. */
  readonly steadyCpuPercent?: number | null;
  readonly steadyMemoryBytes?: number | null;
}

export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly welcome: Welcome; readonly back?: Back }
  /**
   * torud is away since `sinceMs` (monotonic); what is shown is what was known then. Silent: the connection stands, but
   * nothing comes.
   */
  | { readonly kind: 'away'; readonly sinceMs: number; readonly isSilent?: boolean };

/** That torud was not there until just now. */
export interface Back {
  readonly awayMs: number;
  /** What the torud before said of itself. */
  readonly before: Welcome | undefined;
  /** True when it was there, but did not answer. */
  readonly wasSilent: boolean;
}

export interface Model {
  readonly host: string;
  /** Options that say which torud is meant: `--root /srv/a`; they belong to every command that is shown. */
  readonly meant?: readonly string[];
  readonly connection: Connection;
  /** Known once the first connection was made. */
  readonly welcome: Welcome | undefined;
  /** What it said of itself; undefined until it was asked. */
  readonly daemon?: DaemonStatus | undefined;
  readonly usage: SteadyHost | undefined;
  /** How many samples of usage have come: where the parts of the sparklines begin. */
  readonly samples?: number;
  /** By id. */
  readonly plugins: ReadonlyMap<string, Watched>;
  /** False before the first snapshot. */
  readonly isLoaded: boolean;
}

export function newModel(host: string): Model {
  return {
    host,
    connection: { kind: 'connecting' },
    welcome: undefined,
    usage: undefined,
    plugins: new Map(),
    isLoaded: false,
  };
}

/** @param nowMs monotonic */
export function onWatched(model: Model, item: WatchItem, nowMs: number): Model {
  switch (item.kind) {
    case 'snapshot': {
      const plugins = new Map(
        item.plugins.map((plugin) => [plugin.id, watch(model.plugins.get(plugin.id), plugin, nowMs)]),
      );
      return { ...model, plugins, isLoaded: true };
    }
    case 'plugin': {
      const plugins = new Map(model.plugins);
      plugins.set(item.plugin.id, watch(plugins.get(item.plugin.id), item.plugin, nowMs));
      return { ...model, plugins };
    }
    case 'removed': {
      const plugins = new Map(model.plugins);
      plugins.delete(item.id);
      return { ...model, plugins };
    }
    case 'usage': {
      const usage = steadyHost(model.usage, item.host, nowMs);
      const rows = new Map(item.rows.map((row) => [row[0], row]));
      const plugins = new Map<string, Watched>();
      for (const [id, known] of model.plugins) plugins.set(id, sampled(known, rows.get(id)));
      return { ...model, plugins, usage, samples: (model.samples ?? 0) + 1 };
    }
  }
}

/** A row that is left out says that nothing has changed. */
function sampled(known: Watched, row: UsageRow | undefined): Watched {
  const [, cpuPercent = null, memoryBytes = null] = row ?? [
    '',
    known.plugin.cpuPercent,
    known.plugin.memoryBytes,
  ];
  const cpuHistory = pushed(known.cpuHistory, cpuPercent ?? 0);
  const memoryHistory = pushed(known.memoryHistory, memoryBytes ?? 0);
  return {
    ...known,
    plugin: row === undefined ? known.plugin : { ...known.plugin, cpuPercent, memoryBytes },
    cpuHistory,
    memoryHistory,
    steadyCpuPercent: steadyCpu(known.steadyCpuPercent, cpuPercent, cpuHistory),
    steadyMemoryBytes: steadyMemory(known.steadyMemoryBytes, memoryBytes, memoryHistory),
  };
}

function watch(known: Watched | undefined, plugin: PluginStatus, atMs: number): Watched {
  // Between two runs the old figures are of another process.
  const isSameRun = known?.plugin.runId === plugin.runId;
  const numbers = isSameRun && known !== undefined ? usageOf(known.plugin) : {};
  return {
    plugin: { ...plugin, ...numbers },
    atMs,
    cpuHistory: known?.cpuHistory ?? [],
    memoryHistory: known?.memoryHistory ?? [],
    ...(isSameRun && known !== undefined ? steadyOf(known) : {}),
  };
}

function usageOf({ cpuPercent, memoryBytes }: PluginStatus): Partial<PluginStatus> {
  return { cpuPercent, memoryBytes };
}

function steadyOf({ steadyCpuPercent = null, steadyMemoryBytes = null }: Watched): Partial<Watched> {
  return { steadyCpuPercent, steadyMemoryBytes };
}

function pushed(history: readonly number[], value: number): readonly number[] {
  return [...history.slice(-(HISTORY_SECONDS - 1)), value];
}

/** Uptime now: it grows between two reports. */
export function uptimeMs({ plugin, atMs }: Watched, nowMs: number): number | null {
  return plugin.uptimeMs === null ? null : plugin.uptimeMs + (nowMs - atMs);
}

/** It runs, but its health check says no. */
export function isUnhealthy({ state, health }: PluginStatus): boolean {
  return state === 'running' && health === 'unhealthy';
}

export interface Totals {
  readonly running: number;
  readonly backoff: number;
  readonly failed: number;
  readonly invalid: number;
  /** They count as running as well. */
  readonly unhealthy: number;
  readonly all: number;
}

/** By the states that `toru list` shows. */
export function totals(model: Model): Totals {
  const plugins = [...model.plugins.values()].map(({ plugin }) => plugin);
  const count = (state: PluginStateName): number => plugins.filter((one) => one.state === state).length;
  return {
    running: count('running'),
    backoff: count('backoff'),
    failed: count('failed'),
    invalid: count('invalid'),
    unhealthy: plugins.filter(isUnhealthy).length,
    all: plugins.length,
  };
}
