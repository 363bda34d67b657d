/** How a plugin's record follows from a transition. Pure. */

import { formatTime } from '../base/clock.ts';
import type { CatalogEntry } from '../catalog/settings.ts';
import type { PluginRecord } from '../store/records.ts';
import { DAEMON, type Effect, type Machine, readySpanMs } from './machine-model.ts';
import { storedState } from './machine-storage.ts';
import type { EndedRun } from './run-records.ts';

export interface RecordChange {
  readonly record: PluginRecord;
  readonly machine: Machine;
  readonly effects: readonly Effect[];
  /** What an action changes beside the state: `enabled` and who did it. */
  readonly change: Partial<PluginRecord> | undefined;
  readonly isIntent: boolean;
  readonly ended: EndedRun | undefined;
  readonly entry: CatalogEntry | undefined;
  readonly stableAfterMs: number;
  readonly bootId: string;
}

export function nextRecord(input: RecordChange): PluginRecord {
  const { record, machine, effects, entry, ended } = input;
  const isDisabled = effects.some((effect) => effect.type === 'disable');
  const hasIntent = input.isIntent || machine.wanted !== record.wanted;
  return {
    ...record,
    ...(hasIntent ? { wantedBootId: input.bootId } : {}),
    ...input.change,
    ...(isDisabled && record.enabled
      ? { enabled: false, enabledActor: DAEMON, enabledAt: formatTime(machine.since) }
      : {}),
    ...(entry === undefined ? {} : { version: entry.metadata.version, digest: entry.digest }),
    ...(ended === undefined ? {} : endOfRun(record, effects, ended, input.stableAfterMs)),
    wanted: machine.wanted,
    state: storedState(machine),
  };
}

/** A plugin that is given up is disabled as well; that is an event only when it was enabled. */
export function disablingEvents(effects: readonly Effect[], wasEnabled: boolean): readonly Effect[] {
  if (!wasEnabled) return [];
  return effects.flatMap((effect) =>
    effect.type === 'disable'
      ? [{ type: 'event' as const, event: 'disabled' as const, reason: effect.reason, actor: DAEMON }]
      : [],
  );
}

function endOfRun(
  record: PluginRecord,
  effects: readonly Effect[],
  ended: EndedRun,
  stableAfterMs: number,
): Partial<PluginRecord> {
  const end = effects.find((effect) => effect.type === 'end-run');
  if (end === undefined || ended.run.runId === null) return {};
  const { run, outcome, linesLost } = ended;
  const wasAsked = end.decision === undefined;
  const isStable = readySpanMs(run, end.at, ended.readyAtMostMs) >= stableAfterMs;
  const isGood = run.readyAt !== null && (wasAsked || isStable);
  const { code, signal } = end.ending;
  const lastExit = { runId: ended.run.runId, at: formatTime(end.at), code, signal };
  return {
    linesLost: record.linesLost + linesLost,
    ...(isGood ? { lastGoodRunId: run.runId } : {}),
    ...(outcome.kind === 'never-began' ? {} : { lastExit }),
  };
}

export function newRecord(id: string, machine: Machine, bootId: string): PluginRecord {
  return {
    id,
    enabled: false,
    enabledActor: null,
    enabledAt: null,
    wanted: 'down',
    wantedBootId: bootId,
    state: storedState(machine),
    lastExit: null,
    linesLost: 0,
    lastGoodRunId: null,
    version: '',
    digest: '',
  };
}
