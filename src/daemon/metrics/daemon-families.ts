/** Figures of torud itself. */

import { PLUGIN_STATES, type PluginStateName } from '../../protocol/plugin-state.ts';
import type { MetricFamily } from './open-metrics.ts';
import { LATENCY_BOUNDS_SECONDS, type RequestMeter } from './request-meter.ts';

export interface DaemonFigures {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly nowMs: number;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  readonly openDescriptors: number | undefined;
  /** What a turn of the event loop took just now. */
  readonly loopLagSeconds: number;
  /** Database file with its write-ahead log. */
  readonly databaseBytes: number;
  readonly connections: number;
  readonly requestsInFlight: number;
  /** Ids of the audit are never used twice, so the newest one counts the entries. */
  readonly auditEntries: number | undefined;
  readonly problems: number;
  readonly states: readonly PluginStateName[];
}

export function daemonFamilies(figures: DaemonFigures, meter: RequestMeter): readonly MetricFamily[] {
  const createdSeconds = figures.sinceMs / 1000;
  return [
    {
      name: 'toru_build_info',
      type: 'gauge',
      help: 'Version of torud; always 1',
      samples: [{ labels: { version: figures.version }, value: 1 }],
    },
    {
      name: 'toru_plugins',
      type: 'gauge',
      help: 'Plugins by state',
      samples: PLUGIN_STATES.map((state) => ({
        labels: { state },
        value: figures.states.filter((one) => one === state).length,
      })),
    },
    ...processFamilies(figures, createdSeconds),
    one(
      'toru_daemon_database_bytes',
      'State database with its write-ahead log',
      figures.databaseBytes,
      'bytes',
    ),
    one('toru_daemon_problems', 'What daemon status names as a problem', figures.problems),
    one('toru_daemon_connections', 'Open connections on the control socket', figures.connections),
    one('toru_daemon_requests_in_flight', 'Requests without their last answer', figures.requestsInFlight),
    {
      name: 'toru_daemon_audit_entries',
      type: 'counter',
      help: 'Changes that were asked for, denied ones included',
      samples: figures.auditEntries === undefined ? [] : [{ value: figures.auditEntries }],
    },
    ...requestFamilies(meter, createdSeconds),
  ];
}

function processFamilies(figures: DaemonFigures, createdSeconds: number): readonly MetricFamily[] {
  const { openDescriptors } = figures;
  return [
    one(
      'toru_daemon_uptime_seconds',
      'Age of this torud',
      Math.max(0, figures.nowMs - figures.sinceMs) / 1000,
      'seconds',
    ),
    one('toru_daemon_resident_memory_bytes', 'Resident memory of torud', figures.residentBytes, 'bytes'),
    {
      name: 'toru_daemon_cpu_seconds',
      type: 'counter',
      unit: 'seconds',
      help: 'User and system time of torud',
      samples: [{ value: figures.cpuSeconds }],
      createdSeconds,
    },
    ...(openDescriptors === undefined
      ? []
      : [one('toru_daemon_open_descriptors', 'Open file descriptors of torud', openDescriptors)]),
    one(
      'toru_daemon_event_loop_lag_seconds',
      'What a turn of the event loop of torud took while this was asked',
      figures.loopLagSeconds,
      'seconds',
    ),
  ];
}

function requestFamilies(meter: RequestMeter, createdSeconds: number): readonly MetricFamily[] {
  return [
    {
      name: 'toru_daemon_requests',
      type: 'counter',
      help: 'Requests of the control protocol by method and outcome, which is ok or the code of the error',
      samples: meter
        .outcomes()
        .flatMap(([method, outcomes]) =>
          [...outcomes].map(([outcome, value]) => ({ labels: { method, outcome }, value })),
        ),
      createdSeconds,
    },
    {
      name: 'toru_daemon_request_duration_seconds',
      type: 'histogram',
      unit: 'seconds',
      help: 'From a request to its answer; actions wait for the plugin, streams are not in it',
      bounds: LATENCY_BOUNDS_SECONDS,
      histograms: meter
        .latencies()
        .map(([method, { counts, sumSeconds }]) => ({ labels: { method }, counts, sum: sumSeconds })),
      createdSeconds,
    },
  ];
}

function one(name: string, help: string, value: number, unit?: string): MetricFamily {
  return { name, type: 'gauge', help, samples: [{ value }], ...(unit === undefined ? {} : { unit }) };
}
