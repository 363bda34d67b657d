/** How dependencies bend the state machine: waiting in the place of a spawn, a stop that is held, a plugin that yields. */

import { describe, expect, it } from 'vitest';
import type { RestartSettings } from '../../src/daemon/catalog/settings.ts';
import type {
  Effect,
  Machine,
  MachineEvent,
  MachineRun,
  Neighbours,
  Phase,
} from '../../src/daemon/supervisor/machine-model.ts';
import { newMachine, transition } from '../../src/daemon/supervisor/plugin-machine.ts';
import type { Actor } from '../../src/protocol/control/plugins.ts';

const OPS: Actor = { kind: 'user', uid: 1000, name: 'ops' };
const POLICY: RestartSettings = {
  policy: 'on-crash',
  delaysMs: [1000, 2000],
  jitter: 0,
  limit: 3,
  stableAfterMs: 60_000,
  successCodes: [0],
  noRestartCodes: [78],
};
const READY_RUN: MachineRun = { runId: 5, startedAt: 1000, readyAt: 2000 };
const START: MachineEvent = { type: 'start', actor: OPS, reason: 'asked' };
const STOP: MachineEvent = { type: 'stop', actor: OPS, reason: 'asked to stop' };
const YIELD: MachineEvent = {
  type: 'yield',
  actor: OPS,
  reason: 'db, which it needs, is being stopped',
  because: 'db is ready again',
};
const BLOCKER = { plugin: 'db', text: 'for db, which is starting', kind: 'pending' } as const;
const BLOCKED: Neighbours = { blockers: [BLOCKER], holders: [] };
const HELD: Neighbours = { blockers: [], holders: ['web'] };

function ended(code: number): MachineEvent {
  return { type: 'ended', ending: { code, signal: null }, at: 3000, policy: POLICY, chance: 0 };
}

function machineIn(phase: Phase, more: Partial<Machine> = {}): Machine {
  return { ...newMachine(0), wanted: 'up', phase, ...more };
}

function kinds(effects: readonly Effect[]): readonly string[] {
  return effects.map((effect) => (effect.type === 'event' ? `event:${effect.event}` : effect.type));
}

describe('dependencies', () => {
  it('a start waits for what is not ready, and says for what', () => {
    const { machine, effects } = transition(newMachine(0), START, 10, BLOCKED);
    expect(kinds(effects)).toEqual(['event:changed']);
    expect(machine).toMatchObject({
      wanted: 'up',
      reason: 'for db, which is starting',
      actor: OPS,
      phase: { name: 'waiting', blockers: [BLOCKER], because: 'asked' },
    });
  });

  it('what waits is started for the reason for which it was asked for', () => {
    const { machine } = transition(newMachine(0), START, 10, BLOCKED);
    const started = transition(machine, { type: 'unblocked' }, 20);
    expect(kinds(started.effects)).toEqual(['spawn']);
    expect(started.machine).toMatchObject({ reason: 'asked', actor: OPS, since: 20 });
  });

  it('what it waits for is told anew, and since when it waits stays', () => {
    const { machine } = transition(newMachine(0), START, 10, BLOCKED);
    const failed = { plugin: 'db', text: 'for db, which has failed', kind: 'given-up' } as const;
    const told = transition(machine, { type: 'blocked' }, 20, { blockers: [failed], holders: [] });
    expect(told.machine).toMatchObject({ reason: 'for db, which has failed', since: 10 });
    expect(
      transition(told.machine, { type: 'blocked' }, 30, { blockers: [failed], holders: [] }).machine,
    ).toBe(told.machine);
  });

  it('many blockers are named in part', () => {
    const blockers = ['a', 'b', 'c', 'd', 'e'].map((plugin) => ({
      ...BLOCKER,
      plugin,
      text: `for ${plugin}`,
    }));
    const { machine } = transition(newMachine(0), START, 10, { blockers, holders: [] });
    expect(machine.reason).toBe('for a, for b, for c, and 2 more');
  });

  it('a requested stop is held while others need it, and goes on once they are gone', () => {
    const held = transition(machineIn({ name: 'running', run: READY_RUN }), STOP, 10, HELD);
    expect(kinds(held.effects)).toEqual([]);
    expect(held.machine).toMatchObject({ wanted: 'down', phase: { name: 'stopping', isHeld: true } });
    const released = transition(held.machine, { type: 'released' }, 20);
    expect(kinds(released.effects)).toEqual(['stop-run']);
    expect(kinds(transition(released.machine, { type: 'released' }, 30).effects)).toEqual([]);
  });

  it('a run that has gone wrong is ended at once, whoever needs it', () => {
    const event: MachineEvent = { type: 'trouble', cause: 'health', detail: 'ill' };
    const trouble = transition(machineIn({ name: 'running', run: READY_RUN }), event, 10, HELD);
    expect(kinds(trouble.effects)).toEqual(['stop-run']);
  });

  it('what yields stays wanted, waits when it has ended, and counts no crash', () => {
    const yielding = transition(machineIn({ name: 'running', run: READY_RUN }, { restarts: 2 }), YIELD, 10);
    expect(kinds(yielding.effects)).toEqual(['stop-run']);
    const over = transition(yielding.machine, ended(1), 20, BLOCKED);
    expect(kinds(over.effects)).toEqual(['end-run', 'event:stopped', 'event:changed']);
    expect(over.machine).toMatchObject({
      wanted: 'up',
      restarts: 2,
      phase: { name: 'waiting', because: 'db is ready again' },
    });
  });

  it('a start of what is held makes it a restart, which is held as well', () => {
    const held = transition(machineIn({ name: 'running', run: READY_RUN }), STOP, 10, HELD);
    const again = transition(held.machine, START, 20, HELD);
    expect(again.machine).toMatchObject({
      wanted: 'up',
      phase: { name: 'stopping', goal: { kind: 'restart' }, isHeld: true },
    });
  });

  it('who stopped it is known until somebody starts it', () => {
    const stopped = transition(machineIn({ name: 'backoff', dueAt: 9000 }), STOP, 10);
    expect(stopped.machine.downBy).toEqual(OPS);
    const refused = transition(stopped.machine, { type: 'refused', problem: 'bad' }, 20).machine;
    const valid = transition(refused, { type: 'accepted' }, 30).machine;
    expect(valid).toMatchObject({ phase: { name: 'stopped' }, downBy: OPS });
    expect(transition(valid, START, 40).machine.downBy).toBeNull();
  });
});
