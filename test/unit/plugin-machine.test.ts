import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RestartSettings } from '../../src/daemon/catalog/settings.ts';
import type {
  Effect,
  Machine,
  MachineEvent,
  MachineRun,
  Phase,
} from '../../src/daemon/supervisor/machine-model.ts';
import { ALONE, type Neighbours, runOf } from '../../src/daemon/supervisor/machine-model.ts';
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
const RUN: MachineRun = { runId: 5, startedAt: 1000, readyAt: null };
const READY_RUN: MachineRun = { ...RUN, readyAt: 2000 };

const START: MachineEvent = { type: 'start', actor: OPS, reason: 'asked' };
const STOP: MachineEvent = { type: 'stop', actor: OPS, reason: 'asked to stop' };
const RESTART: MachineEvent = { type: 'restart', actor: OPS, reason: 'asked to restart' };

function ended(code: number | null, at = 3000, signal: string | null = null): MachineEvent {
  return { type: 'ended', ending: { code, signal }, at, policy: POLICY, chance: 0 };
}

function machineIn(phase: Phase, more: Partial<Machine> = {}): Machine {
  return { ...newMachine(0), wanted: 'up', phase, ...more };
}

function kinds(effects: readonly Effect[]): readonly string[] {
  return effects.map((effect) => (effect.type === 'event' ? `event:${effect.event}` : effect.type));
}

const PHASES: readonly Phase[] = [
  { name: 'stopped' },
  { name: 'waiting', blockers: [{ plugin: 'db', text: 'for db', kind: 'pending' }], because: 'asked' },
  { name: 'starting', run: RUN },
  { name: 'running', run: READY_RUN },
  { name: 'stopping', run: READY_RUN, goal: { kind: 'stop' } },
  { name: 'stopping', run: READY_RUN, goal: { kind: 'restart' } },
  { name: 'stopping', run: READY_RUN, goal: { kind: 'crash', cause: 'health', detail: 'ill' } },
  { name: 'stopping', run: READY_RUN, goal: { kind: 'ended' } },
  { name: 'backoff', dueAt: 9000 },
  { name: 'failed' },
  { name: 'exited' },
  { name: 'invalid', problem: 'bad' },
];

const BLOCKER = { plugin: 'db', text: 'for db, which is starting', kind: 'pending' } as const;
const BLOCKED: Neighbours = { blockers: [BLOCKER], holders: [] };
const HELD: Neighbours = { blockers: [], holders: ['web'] };
const YIELD: MachineEvent = {
  type: 'yield',
  actor: OPS,
  reason: 'db, which it needs, is being stopped',
  because: 'db is ready again',
};

/** An event, and what the plugins around it mean for it then. */
type Case = readonly [event: MachineEvent, around?: Neighbours];

const EVENTS: readonly MachineEvent[] = [
  START,
  STOP,
  { type: 'suspend', reason: 'torud was stopped' },
  RESTART,
  { type: 'reset', actor: OPS },
  { type: 'unblocked' },
  { type: 'noted' },
  { type: 'spawned', runId: 9 },
  { type: 'ready' },
  { type: 'trouble', cause: 'protocol', detail: 'it sent nonsense' },
  { type: 'main-exited', ending: { code: 1, signal: null } },
  ended(0),
  ended(7),
  ended(null, 3000, 'SIGSEGV'),
  { type: 'never-began', at: 3000 },
  { type: 'due' },
  { type: 'stable' },
  { type: 'refused', problem: 'bad version' },
  { type: 'accepted' },
  { type: 'blocked' },
  YIELD,
  { type: 'released' },
];

const CASES: readonly Case[] = [
  ...EVENTS.map((event): Case => [event]),
  [START, BLOCKED],
  [RESTART, BLOCKED],
  [ended(7), BLOCKED],
  [{ type: 'due' }, BLOCKED],
  [{ type: 'accepted' }, BLOCKED],
  [STOP, HELD],
];

