/**
 * What a starting torud finds: what is wanted (the database) and what is (the runs folder). A reboot, an upgrade and a
 * kill -9 are one path.
 */

import { formatTime } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { effectiveSettings } from '../catalog/effective-settings.ts';
import { listRuns, type RunName, readSpecValue, removeRunFiles, runFiles } from '../runs/run-files.ts';
import { planOf, type RunPlan } from '../runs/run-plan.ts';
import { NO_BOOT, type PluginRecord, type RunEnd, type RunRecord } from '../store/records.ts';
import type { Stores } from './runner-surroundings.ts';
import type { StateWriter } from './state-writer.ts';

export interface RecoveryInputs {
  readonly stores: Stores;
  readonly writer: StateWriter;
  readonly catalog: Catalog;
  readonly log: SupervisorLog;
  readonly runsFolder: string;
  readonly bootId: string;
  readonly nowMs: number;
}

export interface Recovered {
  readonly records: ReadonlyMap<string, PluginRecord>;
  /** Runs of this boot without an end, by plugin: to be adopted. */
  readonly openRuns: ReadonlyMap<string, RunRecord>;
  /** Above every id in the database and in the runs folder. */
  readonly nextRunId: number;
}

export function recover(inputs: RecoveryInputs): Recovered {
  const names = listRuns(inputs.runsFolder);
  closeRunsOfOtherBoots(inputs);
  restoreUnknownRuns(inputs, names);
  const openRuns = newestOpenRuns(inputs);
  removeRecordedRuns(inputs, names);
  const records = new Map<string, PluginRecord>();
  for (const record of inputs.stores.plugins.all()) {
    records.set(record.id, afterBoot(record, inputs));
  }
  const nextRunId = Math.max(0, inputs.stores.runs.lastId(), ...names.map((name) => name.runId)) + 1;
  return { records, openRuns, nextRunId };
}

/** After another boot `enabled` decides what is wanted, and nothing that was counted counts any more. */
function afterBoot(record: PluginRecord, inputs: RecoveryInputs): PluginRecord {
  if (record.wantedBootId === inputs.bootId) return record;
  if (record.wantedBootId === NO_BOOT) return { ...record, wanted: record.enabled ? 'up' : 'down' };
  return {
    ...record,
    wanted: record.enabled ? 'up' : 'down',
    wantedBootId: inputs.bootId,
    state: {
      name: record.state.name === 'failed' && !record.enabled ? 'failed' : 'stopped',
      since: formatTime(inputs.nowMs),
      reason: record.state.name === 'failed' ? record.state.reason : 'the machine was started',
      actor: { kind: 'boot' },
      nextRestartAt: null,
      restarts: 0,
    },
  };
}

/** No pid of another boot means anything: such runs ended with the machine, and nobody saw how. */
function closeRunsOfOtherBoots(inputs: RecoveryInputs): void {
  for (const run of inputs.stores.runs.open()) if (run.bootId !== inputs.bootId) closeAsLost(run, inputs);
}

/** A plugin has one run at a time; an older open one can only be left of a database that was set aside. */
function newestOpenRuns(inputs: RecoveryInputs): ReadonlyMap<string, RunRecord> {
  const newest = new Map<string, RunRecord>();
  for (const run of inputs.stores.runs.open()) {
    const older = newest.get(run.plugin);
    if (older !== undefined) closeAsLost(older, inputs);
    newest.set(run.plugin, run);
  }
  return newest;
}

function closeAsLost(run: RunRecord, inputs: RecoveryInputs): void {
  const end: RunEnd = {
    endedAt: formatTime(inputs.nowMs),
    cause: 'lost',
    exitCode: null,
    signal: null,
    coreDumped: false,
    peakMemoryBytes: null,
    cpuMs: null,
    lines: 0,
    linesLost: 0,
  };
  inputs.writer.record(() => {
    inputs.stores.runs.end(run.id, end);
    return undefined;
  });
}

/** Runs that live but that the database does not know: it was set aside and made anew. */
function restoreUnknownRuns(inputs: RecoveryInputs, names: readonly RunName[]): void {
  const { stores, writer, catalog, bootId, nowMs, log } = inputs;
  for (const name of names) {
    if (stores.runs.get(name.runId) !== undefined) continue;
    const entry = catalog.get(name.plugin);
    const found = entry === undefined ? planFromSpec(inputs.runsFolder, name) : planOf(entry);
    const { transport, command, settings, ...plan } = found;
    log.write('warning', 'run-restored', { plugin: name.plugin, runId: name.runId });
    writer.record(() => {
      stores.runs.ensureNextRunId(name.runId);
      stores.runs.begin({
        plugin: name.plugin,
        version: plan.version,
        digest: plan.digest,
        settings: { transport, command, settings },
        bootId,
        startedAt: formatTime(nowMs),
      });
      if (stores.plugins.get(name.plugin) === undefined)
        stores.plugins.save(restoredRecord(name.plugin, inputs));
      return undefined;
    });
  }
}

/** A plugin that runs while neither the database nor the plugin folder knows it: what its spec still says of it. */
function planFromSpec(runsFolder: string, name: RunName): RunPlan {
  const files = runFiles(runsFolder, name);
  const { settings } = effectiveSettings([]);
  const program = readSpecValue(files, 'arg') ?? '';
  const transport = readSpecValue(files, 'stdio') === undefined ? 'none' : 'stdio';
  return { plugin: name.plugin, transport, command: [program], version: '', digest: '', settings };
}

/** A plugin that runs was wanted; whether it was enabled nobody knows any more. */
function restoredRecord(id: string, inputs: RecoveryInputs): PluginRecord {
  return {
    id,
    enabled: false,
    enabledActor: null,
    enabledAt: null,
    wanted: 'up',
    wantedBootId: inputs.bootId,
    state: {
      name: 'running',
      since: formatTime(inputs.nowMs),
      reason: 'it was found running when the state database was made anew',
      actor: { kind: 'daemon' },
      nextRestartAt: null,
      restarts: 0,
    },
    lastExit: null,
    linesLost: 0,
    lastGoodRunId: null,
    version: '',
    digest: '',
  };
}

/** Files of runs whose end stands in the database: torud died between writing it and removing them. */
function removeRecordedRuns(inputs: RecoveryInputs, names: readonly RunName[]): void {
  for (const name of names) {
    const run = inputs.stores.runs.get(name.runId);
    if (run !== undefined && run.end !== null) removeRunFiles(runFiles(inputs.runsFolder, name));
  }
}
