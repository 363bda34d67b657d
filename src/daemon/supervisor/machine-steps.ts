/** The steps that several transitions share. */

import type { Actor } from '../../protocol/control/plugins.ts';
import type { Machine, MachineRun, Phase, StopGoal, Transition } from './machine-model.ts';

export function same(machine: Machine): Transition {
  return { machine, effects: [] };
}

export interface Because {
  readonly reason: string;
  readonly actor: Actor | null;
}

export function enter(machine: Machine, phase: Phase, now: number, because: Because): Machine {
  return { ...machine, phase, since: now, reason: because.reason, actor: because.actor };
}

export function spawn(machine: Machine, now: number, reason: string, actor: Actor | null): Transition {
  const run: MachineRun = { runId: null, startedAt: now, readyAt: null };
  return {
    machine: enter(machine, { name: 'starting', run }, now, { reason, actor }),
    effects: [{ type: 'spawn' }],
  };
}

export function stopRun(
  machine: Machine,
  run: MachineRun,
  goal: StopGoal,
  now: number,
  because: Because,
): Transition {
  return {
    machine: enter(machine, { name: 'stopping', run, goal }, now, because),
    effects: [{ type: 'stop-run', reason: because.reason }],
  };
}
