/** A process of its own with a control server in it, whose memory can be asked for. Forked by tests; see control-hostile. */

import { readFileSync, writeFileSync } from 'node:fs';
import { systemClock } from '../../src/daemon/base/clock.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import { success } from '../../src/protocol/result.ts';
import { startServer } from './control-server.ts';

const PLUGINS = 100;

function status(index: number): PluginStatus {
  return {
    id: `plugin-${index}`,
    name: `Plugin ${index}`,
    version: '1.0.0',
    description: 'one of many plugins that a list is made of',
    runtime: 'process',
    state: 'running',
    enabled: true,
    wanted: 'up',
    health: 'unknown',
    pid: 1000 + index,
    runId: index,
    since: '2026-01-01T00:00:00.000000Z',
    uptimeMs: 1,
    restarts: 0,
    nextRestartAt: null,
    reason: 'started by root',
    actor: null,
    memoryBytes: 1,
    cpuPercent: 0,
    linesLost: 0,
    lastCrash: null,
    lastExit: null,
    problems: [],
    dependencies: [],
    neededBy: [],
    groups: [],
  };
}

const lines = Array.from({ length: 64 }, (_, index) => `{"message":"${String(index).repeat(400)}"}`);

const rig = await startServer(
  {
    'plugin.list': async () =>
      success({ plugins: Array.from({ length: PLUGINS }, (_, index) => status(index)), errors: [] }),
    'log.read': async function* (_params, _caller, signal) {
      for (let cursor = 0; !signal.aborted; cursor++) yield { lines, cursor: String(cursor) };
      return success({ linesLost: 0 });
    },
    'event.read': async function* (_params, _caller, signal) {
      yield { events: [] };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return success({});
    },
  },
  { clock: systemClock },
);

function residentKib(field: 'VmRSS' | 'VmHWM'): number {
  const match = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(match?.[1]);
}

process.on('message', (question) => {
  if (question === 'mark') {
    globalThis.gc?.();
    // Sets VmHWM back to VmRSS (proc(5)).
    writeFileSync('/proc/self/clear_refs', '5');
  }
  if (question === 'settle') globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({
    residentBytes: residentKib('VmRSS') * 1024,
    peakBytes: residentKib('VmHWM') * 1024,
    liveBytes: heapUsed + external,
    connections: rig.server.connectionCount,
    stalled: rig.log.filter((row) => row.event === 'control-client-stalled').length,
    faults: rig.log.filter((row) => row.event === 'control-fault').length,
  });
});
process.on('disconnect', async () => {
  await rig[Symbol.asyncDispose]();
  process.exit(0);
});
process.send?.({ socketPath: rig.socketPath });
