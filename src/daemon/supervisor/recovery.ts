/**
 * What a starting torud finds: what is wanted (the database) and what is (the runs folder). A reboot, an upgrade and a
 * kill -9 are one path.
 */

import { formatTime, parseTime } from '../base/clock.ts';
import type { SupervisorLog } from '../base/supervisor-log.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { effectiveSettings } from '../catalog/effective-settings.ts';
import type { RunOutcome } from '../runs/plugin-run.ts';
import { type ExitedEvent, RunEventsReader } from '../runs/run-events.ts';
import { listRuns, type RunName, readSpecValue, removeRunFiles, runFiles } from '../runs/run-files.ts';
import { planOf, type RunPlan } from '../runs/run-plan.ts';
import { type NewRun, NO_BOOT, type PluginRecord, type RunCause, type RunRecord } from '../store/records.ts';
import { runEndOf } from './crash-history.ts';
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
  const known = inputs.stores.runs.open();
  const restored = restoreUnknownRuns(inputs, names);
  const openRuns = newestOpenRuns([...known, ...restored], inputs);
  removeRecordedRuns(inputs, names);
  const records = new Map<string, PluginRecord>();
  for (const record of inputs.stores.plugins.all()) {
    records.set(record.id, afterBoot(record, inputs.bootId, inputs.nowMs));
  }
  // Taken from memory, for the database may be one that cannot be written just now.
  for (const run of restored) {
    if (openRuns.get(run.plugin) === run)
      records.set(run.plugin, asBegun(run, records.get(run.plugin), inputs));
  }
  const nextRunId = Math.max(0, inputs.stores.runs.lastId(), ...names.map((name) => name.runId)) + 1;
  return { records, openRuns, nextRunId };
}

/** After another boot `enabled` decides what is wanted, and nothing that was counted counts any more. */
export function afterBoot(record: PluginRecord, bootId: string, nowMs: number): PluginRecord {
  if (record.wantedBootId === bootId) return record;
  if (record.wantedBootId === NO_BOOT) {
    const { state, enabled } = record;
    const isAtRest = state.name === 'failed' || state.name === 'exited';
    if (!enabled) return { ...record, wanted: 'down' };
    const name = isAtRest ? 'stopped' : state.name;
    return { ...record, wanted: 'up', wantedBootId: bootId, state: { ...state, name } };
  }
  return {
    ...record,
    wanted: record.enabled ? 'up' : 'down',
    wantedBootId: bootId,
    state: {
      name: record.state.name === 'failed' && !record.enabled ? 'failed' : 'stopped',
      since: formatTime(nowMs),
      reason: record.state.name === 'failed' ? record.state.reason : 'the machine was started',
      actor: { kind: 'boot' },
      nextRestartAt: null,
      restarts: 0,
    },
  };
}

/** The state of a plugin whose run began after the last state that could be written. */
function asBegun(run: RunRecord, record: PluginRecord | undefined, inputs: RecoveryInputs): PluginRecord {
  if (record === undefined) return restoredRecord(run.plugin, inputs);
  const { downBy: _, ...state } = record.state;
  // Only what is wanted begins, and a stop that came after it would have been stored together with it.
  return {
    ...record,
    wanted: 'up',
    wantedBootId: inputs.bootId,
    state: { ...state, name: 'starting', nextRestartAt: null },
  };
}

/**
 * The run of each plugin that may live. A plugin has one at a time, so older ones have ended; and no pid of another
 * boot means anything: such runs ended with the machine.
 * @param open oldest first
 */
function newestOpenRuns(open: readonly RunRecord[], inputs: RecoveryInputs): ReadonlyMap<string, RunRecord> {
  const newest = new Map<string, RunRecord>();
  for (const run of open) {
    if (run.bootId !== inputs.bootId) closeAsSeen(run, inputs);
    else {
      const older = newest.get(run.plugin);
      if (older !== undefined) closeAsSeen(older, inputs);
      newest.set(run.plugin, run);
    }
  }
  return newest;
}

/** With the end that its shim saw, or as lost when nobody did. */
function closeAsSeen(run: RunRecord, inputs: RecoveryInputs): void {
  const { stores, writer, runsFolder, nowMs } = inputs;
  const files = runFiles(runsFolder, { runId: run.id, plugin: run.plugin });
  const events = new RunEventsReader(files.events).read();
  const exit = events.find((event) => event.event === 'exited');
  const gone = events.find((event) => event.event === 'gone');
  const outcome: RunOutcome =
    exit === undefined
      ? { kind: 'lost', detail: 'its end was not recorded' }
      : { kind: 'exited', exit, gone };
  const end = runEndOf(outcome, causeOf(exit), exit === undefined ? nowMs : parseTime(exit.at), 0);
  writer.record(() => {
    stores.runs.end(run.id, end);
    return undefined;
  });
}

function causeOf(exit: ExitedEvent | undefined): RunCause {
  if (exit === undefined) return 'lost';
  if (exit.signal !== null) return 'signal';
  return exit.code === 0 ? 'done' : 'exit';
}

/**
 * Runs that the database does not know: it was set aside and made anew, or torud died before it could write them.
 * Answers them oldest first.
 */
function restoreUnknownRuns(inputs: RecoveryInputs, names: readonly RunName[]): readonly RunRecord[] {
  const { stores, writer, catalog, runsFolder, nowMs, log } = inputs;
  const restored: RunRecord[] = [];
  for (const name of names) {
    if (stores.runs.get(name.runId) !== undefined) continue;
    const entry = catalog.get(name.plugin);
    const found = entry === undefined ? planFromSpec(runsFolder, name) : planOf(entry);
    const { transport, command, settings, plugin, version, digest } = found;
    log.write('warning', 'run-restored', { plugin, runId: name.runId });
    const bootId = readSpecValue(runFiles(runsFolder, name), 'boot') ?? inputs.bootId;
    const snapshot = { transport, command, settings };
    const run: NewRun = { plugin, version, digest, settings: snapshot, bootId, startedAt: formatTime(nowMs) };
    const begun: RunRecord = {
      ...run,
      id: name.runId,
      shimPid: null,
      pid: null,
      readyAt: null,
      end: null,
    };
    writer.record(() => {
      stores.runs.ensureNextRunId(name.runId);
      stores.runs.begin(run);
      // With its run, so that no later torud takes the state before it for the one that the run is in.
      if (bootId === inputs.bootId) stores.plugins.save(asBegun(begun, stores.plugins.get(plugin), inputs));
      return undefined;
    });
    restored.push(begun);
  }
  return restored;
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
