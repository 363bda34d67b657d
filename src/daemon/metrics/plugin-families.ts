/** Figures of each plugin. */

import { CRASH_CAUSES } from '../../protocol/control/crashes.ts';
import type { PluginStatus } from '../../protocol/control/plugins.ts';
import { PLUGIN_STATES } from '../../protocol/plugin-state.ts';
import type { PluginTotals } from '../store/plugin-totals.ts';
import type { Labels, MetricFamily, Sample } from './open-metrics.ts';

/** One plugin, as it is now and as the store remembers it. */
export interface PluginFigures {
  readonly status: PluginStatus;
  readonly totals: PluginTotals;
  /** Of the live run's main process; 0 without one. */
  readonly liveCpuSeconds: number;
  /** Of the live run; 0 without one. */
  readonly liveLines: number;
  /** From the start to ready of the newest run that was ready. */
  readonly lastStartMs: number | undefined;
  readonly kv: { readonly keys: number; readonly bytes: number };
}

export function pluginFamilies(plugins: readonly PluginFigures[]): readonly MetricFamily[] {
  const each = (value: (plugin: PluginFigures) => number | null | undefined): Sample[] =>
    plugins.flatMap((plugin) => {
      const found = value(plugin);
      return found === null || found === undefined ? [] : [{ labels: labelsOf(plugin), value: found }];
    });
  return [
    {
      name: 'toru_plugin_info',
      type: 'gauge',
      help: 'What a plugin is; always 1',
      samples: plugins.map((plugin) => ({
        labels: { ...labelsOf(plugin), version: plugin.status.version, runtime: plugin.status.runtime },
        value: 1,
      })),
    },
    {
      name: 'toru_plugin_state',
      type: 'gauge',
      help: 'State of a plugin: 1 for the one that it is in, 0 for the others',
      samples: plugins.flatMap((plugin) =>
        PLUGIN_STATES.map((state) => ({
          labels: { ...labelsOf(plugin), state },
          value: plugin.status.state === state ? 1 : 0,
        })),
      ),
    },
    gauge(
      'toru_plugin_enabled',
      'Whether a plugin starts with the machine',
      each(({ status }) => Number(status.enabled)),
    ),
    gauge(
      'toru_plugin_healthy',
      'Whether a plugin says that it is healthy; absent while it has not said anything',
      each(({ status: { health } }) => (health === 'unknown' ? undefined : Number(health === 'healthy'))),
    ),
    ...counters(plugins, each),
    ...measures(each),
  ];
}

type Each = (value: (plugin: PluginFigures) => number | null | undefined) => Sample[];

function counters(plugins: readonly PluginFigures[], each: Each): readonly MetricFamily[] {
  return [
    {
      name: 'toru_plugin_restarts',
      type: 'counter',
      help: 'Automatic restarts of a plugin',
      samples: each(({ totals }) => totals.restarts),
    },
    {
      name: 'toru_plugin_crashes',
      type: 'counter',
      help: 'Crashes of a plugin by cause',
      samples: plugins.flatMap((plugin) =>
        CRASH_CAUSES.map((cause) => ({
          labels: { ...labelsOf(plugin), cause },
          value: plugin.totals.crashes[cause] ?? 0,
        })),
      ),
    },
    {
      name: 'toru_plugin_cpu_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'User and system time of all runs; of the live one that of its main process',
      samples: each(({ totals, liveCpuSeconds }) => totals.cpuMs / 1000 + liveCpuSeconds),
    },
    {
      name: 'toru_plugin_log_lines',
      type: 'counter',
      help: 'Lines that a plugin has logged in all runs; of the live one as its log says',
      samples: each(({ totals, liveLines }) => totals.lines + liveLines),
    },
    {
      name: 'toru_plugin_log_lines_lost',
      type: 'counter',
      help: 'Log lines that could not be written',
      samples: each(({ status }) => status.linesLost),
    },
  ];
}

function measures(each: Each): readonly MetricFamily[] {
  return [
    gauge(
      'toru_plugin_uptime_seconds',
      'Age of the process of a plugin; absent without one',
      each(({ status }) => status.uptimeMs && status.uptimeMs / 1000),
      'seconds',
    ),
    gauge(
      'toru_plugin_resident_memory_bytes',
      'Resident memory of the main process of a plugin; absent without one',
      each(({ status }) => status.memoryBytes),
      'bytes',
    ),
    gauge(
      'toru_plugin_start_duration_seconds',
      'From the start to ready, the last time that a plugin became ready',
      each(({ lastStartMs }) => lastStartMs && lastStartMs / 1000),
      'seconds',
    ),
    gauge(
      'toru_plugin_kv_keys',
      'Keys in the store of a plugin',
      each(({ kv }) => kv.keys),
    ),
    gauge(
      'toru_plugin_kv_bytes',
      'Keys and values in the store of a plugin',
      each(({ kv }) => kv.bytes),
      'bytes',
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[], unit?: string): MetricFamily {
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) };
}

function labelsOf({ status }: PluginFigures): Labels {
  return { plugin: status.id };
}
