/** What a transition does to a plugin's record. */

import { expect, it } from 'vitest';
import type { Effect, Machine, MachineRun } from '../../src/daemon/supervisor/machine-model.ts';
import { newMachine } from '../../src/daemon/supervisor/plugin-machine.ts';
import {
  disablingEvents,
  newRecord,
  nextRecord,
  type RecordChange,
} from '../../src/daemon/supervisor/record-changes.ts';
import type { EndedRun } from '../../src/daemon/supervisor/run-records.ts';

const RUN: MachineRun = { runId: 5, startedAt: 1000, readyAt: 2000 };
const MACHINE: Machine = { ...newMachine(0), wanted: 'up', phase: { name: 'running', run: RUN } };
const ENDED: EndedRun = {
  run: RUN,
  outcome: { kind: 'lost', detail: 'x' },
  lastLines: [],
  linesLost: 3,
  forget: () => undefined,
};

function change(more: Partial<RecordChange>): RecordChange {
  return {
    record: { ...newRecord('web', newMachine(0), 'boot-0'), wanted: 'up', enabled: true, linesLost: 4 },
    machine: MACHINE,
    effects: [],
    change: undefined,
    isIntent: false,
    ended: undefined,
    entry: undefined,
    stableAfterMs: 60_000,
    bootId: 'boot-1',
    ...more,
  };
}

/** @param at when it ended @param decision undefined: it was asked to end */
function endRun(at: number, decision?: (Effect & { type: 'end-run' })['decision']): Effect {
  return { type: 'end-run', decision, restart: 0, ending: { code: 7, signal: null }, at };
}

const CRASH = { verdict: 'restart', delayMs: 0, isCrash: true, cause: 'exit', reason: 'x' } as const;

it('the boot in which it is wanted changes with an intent or with what is wanted, and else not', () => {
  expect(nextRecord(change({})).wantedBootId).toBe('boot-0');
  expect(nextRecord(change({ isIntent: true })).wantedBootId).toBe('boot-1');
  expect(nextRecord(change({ machine: { ...MACHINE, wanted: 'down' } }))).toMatchObject({
    wanted: 'down',
    wantedBootId: 'boot-1',
  });
});

it('an end leaves the last exit and the lines that were lost', () => {
  expect(nextRecord(change({ effects: [endRun(9000, CRASH)], ended: ENDED }))).toMatchObject({
    lastExit: { runId: 5, at: '1970-01-01T00:00:09.000000Z', code: 7, signal: null },
    linesLost: 7,
    lastGoodRunId: null,
  });
});

it.each([
  ['a ready run that ended as asked was good', endRun(2001), RUN, 5],
  [
    'a run that was up for the stable stretch was good, even when it crashed then',
    endRun(62_000, CRASH),
    RUN,
    5,
  ],
  ['a run that crashed before was not', endRun(61_999, CRASH), RUN, null],
  [
    'a run that never was ready was not, even when it ended as asked',
    endRun(99_000),
    { ...RUN, readyAt: null },
    null,
  ],
])('%s', (_title, effect, run, expected) => {
  const next = nextRecord(change({ effects: [effect], ended: { ...ENDED, run } }));
  expect(next.lastGoodRunId).toBe(expected);
});

it('a run that never began leaves no exit', () => {
  const ended: EndedRun = { ...ENDED, outcome: { kind: 'never-began' } };
  expect(nextRecord(change({ effects: [endRun(9000)], ended })).lastExit).toBeNull();
});

it('giving up disables it, by torud, and that is an event when it was enabled', () => {
  const effects: readonly Effect[] = [{ type: 'disable', reason: 'given up' }];
  expect(nextRecord(change({ effects }))).toMatchObject({ enabled: false, enabledActor: { kind: 'daemon' } });
  const never = { ...newRecord('web', newMachine(0), 'boot-0'), wanted: 'up' as const };
  expect(nextRecord(change({ record: never, effects }))).toMatchObject({
    enabledActor: null,
    enabledAt: null,
  });
  expect(disablingEvents(effects, true)).toMatchObject([
    { type: 'event', event: 'disabled', reason: 'given up' },
  ]);
  expect(disablingEvents(effects, false)).toEqual([]);
  expect(disablingEvents([], true)).toEqual([]);
});
