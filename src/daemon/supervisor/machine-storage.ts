/** The machine as it is stored in `plugins`, and back. */

import { formatTime, parseTime } from '../base/clock.ts';
import type { PluginRecord, RunRecord, StoredState } from '../store/records.ts';
import type { Machine, MachineRun, Phase, StopGoal } from './machine-model.ts';

export function storedState(machine: Machine): StoredState {
  const { phase } = machine;
  return {
    name: phase.name,
    since: formatTime(machine.since),
    reason: machine.reason,
    actor: machine.actor,
    nextRestartAt: phase.name === 'backoff' ? formatTime(phase.dueAt) : null,
    restarts: machine.restarts,
    ...(phase.name === 'stopping' ? { goal: phase.goal } : {}),
    ...(phase.name === 'waiting' ? { because: phase.because } : {}),
    ...(machine.downBy === null ? {} : { downBy: machine.downBy }),
  };
}

/**
 * The machine that a record describes.
 * @param openRun the run of this plugin that has no end in the database, if there is one
 */
export function restoreMachine(record: PluginRecord, openRun: RunRecord | undefined): Machine {
  const { state } = record;
  return {
    phase: openRun === undefined ? restPhase(state) : runPhase(record, openRun),
    wanted: record.wanted,
    restarts: state.restarts,
    since: parseTime(state.since),
    reason: state.reason,
    actor: state.actor,
    downBy: state.downBy ?? null,
  };
}

function restPhase(state: StoredState): Phase {
  switch (state.name) {
    case 'backoff':
      return { name: 'backoff', dueAt: parseTime(state.nextRestartAt ?? state.since) };
    case 'failed':
    case 'exited':
      return { name: state.name };
    case 'invalid':
      return { name: 'invalid', problem: state.reason };
    case 'waiting':
      // What it waits for is looked at once all plugins are known.
      return { name: 'waiting', blockers: [], because: state.because ?? state.reason };
    case 'stopped':
    case 'starting':
    case 'running':
    case 'stopping':
      return { name: 'stopped' };
  }
}

function runPhase(record: PluginRecord, openRun: RunRecord): Phase {
  const run: MachineRun = {
    runId: openRun.id,
    startedAt: parseTime(openRun.startedAt),
    readyAt: openRun.readyAt === null ? null : parseTime(openRun.readyAt),
  };
  if (record.state.name === 'stopping') {
    const goal = goalOf(record);
    // Who needs it may live as well; that is seen once all runs are taken over.
    const isHeld = goal.kind === 'stop' || goal.kind === 'restart';
    return { name: 'stopping', run, goal, isHeld };
  }
  return { name: run.readyAt === null ? 'starting' : 'running', run };
}

/** A torud that left stopped what is still wanted; that is to run again. */
function goalOf({ state, wanted }: PluginRecord): StopGoal {
  const { goal } = state;
  if (goal === undefined || goal.kind === 'stop') return { kind: wanted === 'up' ? 'restart' : 'stop' };
  return goal;
}
