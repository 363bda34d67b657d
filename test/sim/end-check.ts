/** What must hold once every fault is over and everything has come to rest. */

import type { RunEnd } from '../../src/daemon/store/records.ts';
import type { Stores } from '../../src/daemon/supervisor/runner-surroundings.ts';
import type { Supervisor } from '../../src/daemon/supervisor/supervisor.ts';
import type { PluginStatus } from '../../src/protocol/control/plugins.ts';
import type { Ledger } from './ledger.ts';
import { NEEDS, PLUGINS, restartOf } from './sim-catalog.ts';
import type { SimProcess, SimWorld } from './sim-process.ts';

export function checkEnd(supervisor: Supervisor, stores: Stores, world: SimWorld, ledger: Ledger): void {
  for (const id of PLUGINS) {
    const status = supervisor.status(id);
    if (status === undefined) ledger.violate(`${id}: torud does not know it`);
    else checkPlugin(status, supervisor, stores, world, ledger);
  }
  for (const process of world.processes) checkRun(process, stores, world, ledger);
}

function checkPlugin(
  status: PluginStatus,
  supervisor: Supervisor,
  stores: Stores,
  world: SimWorld,
  ledger: Ledger,
): void {
  const { id, state, wanted } = status;
  const living = world.living(id);
  const open = stores.runs.open().filter((run) => run.plugin === id);
  const record = stores.plugins.get(id);
  // After a boot `enabled` decides, and that is written with the next change.
  const isDecided = record?.wantedBootId === world.bootId;
  if (
    record !== undefined &&
    ((isDecided && record.wanted !== wanted) || record.enabled !== status.enabled)
  ) {
    ledger.violate(`${id}: the database says something else than torud`);
  }
  if (state === 'running') {
    if (wanted === 'down') ledger.violate(`${id}: runs although it is not wanted`);
    if (living[0]?.pid !== status.pid) ledger.violate(`${id}: shown pid ${status.pid}, is ${living[0]?.pid}`);
    if (open.length !== 1 || open[0]?.id !== living[0]?.runId) {
      ledger.violate(`${id}: runs ${open.map((run) => run.id)} are open, ${living[0]?.runId} lives`);
    }
    return;
  }
  if (living.length > 0) ledger.violate(`${id}: ${state}, but it lives`);
  if (open.length > 0) ledger.violate(`${id}: ${state}, but runs ${open.map((run) => run.id)} have no end`);
  if (state === 'waiting') checkWait(status, supervisor, ledger);
  else if (wanted === 'up' && !mayRest(status))
    ledger.violate(`${id}: ${state} (${status.reason}) although it is wanted`);
  if (wanted === 'down' && !['stopped', 'failed', 'exited'].includes(state)) {
    ledger.violate(`${id}: ${state} although it is not wanted`);
  }
}

/** What waits at the end waits for what a person has stopped, or what has ended for good; and so does that. */
function checkWait({ id, reason }: PluginStatus, supervisor: Supervisor, ledger: Ledger): void {
  const needs = (NEEDS[id] ?? []).map((plugin) => supervisor.status(plugin));
  const isBlocked = needs.some((status) => {
    if (status === undefined) return false;
    const { state, wanted, version } = status;
    const isOld = state === 'running' && version !== '1.0.0';
    return isOld || ['failed', 'exited'].includes(state) || wanted === 'down';
  });
  if (!isBlocked) ledger.violate(`${id}: waits (${reason}), and all that it needs could run`);
}

/** Ended in a way after which its policy asks for no restart. */
function mayRest({ id, state, lastExit }: PluginStatus): boolean {
  const { policy, noRestartCodes } = restartOf(id);
  if (policy === 'always' || lastExit === null) return false;
  if (state === 'exited') return lastExit.code === 0;
  return state === 'failed' && lastExit.code !== null && noRestartCodes.includes(lastExit.code);
}

function checkRun(process: SimProcess, stores: Stores, world: SimWorld, ledger: Ledger): void {
  const name = `${process.plugin}: run ${process.runId}`;
  const row = stores.runs.get(process.runId);
  if (row === undefined) {
    ledger.violate(`${name} is not in the database`);
    return;
  }
  if (row.plugin !== process.plugin) ledger.violate(`${name} is recorded as one of ${row.plugin}`);
  const isLive = world.living(process.plugin).includes(process);
  if (isLive) return;
  if (row.end === null) ledger.violate(`${name} has no end in the database`);
  else if (process.bootId === world.bootId) checkExit(process, row.end, ledger);
}

function checkExit(process: SimProcess, end: RunEnd, ledger: Ledger): void {
  const exit = process.events.find((event) => event.event === 'exited');
  if (exit === undefined) return;
  const is = `${end.exitCode} ${end.signal} ${end.endedAt}`;
  const should = `${exit.code} ${exit.signal} ${exit.at}`;
  if (is !== should)
    ledger.violate(`${process.plugin}: run ${process.runId} is recorded as ${is}, was ${should}`);
}