/** What each phase becomes, by event, for a machine that is wanted up with no restarts. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  stopped:
    'starting stopped stopped starting stopped stopped stopped stopped stopped stopped stopped stopped stopped stopped stopped stopped stopped invalid stopped stopped stopped stopped waiting waiting stopped stopped stopped stopped'.split(
      ' ',
    ),
  waiting:
    'waiting stopped stopped waiting waiting starting waiting waiting waiting waiting waiting waiting waiting waiting waiting waiting waiting invalid waiting waiting waiting waiting waiting waiting waiting waiting waiting stopped'.split(
      ' ',
    ),
  starting:
    'starting stopping stopping stopping starting starting starting starting running stopping stopping exited backoff backoff starting starting starting starting starting starting stopping starting starting stopping backoff starting starting stopping'.split(
      ' ',
    ),
  running:
    'running stopping stopping stopping running running running running running stopping stopping exited backoff backoff starting running running running running running stopping running running stopping backoff running running stopping'.split(
      ' ',
    ),
  'stopping stop':
    'stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping stopped stopped stopped stopped stopping stopping stopping stopping stopping stopping stopping stopping stopping stopped stopping stopping stopping'.split(
      ' ',
    ),
  'stopping restart':
    'stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping starting starting starting starting stopping stopping stopping stopping stopping stopping stopping stopping stopping waiting stopping stopping stopping'.split(
      ' ',
    ),
  'stopping crash':
    'stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping backoff backoff backoff starting stopping stopping stopping stopping stopping stopping stopping stopping stopping backoff stopping stopping stopping'.split(
      ' ',
    ),
  'stopping ended':
    'stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping stopping exited backoff backoff starting stopping stopping stopping stopping stopping stopping stopping stopping stopping backoff stopping stopping stopping'.split(
      ' ',
    ),
  backoff:
    'starting stopped backoff starting backoff backoff backoff backoff backoff backoff backoff backoff backoff backoff backoff starting backoff invalid backoff backoff backoff backoff waiting waiting backoff waiting backoff stopped'.split(
      ' ',
    ),
  failed:
    'starting failed failed starting stopped failed failed failed failed failed failed failed failed failed failed failed failed invalid failed failed failed failed waiting waiting failed failed failed failed'.split(
      ' ',
    ),
  exited:
    'starting exited exited starting exited exited exited exited exited exited exited exited exited exited exited exited exited invalid exited exited exited exited waiting waiting exited exited exited exited'.split(
      ' ',
    ),
  invalid:
    'invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid starting invalid invalid invalid invalid invalid invalid invalid waiting invalid'.split(
      ' ',
    ),
};

function rowName(phase: Phase): string {
  return phase.name === 'stopping' ? `stopping ${phase.goal.kind}` : phase.name;
}

describe('every pair of phase and event', () => {
  for (const phase of PHASES) {
    for (const [index, [event, around]] of CASES.entries()) {
      const expected = TABLE[rowName(phase)]?.[index];
      const ending = event.type === 'ended' ? ` ${event.ending.signal ?? event.ending.code}` : '';
      const where = around === BLOCKED ? ' while blocked' : around === HELD ? ' while held' : '';
      it(`${rowName(phase)} + ${event.type}${ending}${where} is ${expected}`, () => {
        const before = machineIn(phase);
        const copy = structuredClone(before);
        expect(transition(before, event, 4000, around).machine.phase.name).toBe(expected);
        expect(before, 'the machine that goes in is not changed').toEqual(copy);
      });
    }
  }
});

describe('starting and stopping', () => {
  it('a start spawns once, and a second start does nothing', () => {
    const first = transition(newMachine(0), START, 10);
    expect(kinds(first.effects)).toEqual(['spawn']);
    expect(first.machine).toMatchObject({ wanted: 'up', reason: 'asked', actor: OPS, since: 10 });
    expect(kinds(transition(first.machine, START, 20).effects)).toEqual([]);
  });

  it('a stop of a running plugin ends the run first and reports stopped when it is over', () => {
    const stopping = transition(machineIn({ name: 'running', run: READY_RUN }), STOP, 10);
    expect(kinds(stopping.effects)).toEqual(['stop-run']);
    const over = transition(stopping.machine, ended(null, 20, 'SIGTERM'), 20);
    expect(kinds(over.effects)).toEqual(['end-run', 'event:stopped']);
    expect(over.machine).toMatchObject({ wanted: 'down', phase: { name: 'stopped' } });
  });

  it('a start while it stops begins a new run after the old one has ended', () => {
    const phase: Phase = { name: 'stopping', run: READY_RUN, goal: { kind: 'stop' } };
    const again = transition(machineIn(phase, { wanted: 'down' }), START, 10);
    expect(again.effects).toEqual([]);
    const over = transition(again.machine, ended(0), 20);
    expect(kinds(over.effects)).toEqual(['end-run', 'event:stopped', 'event:restarting', 'spawn']);
  });

  it('a stop while a broken run is being ended still records the crash and does not restart', () => {
    const phase: Phase = {
      name: 'stopping',
      run: READY_RUN,
      goal: { kind: 'crash', cause: 'health', detail: 'ill' },
    };
    const asked = transition(machineIn(phase), STOP, 10);
    const over = transition(asked.machine, ended(null, 20, 'SIGKILL'), 20);
    expect(kinds(over.effects)).toEqual(['end-run', 'event:crashed']);
    expect(over.machine.phase.name).toBe('stopped');
  });

  it('a suspended plugin stays wanted', () => {
    const phase: Phase = { name: 'running', run: READY_RUN };
    const suspended = transition(machineIn(phase), { type: 'suspend', reason: 'torud was stopped' }, 10);
    const over = transition(suspended.machine, ended(0), 20);
    expect(over.machine).toMatchObject({ wanted: 'up', phase: { name: 'stopped' } });
  });
});

describe('crashes', () => {
  it('backoff has its deadline counted from the end of the run, not from when torud learns of it', () => {
    const over = transition(machineIn({ name: 'running', run: READY_RUN }), ended(7, 3000), 8000);
    expect(over.machine.phase).toEqual({ name: 'backoff', dueAt: 4000 });
    expect(over.machine.restarts).toBe(1);
  });

  it('the limit makes it failed, unwanted and disabled', () => {
    const over = transition(machineIn({ name: 'starting', run: RUN }, { restarts: 3 }), ended(7), 4000);
    expect(over.machine).toMatchObject({ wanted: 'down', phase: { name: 'failed' } });
    expect(kinds(over.effects)).toEqual(['end-run', 'event:crashed', 'event:gave-up', 'disable']);
  });

  it('a run that was stable makes it forget the crashes before', () => {
    const over = transition(
      machineIn({ name: 'running', run: READY_RUN }, { restarts: 3 }),
      ended(7, 62_000),
      62_000,
    );
    expect(over.machine).toMatchObject({ restarts: 1, phase: { name: 'backoff', dueAt: 63_000 } });
  });

  it('trouble ends the run and counts as a crash with its cause, whatever the exit code', () => {
    const event: MachineEvent = { type: 'trouble', cause: 'start-timeout', detail: 'it was not ready' };
    const trouble = transition(machineIn({ name: 'starting', run: RUN }), event, 10);
    const over = transition(trouble.machine, ended(0), 20);
    const end = over.effects.find((effect) => effect.type === 'end-run');
    expect(end).toMatchObject({ decision: { cause: 'start-timeout', isCrash: true, verdict: 'restart' } });
  });

  it('a run whose process was never started is begun again without counting as a crash', () => {
    const again = transition(
      machineIn({ name: 'starting', run: RUN }, { restarts: 2 }),
      { type: 'never-began', at: 5 },
      9,
    );
    expect(kinds(again.effects)).toEqual(['end-run', 'spawn']);
    expect(again.machine.restarts).toBe(2);
  });
});

/** A simulated world: what effects do to processes, so that the invariants can be checked against it. */
interface World {
  machine: Machine;
  live: number | undefined;
  begun: number;
  ended: number;
}

