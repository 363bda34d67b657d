/** When an action is done, and when it cannot be any more. */

import { expect, it } from 'vitest';
import type { Blocker, Machine, MachineRun, Phase } from '../../src/daemon/supervisor/machine-model.ts';
import { newMachine } from '../../src/daemon/supervisor/plugin-machine.ts';
import { type Target, Waiters } from '../../src/daemon/supervisor/waiters.ts';
import type { ActionOutcome } from '../../src/protocol/control/plugins.ts';
import { errorBody } from '../../src/protocol/errors.ts';

const RUN: MachineRun = { runId: 5, startedAt: 1000, readyAt: null };
const UP: Target = { kind: 'up', oldRun: undefined };
const DOWN: Target = { kind: 'down' };

function machine(phase: Phase, wanted: 'up' | 'down' = 'up'): Machine {
  return { ...newMachine(0), phase, wanted, reason: 'because' };
}

const STOPPING: Phase = { name: 'stopping', run: RUN, goal: { kind: 'stop' } };
const RESTARTING: Phase = { name: 'stopping', run: RUN, goal: { kind: 'restart' } };

function waiting(kind: Blocker['kind']): Phase {
  return { name: 'waiting', blockers: [{ plugin: 'db', text: 'for db', kind }], because: 'asked' };
}

/** The outcome if it is there already, after promises have settled. */
async function settled(promise: Promise<ActionOutcome>): Promise<ActionOutcome | 'pending'> {
  return Promise.race([promise, new Promise<'pending'>((resolve) => setImmediate(() => resolve('pending')))]);
}

it.each<[string, Phase, Target, 'pending' | 'reached' | string]>([
  ['running', { name: 'running', run: RUN }, UP, 'reached'],
  ['running in the old run', { name: 'running', run: RUN }, { kind: 'up', oldRun: RUN }, 'pending'],
  [
    'running in a new run',
    { name: 'running', run: { ...RUN, runId: 6 } },
    { kind: 'up', oldRun: RUN },
    'reached',
  ],
  ['starting', { name: 'starting', run: RUN }, UP, 'pending'],
  ['waiting for what will come', waiting('pending'), UP, 'pending'],
  ['waiting for what has given up', waiting('given-up'), UP, 'dependency'],
  ['waiting for what is missing', waiting('unmet'), UP, 'dependency'],
  ['restarting', RESTARTING, UP, 'pending'],
  ['stopping', STOPPING, UP, 'failed'],
  ['backoff', { name: 'backoff', dueAt: 9 }, UP, 'failed'],
  ['failed', { name: 'failed' }, UP, 'failed'],
  ['exited', { name: 'exited' }, UP, 'failed'],
  ['stopped', { name: 'stopped' }, UP, 'failed'],
  ['invalid', { name: 'invalid', problem: 'bad' }, UP, 'invalid'],
  ['stopped', { name: 'stopped' }, DOWN, 'reached'],
  ['failed', { name: 'failed' }, DOWN, 'reached'],
  ['exited', { name: 'exited' }, DOWN, 'reached'],
  ['invalid', { name: 'invalid', problem: 'bad' }, DOWN, 'reached'],
  ['stopping', STOPPING, DOWN, 'pending'],
  ['running and wanted', { name: 'running', run: RUN }, DOWN, 'failed'],
  ['backoff', { name: 'backoff', dueAt: 9 }, { kind: 'no-process' }, 'reached'],
  ['stopping', STOPPING, { kind: 'no-process' }, 'pending'],
])('%s is judged', async (_name, phase, target, expected) => {
  const outcome = await settled(new Waiters('web').wait(machine(phase), target, true));
  if (expected === 'pending') expect(outcome).toBe('pending');
  else if (expected === 'reached')
    expect(outcome).toEqual({ plugin: 'web', changed: true, state: phase.name });
  else expect(outcome).toMatchObject({ state: phase.name, error: { code: expected } });
});

it('a waiter is asked after each transition and settles once', async () => {
  const waiters = new Waiters('web');
  const done = waiters.wait(machine({ name: 'starting', run: RUN }), UP, true);
  waiters.settle(machine({ name: 'starting', run: RUN }));
  expect(await settled(done)).toBe('pending');
  waiters.settle(machine({ name: 'running', run: RUN }));
  waiters.settle(machine({ name: 'failed' }));
  expect(await done).toEqual({ plugin: 'web', changed: true, state: 'running' });
});

it('waiters with different targets settle apart', async () => {
  const waiters = new Waiters('web');
  const restart = waiters.wait(machine({ name: 'running', run: RUN }), { kind: 'up', oldRun: RUN }, true);
  const down = waiters.wait(machine(RESTARTING, 'up'), DOWN, false);
  waiters.settle(machine({ name: 'running', run: { ...RUN, runId: 6 } }));
  expect((await restart).error).toBeUndefined();
  expect(await down).toMatchObject({ changed: false, error: { message: 'it was started again: because' } });
});

it('everybody who waits is told when torud leaves', async () => {
  const waiters = new Waiters('web');
  const done = waiters.wait(machine({ name: 'starting', run: RUN }), UP, true);
  waiters.abandon(machine({ name: 'starting', run: RUN }), errorBody('unavailable', 'torud is leaving'));
  expect(await done).toMatchObject({ state: 'starting', error: { code: 'unavailable' } });
});

it.each<[string, Phase, string, string]>([
  [
    'exited',
    { name: 'exited' },
    'it ended with exit code 0; that is no crash',
    'it ended with exit code 0, before it was ready; that is no crash',
  ],
  [
    'backoff',
    { name: 'backoff', dueAt: 9 },
    'it ended with exit code 7',
    'it ended with exit code 7, before it was ready; it will be tried again',
  ],
])('what ends before it is ready is told in one sentence: %s', async (_name, phase, reason, message) => {
  const outcome = await settled(new Waiters('web').wait({ ...machine(phase), reason }, UP, true));
  expect(outcome).toMatchObject({ error: { message } });
});

it('who waits for what has given up is told how to try that again', async () => {
  const outcome = await settled(new Waiters('web').wait(machine(waiting('given-up')), UP, true));
  expect(outcome).toMatchObject({ error: { hint: expect.stringContaining('"toru start db"') } });
});
