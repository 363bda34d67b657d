/** A control server with as many plugins as are asked for, whose rows change as fast as is asked for. */

import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../src/daemon/base/clock.ts';
import type { PluginStatus, UsageRow, WatchItem } from '../src/protocol/control/plugins.ts';
import { resolvePaths } from '../src/protocol/paths.ts';
import { success } from '../src/protocol/result.ts';
import { type ServerRig, startServer } from '../test/rig/control-server.ts';

export interface WatchedParts {
  readonly plugins: number;
  /** So many of them change their state every so often. */
  readonly changing: number;
  readonly everyMs: number;
}

/** Each second the figures of all plugins are others. */
const USAGE_MS = 1_000;
const GIB = 1024 ** 3;

export function serveWatched(parts: WatchedParts): Promise<ServerRig> {
  const all = Array.from({ length: parts.plugins }, (_, index) => statusOf(index, 0));
  const since = new Date().toISOString();
  return startServer(
    {
      'plugin.watch': async function* (_params, _caller, signal) {
        yield { kind: 'snapshot', plugins: all } satisfies WatchItem;
        let usageAtMs = performance.now();
        for (let round = 1; !signal.aborted; round += 1) {
          for (let index = 0; index < parts.changing; index += 1)
            yield { kind: 'plugin', plugin: statusOf(index, round) } satisfies WatchItem;
          if (performance.now() >= usageAtMs) {
            usageAtMs += USAGE_MS;
            yield usageOf(parts.plugins, round);
          }
          await pause(parts.everyMs);
        }
        return success({});
      },
      'daemon.status': async () =>
        success({
          daemon: {
            version: '1.0.0',
            pid: process.pid,
            since,
            instanceId: '00000000-0000-4000-8000-000000000000',
            protocol: { control: 1, plugin: 1 },
            plugins: { total: parts.plugins, running: parts.plugins, failed: 0 },
            paths: resolvePaths({ uid: 0, env: {} }),
            memoryBytes: 0,
            problems: [],
          },
        }),
    },
    { clock: systemClock },
  );
}

function usageOf(count: number, round: number): WatchItem {
  const rows = Array.from(
    { length: count },
    (_, index): UsageRow => [
      idOf(index),
      ((index + round) % 40) * 2.5,
      (50 + ((index + round) % 20)) * 1024 ** 2,
    ],
  );
  return {
    kind: 'usage',
    rows,
    host: { load: 0.4, memoryUsedBytes: 3 * GIB, memoryTotalBytes: 16 * GIB },
  };
}

function idOf(index: number): string {
  return `plugin-${String(index).padStart(3, '0')}`;
}

function statusOf(index: number, restarts: number): PluginStatus {
  return {
    id: idOf(index),
    name: `Plugin ${index}`,
    version: '1.0.0',
    description: 'one of many',
    runtime: 'process',
    state: 'running',
    enabled: true,
    wanted: 'up',
    health: 'unknown',
    pid: 10_000 + index,
    runId: index,
    since: '2026-01-01T00:00:00.000000Z',
    uptimeMs: 86_400_000,
    restarts,
    nextRestartAt: null,
    reason: 'started by root',
    actor: null,
    memoryBytes: 50 * 1024 ** 2,
    cpuPercent: 1,
    linesLost: 0,
    lastCrash: null,
    lastExit: null,
    problems: [],
    dependencies: [],
    neededBy: [],
    groups: [],
  };
}
