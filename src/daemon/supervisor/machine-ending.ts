/** What follows the end of a run: stopped as asked, started again, or what the restart policy says. Pure. */

import type { Effect, Machine, MachineEvent, MachineRun, StopGoal, Transition } from './machine-model.ts';
import { DAEMON, readySpanMs } from './machine-model.ts';
import { type Because, enter, same, spawn } from './machine-steps.ts';
import { type Decision, decideRestart, describeEnding, type RunEnding } from './restart-policy.ts';

export function onEnded(machine: Machine, event: MachineEvent & { type: 'ended' }, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting' && phase.name !== 'running' && phase.name !== 'stopping')
    return same(machine);
  const goal: StopGoal = phase.name === 'stopping' ? phase.goal : { kind: 'ended' };
  if (goal.kind === 'stop' || goal.kind === 'restart') return onRequestedEnd(machine, goal, event, now);
  return onCrashOrExit(machine, phase.run, goal, event, now);
}

/** Nothing has run, so nothing has crashed: what was wanted is simply begun again. */
export function onNeverBegan(machine: Machine, at: number, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting' && phase.name !== 'running' && phase.name !== 'stopping')
    return same(machine);
  const ending: RunEnding = { code: null, signal: null, detail: 'its process was never started' };
  const endRun: Effect = { type: 'end-run', decision: undefined, restart: machine.restarts, ending, at };
  // torud that leaves stops what is wanted as well.
  const isStopped = phase.name === 'stopping' && phase.goal.kind === 'stop';
  if (machine.wanted === 'down' || isStopped) {
    return { machine: enter(machine, { name: 'stopped' }, now, machine), effects: [endRun] };
  }
  const next = spawn(machine, now, machine.reason, machine.actor);
  return { machine: next.machine, effects: [endRun, ...next.effects] };
}

function onRequestedEnd(
  machine: Machine,
  goal: StopGoal & { kind: 'stop' | 'restart' },
  event: MachineEvent & { type: 'ended' },
  now: number,
): Transition {
  const because: Because = { reason: machine.reason, actor: machine.actor };
  const endRun: Effect = {
    type: 'end-run',
    decision: undefined,
    restart: machine.restarts,
    ending: event.ending,
    at: event.at,
  };
  const stopped: Effect = {
    type: 'event',
    event: 'stopped',
    reason: because.reason,
    actor: because.actor,
    details: { code: event.ending.code, signal: event.ending.signal },
  };
  const killed: readonly Effect[] =
    event.ending.signal === 'SIGKILL'
      ? [
          {
            type: 'event',
            event: 'killed',
            reason: 'it did not end when asked to, so it was killed',
            actor: DAEMON,
          },
        ]
      : [];
  if (goal.kind === 'stop') {
    const calm: Machine = { ...machine, restarts: 0 };
    return { machine: enter(calm, { name: 'stopped' }, now, because), effects: [endRun, ...killed, stopped] };
  }
  const reason = goal.because ?? because.reason;
  const next = spawn(machine, now, reason, because.actor);
  const restarting: Effect = {
    type: 'event',
    event: 'restarting',
    reason,
    actor: because.actor,
  };
  return { machine: next.machine, effects: [endRun, ...killed, stopped, restarting, ...next.effects] };
}

function onCrashOrExit(
  machine: Machine,
  run: MachineRun,
  goal: StopGoal & { kind: 'crash' | 'ended' },
  event: MachineEvent & { type: 'ended' },
  now: number,
): Transition {
  const ending: RunEnding =
    goal.kind === 'crash' ? { ...event.ending, cause: goal.cause, detail: goal.detail } : event.ending;
  const isStable =
    run.readyAt !== null && readySpanMs(run, event.at, event.readyAtMostMs) >= event.policy.stableAfterMs;
  const restarts = isStable ? 0 : machine.restarts;
  const decision: Decision =
    machine.wanted === 'down'
      ? {
          ...decideRestart(ending, restarts, { ...event.policy, policy: 'never' }, 0),
          reason: describeEnding(ending),
        }
      : decideRestart(ending, restarts, event.policy, event.chance);
  const because: Because = { reason: decision.reason, actor: DAEMON };
  const endRun: Effect = { type: 'end-run', decision, restart: restarts, ending, at: event.at };
  const ended: Effect = {
    type: 'event',
    event: decision.isCrash ? 'crashed' : 'exited',
    reason: decision.reason,
    actor: DAEMON,
    details: { code: ending.code, signal: ending.signal, cause: decision.cause, runId: run.runId },
  };
  const after = afterVerdict({ ...machine, restarts }, decision, event.at, now, because);
  return { machine: after.machine, effects: [endRun, ended, ...after.effects] };
}

function afterVerdict(
  machine: Machine,
  decision: Decision,
  endedAt: number,
  now: number,
  because: Because,
): Transition {
  const { verdict, delayMs } = decision;
  if (verdict === 'restart') {
    const dueAt = endedAt + (delayMs ?? 0);
    return {
      machine: enter(
        { ...machine, restarts: machine.restarts + 1 },
        { name: 'backoff', dueAt },
        now,
        because,
      ),
      effects: [],
    };
  }
  if (verdict === 'give-up') {
    return {
      machine: enter({ ...machine, wanted: 'down' }, { name: 'failed' }, now, because),
      effects: [
        { type: 'event', event: 'gave-up', reason: because.reason, actor: DAEMON },
        { type: 'disable', reason: because.reason },
      ],
    };
  }
  if (machine.wanted === 'down') return same(enter(machine, { name: 'stopped' }, now, because));
  return same(enter(machine, { name: decision.isCrash ? 'failed' : 'exited' }, now, because));
}