function step(world: World, [event, around]: Case, now: number): void {
  // What cannot happen in the world is not told to the machine.
  if (isAboutProcess(event) && world.live === undefined) return;
  const { machine, effects } = transition(world.machine, event, now, around);
  if (event.type === 'ended' || event.type === 'never-began') world.live = undefined;
  world.machine = machine;
  for (const effect of effects) {
    if (effect.type === 'end-run') world.ended += 1;
    if (effect.type !== 'spawn') continue;
    expect(world.live, 'never two live runs').toBeUndefined();
    expect(around?.blockers ?? [], 'nothing is spawned while it is blocked').toEqual([]);
    world.begun += 1;
    world.live = world.begun;
    world.machine = transition(world.machine, { type: 'spawned', runId: world.begun }, now).machine;
  }
}

function isAboutProcess(event: MachineEvent): boolean {
  return ['ready', 'trouble', 'main-exited', 'ended', 'never-began'].includes(event.type);
}

function checkInvariants(world: World): void {
  const { machine, live } = world;
  expect(runOf(machine)?.runId, 'the state carries the live run, and only then').toBe(live);
  if (machine.phase.name === 'backoff') expect(Number.isFinite(machine.phase.dueAt)).toBe(true);
  expect(world.begun - world.ended, 'every run ends in exactly one record').toBe(live === undefined ? 0 : 1);
}

describe('random sequences', () => {
  const anyEvent = fc.tuple(
    fc.constantFrom(...EVENTS.filter((event) => event.type !== 'spawned')),
    fc.constantFrom(ALONE, BLOCKED, HELD),
  );

  it('keep the invariants: one live run, one record a run, a deadline for each backoff', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 200 }), (events) => {
        const world: World = { machine: newMachine(0), live: undefined, begun: 0, ended: 0 };
        for (const [index, event] of events.entries()) {
          step(world, event, index * 1000);
          checkInvariants(world);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('wanted down ends without a process once the run has ended', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 100 }), (events) => {
        const world: World = { machine: newMachine(0), live: undefined, begun: 0, ended: 0 };
        for (const [index, event] of events.entries()) step(world, event, index * 1000);
        step(world, [STOP], 1e6);
        step(world, [ended(0, 1e6)], 1e6);
        expect(['stopped', 'failed', 'exited', 'invalid']).toContain(world.machine.phase.name);
        expect(world.live).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});
