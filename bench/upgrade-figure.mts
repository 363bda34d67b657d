/** What clients see of an upgrade: one that connects anew for each request, and one that keeps its connection. */

import { join } from 'node:path';
import { ControlProbe, type ProbeReport } from '../test/rig/control-probe.ts';
import { BenchRoot, median } from './bench-root.mts';
import type { Figure } from './figures.mts';

const PLUGINS = 50;
const ROUNDS = 10;

/** Clients that ask every 5 ms while torud is replaced ten times with 50 plugins running. */
export async function upgrade(): Promise<readonly Figure[]> {
  const root = new BenchRoot();
  try {
    root.addSleepers(PLUGINS);
    root.startDaemon();
    root.toru('start', '--all');
    const pids = JSON.stringify(root.list().map(({ id, pid }) => [id, pid]));
    const rounds: (readonly ProbeReport[])[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(root));
    if (JSON.stringify(root.list().map(({ id, pid }) => [id, pid])) !== pids)
      throw new Error('an upgrade has changed the pid of a plugin');
    const all = rounds.flat();
    const slowest = rounds.map((reports) => Math.max(...reports.map(({ slowestMs }) => slowestMs)));
    const asked = all.reduce((sum, report) => sum + report.asked, 0);
    const again = all.reduce((sum, report) => sum + report.askedAgain, 0);
    return [
      {
        name: `upgrade, ${PLUGINS} plugins: requests refused or failed`,
        value: all.reduce((sum, { faults }) => sum + faults.length, 0),
        unit: '',
        atMost: 0,
        note: `of ${asked} in ${ROUNDS} upgrades; ${again} asked again on a new connection, as torud told them to`,
      },
      {
        name: `upgrade, ${PLUGINS} plugins: slowest request`,
        value: Math.max(...slowest),
        unit: 'ms',
        atMost: 400,
        note: `median of the slowest of each upgrade ${median(slowest).toFixed(0)} ms`,
      },
    ];
  } finally {
    root.close();
  }
}

/** `toru` is waited for in the same event loop as the clients ask in, so it must not be waited for synchronously. */
async function measure(root: BenchRoot): Promise<readonly ProbeReport[]> {
  const socket = join(root.folder, 'run/control.sock');
  const probes = [false, true].map((keepsConnection) => new ControlProbe(socket, keepsConnection));
  await root.toruLater('daemon', 'upgrade');
  return Promise.all(probes.map((probe) => probe.end()));
}
