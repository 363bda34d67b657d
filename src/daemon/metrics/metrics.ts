/** Gathers all figures when somebody asks; between two questions only the counters of requests are touched. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Metric, MetricsParams, MetricsResult } from '../../protocol/control/metrics.ts';
import type { ScheduleListResult } from '../../protocol/control/schedules.ts';
import type { Task } from '../../protocol/control/tasks.ts';
import type { Paths } from '../../protocol/paths.ts';
import { errnoOf, type Result } from '../../protocol/result.ts';
import { VERSION } from '../../protocol/version.ts';
import type { Clock } from '../base/clock.ts';
import { readProcess, TICKS_PER_SECOND } from '../base/process-identity.ts';
import { NO_TOTALS, type PluginTotals } from '../store/plugin-totals.ts';
import type { SupervisorApi } from '../supervisor/contract.ts';
import { type DaemonFigures, daemonFamilies } from './daemon-families.ts';
import { uptimeMs } from './host/host.ts';
import { type HostFacts, hostFamilies } from './host-families.ts';
import { lastSequence } from './live-lines.ts';
import { formatMetrics, type HistogramFamily, type MetricFamily } from './open-metrics.ts';
import { type PluginFigures, pluginFamilies } from './plugin-families.ts';
import type { RequestMeter } from './request-meter.ts';
import { scheduleFamilies } from './schedule-families.ts';
import { taskFamilies } from './task-families.ts';
import type { TaskMeter } from './task-meter.ts';

interface KvTotals {
  readonly keys: number;
  readonly bytes: number;
}

export interface MetricSources {
  readonly clock: Clock;
  readonly paths: Pick<Paths, 'databaseFile' | 'pluginLogFolder'>;
  readonly meter: RequestMeter;
  readonly supervisor: Pick<SupervisorApi, 'ids' | 'status'>;
  /** What of the store is needed; all of it is read in one go. */
  readonly store: {
    read<Value>(work: () => Value): Result<Value, unknown>;
    totals(): ReadonlyMap<string, PluginTotals>;
    kv(): ReadonlyMap<string, KvTotals>;
    lastStartMs(plugin: string): number | undefined;
    lastAuditId(): number;
  };
  readonly host: {
    look(): HostFacts['look'];
    readDisks(): Promise<HostFacts['disks']>;
  };
  readonly tasks: {
    readonly meter: TaskMeter;
    live(): readonly Pick<Task, 'state'>[];
  };
  readonly schedules: { list(count: number): Promise<ScheduleListResult> };
  /** Of torud itself. */
  readonly daemon: () => {
    readonly sinceMs: number;
    readonly connections: number;
    readonly requestsInFlight: number;
    readonly problems: number;
  };
}

/** What the store remembers; nothing of it while it cannot be read. */
interface Remembered {
  readonly totals: ReadonlyMap<string, PluginTotals>;
  readonly kv: ReadonlyMap<string, KvTotals>;
  readonly lastStartsMs: ReadonlyMap<string, number>;
  readonly auditEntries: number | undefined;
}

const NOTHING: Remembered = {
  totals: new Map(),
  kv: new Map(),
  lastStartsMs: new Map(),
  auditEntries: undefined,
};
const NO_KEYS: KvTotals = { keys: 0, bytes: 0 };

export class Metrics {
  readonly #sources: MetricSources;

  constructor(sources: MetricSources) {
    this.#sources = sources;
  }

  async ask({ format = 'openmetrics' }: MetricsParams): Promise<MetricsResult> {
    const loopLagSeconds = await loopLag();
    const disks = await this.#sources.host.readDisks();
    const host = { look: this.#sources.host.look(), uptimeMs: uptimeMs(), disks };
    const { schedules } = await this.#sources.schedules.list(1);
    const families = [
      ...this.#families(loopLagSeconds),
      ...scheduleFamilies(schedules),
      ...hostFamilies(host),
    ];
    if (format === 'json') return { text: '', metrics: families.filter(hasSamples).map(toMetric) };
    return { text: formatMetrics(families, format) };
  }

  #families(loopLagSeconds: number): readonly MetricFamily[] {
    const { supervisor, meter, tasks } = this.#sources;
    const ids = supervisor.ids();
    const remembered = this.#remember(ids);
    const plugins = ids.flatMap((id) => this.#plugin(id, remembered) ?? []);
    const figures = this.#daemon(plugins, remembered, loopLagSeconds);
    return [
      ...pluginFamilies(plugins),
      ...taskFamilies(tasks.live(), tasks.meter, figures.sinceMs),
      ...daemonFamilies(figures, meter),
    ];
  }

  #remember(ids: readonly string[]): Remembered {
    const { store } = this.#sources;
    const found = store.read(() => ({
      totals: store.totals(),
      kv: store.kv(),
      lastStartsMs: new Map(
        ids.flatMap((id) => {
          const lastMs = store.lastStartMs(id);
          return lastMs === undefined ? [] : [[id, lastMs] as const];
        }),
      ),
      auditEntries: store.lastAuditId(),
    }));
    return found.ok ? found.value : NOTHING;
  }

  #plugin(id: string, remembered: Remembered): PluginFigures | undefined {
    const status = this.#sources.supervisor.status(id);
    if (status === undefined) return undefined;
    const { pid, runId } = status;
    const log = join(this.#sources.paths.pluginLogFolder, `${id}.log`);
    return {
      status,
      totals: remembered.totals.get(id) ?? NO_TOTALS,
      liveCpuSeconds: pid === null ? 0 : (readProcess(pid)?.cpuTicks ?? 0) / TICKS_PER_SECOND,
      liveLines: runId === null ? 0 : (lastSequence(log, runId) ?? 0),
      lastStartMs: remembered.lastStartsMs.get(id),
      kv: remembered.kv.get(id) ?? NO_KEYS,
    };
  }

  #daemon(plugins: readonly PluginFigures[], remembered: Remembered, loopLagSeconds: number): DaemonFigures {
    const { clock, paths, daemon } = this.#sources;
    const { user, system } = process.cpuUsage();
    return {
      ...daemon(),
      version: VERSION,
      nowMs: clock.now(),
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1_000_000,
      openDescriptors: openDescriptors(),
      loopLagSeconds,
      databaseBytes: sizeOf(paths.databaseFile) + sizeOf(`${paths.databaseFile}-wal`),
      auditEntries: remembered.auditEntries,
      states: plugins.map(({ status }) => status.state),
    };
  }
}

/** Seconds from now until the event loop has gone round once. */
function loopLag(): Promise<number> {
  const askedAt = performance.now();
  return new Promise((resolve) => setImmediate(() => resolve((performance.now() - askedAt) / 1000)));
}

/** Without the one that the look itself needs; undefined where none is left for it. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function hasSamples(family: MetricFamily): boolean {
  return (family.type === 'histogram' ? family.histograms : family.samples).length > 0;
}

function toMetric(family: MetricFamily): Metric {
  const { name, type, help, unit = null } = family;
  const samples =
    family.type === 'histogram'
      ? distributions(family)
      : family.samples.map(({ labels = {}, value }) => ({ labels, value }));
  return { name, type, unit, help, samples };
}

function distributions({ bounds, histograms }: HistogramFamily): Metric['samples'] {
  return histograms.map(({ labels = {}, counts, sum }) => {
    let count = 0;
    const buckets = [...bounds, null].map((le, at) => {
      count += counts[at] ?? 0;
      return { le, count };
    });
    return { labels, buckets, count, sum };
  });
}
