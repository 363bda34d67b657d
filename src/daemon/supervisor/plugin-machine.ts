/**
 * The state machine of one plugin: one pure, total function `transition(machine, event, now)`. No I/O, no timers; what
 * has to be done comes back as effects.
 *
 * ```
 *             start                     ready
 *  stopped ─────────▶ starting ───────────────────▶ running
 *   ▲  ▲   │ blocked   │  ▲ ▲                          │ │
 *   │  │   └──▶ waiting┘  │ │ due                      │ │ stop, restart, trouble, main-exited
 *   │  │       unblocked  │ │                          │ ▼
 *   │  │                  │ backoff ◀── restart ────── ended ◀──── stopping
 *   │  └── stop ──────────┴───┘                        │ │          │ (goal: stop, restart, crash)
 *   │                              give-up, never ──▶ failed        │
 *   │                              no crash ────────▶ exited        │
 *   └───────────────────────────────────────── ended, goal stop ────┘
 *
 *  waiting: instead of each spawn while something that it needs is not ready.
 *  stopping, held: a stop or restart that was asked for, while plugins that need it still have a process.
 *  invalid: entered from every state without a process when the catalogue refuses the plugin; left by `accepted`.
 * ```
 */

import type { Actor } from '../../protocol/control/plugins.ts';
import { heldBack, onBlocked, onReleased, onUnblocked, onYield } from './machine-dependencies.ts';
import { onEnded, onNeverBegan } from './machine-ending.ts';
import {
  ALONE,
  DAEMON,
  type Effect,
  type Machine,
  type MachineEvent,
  type MachineRun,
  type Neighbours,
  type Phase,
  type StopGoal,
  type Transition,
} from './machine-model.ts';
import { type Because, enter, same, spawn, stopRun } from './machine-steps.ts';
import { describeEnding, type RunEnding } from './restart-policy.ts';

export function newMachine(now: number): Machine {
  return {
    phase: { name: 'stopped' },
    wanted: 'down',
    restarts: 0,
    since: now,
    reason: 'it has not been started yet',
    actor: null,
    downBy: null,
  };
}

/** @param around what the plugins around it mean for it; it decides whether a spawn or a stop goes through now */
export function transition(
  machine: Machine,
  event: MachineEvent,
  now: number,
  around: Neighbours = ALONE,
): Transition {
  return heldBack(step(machine, event, now, around), around, now);
}

function step(machine: Machine, event: MachineEvent, now: number, around: Neighbours): Transition {
  switch (event.type) {
    case 'start':
      return onStart(machine, event, now);
    case 'stop':
      return onStop(machine, event, now);
    case 'suspend':
      return onSuspend(machine, event.reason, now);
    case 'restart':
      return onRestart(machine, event, now);
    case 'reset':
      return onReset(machine, event.actor, now);
    case 'noted':
      return same(machine);
    case 'unblocked':
      return onUnblocked(machine, now);
    case 'blocked':
      return onBlocked(machine, around.blockers);
    case 'yield':
      return onYield(machine, event, now);
    case 'released':
      return onReleased(machine);
    case 'spawned':
      return onSpawned(machine, event.runId);
    case 'ready':
      return onReady(machine, now);
    case 'trouble':
      return onTrouble(machine, event, now);
    case 'main-exited':
      return onMainExited(machine, event.ending, now);
    case 'ended':
      return onEnded(machine, event, now);
    case 'never-began':
      return onNeverBegan(machine, event.at, now);
    case 'due':
      return machine.phase.name === 'backoff' ? onDue(machine, now) : same(machine);
    case 'stable':
      return machine.phase.name === 'running'
        ? { machine: { ...machine, restarts: 0 }, effects: [] }
        : same(machine);
    case 'refused':
      return onRefused(machine, event.problem, now);
    case 'accepted':
      return onAccepted(machine, now);
    default:
      return unknownEvent(event);
  }
}

function unknownEvent(event: never): never {
  throw new Error(`unknown event ${JSON.stringify(event)}`);
}

function onStart(machine: Machine, event: MachineEvent & { type: 'start' }, now: number): Transition {
  const { phase } = machine;
  const up: Machine = machine.phase.name === 'invalid' ? machine : { ...machine, wanted: 'up', downBy: null };
  switch (phase.name) {
    case 'starting':
    case 'running':
    case 'waiting':
      return same(up);
    case 'stopping':
      // Stopped and started while it ends: it runs again, however it ended.
      return same(
        phase.goal.kind === 'stop' || machine.wanted === 'down'
          ? withGoal(up, phase, { kind: 'restart' }, event)
          : up,
      );
    case 'invalid':
      return same(machine);
    case 'stopped':
    case 'backoff':
    case 'failed':
    case 'exited': {
      // A person's start is a fresh start: what crashed before does not count against it.
      return spawn({ ...up, restarts: 0 }, now, event.reason, event.actor);
    }
  }
}

function withGoal(
  machine: Machine,
  phase: Phase & { name: 'stopping' },
  goal: StopGoal,
  because: Because,
): Machine {
  return {
    ...machine,
    phase: { ...phase, goal },
    reason: because.reason,
    actor: because.actor,
  };
}

