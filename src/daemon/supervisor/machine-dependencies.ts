/** How dependencies bend the state machine: a spawn becomes a wait, a requested stop waits for who needs the plugin. Pure. */

import type { Blocker, Machine, MachineEvent, Neighbours, Transition } from './machine-model.ts';
import { same, spawn, stopRun } from './machine-steps.ts';

/** Blockers that are named in a reason; of more there is the number. */
const MAX_NAMED = 3;

/** What becomes of a transition that would spawn, or end a run, too early. */
export function heldBack(next: Transition, around: Neighbours, now: number): Transition {
  if (next.effects.some((effect) => effect.type === 'spawn')) {
    const { blockers } = around;
    return blockers.length > 0 ? wait(next, blockers, now) : next;
  }
  const isEnding = next.effects.some((effect) => effect.type === 'stop-run');
  return isEnding && around.holders.length > 0 ? hold(next) : next;
}

/** `for crm ^2.0, which is in backoff, and db, which is starting`. */
export function waitingText(blockers: readonly Blocker[]): string {
  const named = blockers.slice(0, MAX_NAMED).map((blocker) => blocker.text);
  const more = blockers.length - named.length;
  if (more > 0) named.push(`${more} more`);
  const last = named.pop() ?? 'for nothing any more';
  return named.length === 0 ? last : `${named.join(', ')}, and ${last}`;
}

export function onUnblocked(machine: Machine, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'waiting') return same(machine);
  return spawn(machine, now, phase.because, machine.actor);
}

export function onBlocked(machine: Machine, blockers: readonly Blocker[]): Transition {
  const { phase } = machine;
  if (phase.name !== 'waiting' || blockers.length === 0 || isSame(phase.blockers, blockers)) {
    return same(machine);
  }
  return same({ ...machine, phase: { ...phase, blockers }, reason: waitingText(blockers) });
}

export function onYield(machine: Machine, event: MachineEvent & { type: 'yield' }, now: number): Transition {
  const { phase } = machine;
  if (phase.name !== 'starting' && phase.name !== 'running') return same(machine);
  // It is started again as soon as what it needs is ready; until then the spawn is a wait.
  return stopRun(machine, phase.run, { kind: 'restart', because: event.because }, now, event);
}

export function onReleased(machine: Machine): Transition {
  const { phase } = machine;
  if (phase.name !== 'stopping' || phase.isHeld !== true) return same(machine);
  return {
    machine: { ...machine, phase: { name: 'stopping', run: phase.run, goal: phase.goal } },
    effects: [{ type: 'stop-run', reason: machine.reason }],
  };
}

function wait(next: Transition, blockers: readonly Blocker[], now: number): Transition {
  const { reason, actor } = next.machine;
  const text = waitingText(blockers);
  const kept = next.effects.filter(
    (effect) => effect.type !== 'spawn' && !(effect.type === 'event' && effect.event === 'restarting'),
  );
  return {
    machine: {
      ...next.machine,
      phase: { name: 'waiting', blockers, because: reason },
      since: now,
      reason: text,
    },
    effects: [...kept, { type: 'event', event: 'changed', reason: `it waits ${text}`, actor }],
  };
}

/** Only what somebody asked for can wait; a run that has gone wrong is ended at once. */
function hold(next: Transition): Transition {
  const { phase } = next.machine;
  if (phase.name !== 'stopping' || (phase.goal.kind !== 'stop' && phase.goal.kind !== 'restart')) return next;
  return {
    machine: { ...next.machine, phase: { ...phase, isHeld: true } },
    effects: next.effects.filter((effect) => effect.type !== 'stop-run'),
  };
}

function isSame(some: readonly Blocker[], others: readonly Blocker[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ text, kind }, index) => text === others[index]?.text && kind === others[index]?.kind)
  );
}