function onStop(machine: Machine, event: MachineEvent & { type: 'stop' }, now: number): Transition {
  const { phase } = machine;
  const down: Machine = { ...machine, wanted: 'down', downBy: event.actor };
  switch (phase.name) {
    case 'starting':
    case 'running':
      return stopRun(down, phase.run, { kind: 'stop' }, now, event);
    case 'stopping':
      return same(
        withGoal(
          down,
          phase,
          phase.goal.kind === 'ended' || phase.goal.kind === 'crash' ? phase.goal : { kind: 'stop' },
          event,
        ),
      );
    case 'waiting':
    case 'backoff':
      return {
        machine: enter({ ...down, restarts: 0 }, { name: 'stopped' }, now, event),
        effects: [{ type: 'event', event: 'stopped', reason: event.reason, actor: event.actor }],
      };
    case 'stopped':
    case 'failed':
    case 'exited':
    case 'invalid':
      return same(down);
  }
}

function onSuspend(machine: Machine, reason: string, now: number): Transition {
  const { phase } = machine;
  const because: Because = { reason, actor: DAEMON };
  switch (phase.name) {
    case 'starting':
    case 'running':
      return stopRun(machine, phase.run, { kind: 'stop' }, now, because);
    case 'stopping':
      return same(
        phase.goal.kind === 'restart' ? withGoal(machine, phase, { kind: 'stop' }, because) : machine,
      );
    case 'waiting':
      return same(enter(machine, { name: 'stopped' }, now, because));
    case 'stopped':
    case 'backoff':
    case 'failed':
    case 'exited':
    case 'invalid':
      return same(machine);
  }
}

function onRestart(machine: Machine, event: MachineEvent & { type: 'restart' }, now: number): Transition {
  const { phase } = machine;
  const up: Machine = { ...machine, wanted: 'up', downBy: null, restarts: 0 };
  switch (phase.name) {
    case 'starting':
    case 'running':
      return stopRun(up, phase.run, { kind: 'restart' }, now, event);
    case 'stopping':
      return same(withGoal(up, phase, { kind: 'restart' }, event));
    case 'stopped':
    case 'waiting':
    case 'backoff':
    case 'failed':
    case 'exited':
    case 'invalid':
      return onStart(machine, { ...event, type: 'start' }, now);
  }
}

function onReset(machine: Machine, actor: Actor, now: number): Transition {
  const reset: Machine = { ...machine, restarts: 0 };
  if (machine.phase.name !== 'failed') return same(reset);
  const because: Because = { reason: 'its failure was reset', actor };
  return {
    machine: enter({ ...reset, wanted: 'down', downBy: actor }, { name: 'stopped' }, now, because),
    effects: [{ type: 'event', event: 'changed', reason: because.reason, actor }],
  };
}

function onSpawned(machine: Machine, runId: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting' && phase.name !== 'stopping') return same(machine);
  return same({ ...machine, phase: { ...phase, run: { ...phase.run, runId } } });
}

function onReady(machine: Machine, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting') return same(machine);
  const run: MachineRun = { ...phase.run, readyAt: now };
  return {
    machine: enter(machine, { name: 'running', run }, now, machine),
    effects: [
      {
        type: 'event',
        event: 'ready',
        reason: machine.reason,
        actor: machine.actor,
        details: { runId: run.runId },
      },
    ],
  };
}

function onTrouble(machine: Machine, event: MachineEvent & { type: 'trouble' }, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting' && phase.name !== 'running') return same(machine);
  const goal: StopGoal = { kind: 'crash', cause: event.cause, detail: event.detail };
  return stopRun(machine, phase.run, goal, now, { reason: event.detail, actor: DAEMON });
}

function onMainExited(machine: Machine, ending: RunEnding, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting' && phase.name !== 'running') return same(machine);
  const because: Because = {
    reason: `${describeEnding(ending)}; processes that it left behind are being ended`,
    actor: DAEMON,
  };
  return same(enter(machine, { name: 'stopping', run: phase.run, goal: { kind: 'ended' } }, now, because));
}

function onDue(machine: Machine, now: number): Transition {
  const next = spawn(machine, now, `restart ${machine.restarts}: ${machine.reason}`, DAEMON);
  const restarting: Effect = {
    type: 'event',
    event: 'restarting',
    reason: machine.reason,
    actor: DAEMON,
    details: { restart: machine.restarts },
  };
  return { machine: next.machine, effects: [restarting, ...next.effects] };
}

function onRefused(machine: Machine, problem: string, now: number): Transition {
  const because: Because = { reason: problem, actor: DAEMON };
  switch (machine.phase.name) {
    case 'starting':
    case 'running':
    case 'stopping':
      return same(machine);
    case 'invalid':
      if (machine.phase.problem === problem) return same(machine);
      return same(enter(machine, { name: 'invalid', problem }, now, because));
    case 'stopped':
    case 'waiting':
    case 'backoff':
    case 'failed':
    case 'exited':
      return same(enter(machine, { name: 'invalid', problem }, now, because));
  }
}

function onAccepted(machine: Machine, now: number): Transition {
  if (machine.phase.name !== 'invalid') return same(machine);
  const because: Because = { reason: 'its files are valid again', actor: DAEMON };
  if (machine.wanted === 'up') return spawn(machine, now, because.reason, DAEMON);
  return same(enter(machine, { name: 'stopped' }, now, because));
}
