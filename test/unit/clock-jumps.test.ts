/** Somebody sets the machine's clock by a day, forward or back: nothing waits for a day, nothing is done twice. */

import { describe, expect, it } from 'vitest';
import { KvStore } from '../../src/daemon/data/kv.ts';
import type { RunPlan } from '../../src/daemon/runs/run-plan.ts';
import type { CatalogView } from '../../src/daemon/supervisor/catalog-view.ts';
import { type Machine, readySpanMs } from '../../src/daemon/supervisor/machine-model.ts';
import { timerOf } from '../../src/daemon/supervisor/machine-timer.ts';
import { VirtualClock } from '../rig/virtual-clock.ts';
import { Scratch, unwrap } from './store-scratch.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 3);
const QUOTA = { maxKeys: 100, maxBytes: 100_000 };

const restart = { delaysMs: [1_000, 16_000], jitter: 0, stableAfterMs: 60_000 };
const settings = { restart };
const view = { kind: 'entry', entry: { settings } } as unknown as CatalogView;
const plan = { settings } as unknown as RunPlan;

function inBackoff(dueAt: number): Machine {
  return { phase: { name: 'backoff', dueAt }, restarts: 1 } as unknown as Machine;
}

function running(readyAt: number): Machine {
  return { phase: { name: 'running', run: { readyAt } }, restarts: 1 } as unknown as Machine;
}

describe('a deadline of a backoff that is looked at after the clock was set', () => {
  it('a day back: waits no longer than the longest delay', () => {
    const timer = timerOf(inBackoff(NOW + 1_000), view, undefined, NOW - DAY_MS);
    expect(timer).toEqual({ event: 'due', delayMs: 16_000 });
  });

  it('a day forward: is due at once', () => {
    expect(timerOf(inBackoff(NOW + 1_000), view, undefined, NOW + DAY_MS)?.delayMs).toBe(0);
  });
});

describe('how long a run was ready', () => {
  const run = { runId: 1, startedAt: NOW, readyAt: NOW };

  it('is not a day because the clock was set a day forward while it ran', () => {
    expect(readySpanMs(run, NOW + DAY_MS, 12)).toBe(12);
  });

  it('is known by the wall clock alone when another torud saw it get ready', () => {
    expect(readySpanMs(run, NOW + 5_000)).toBe(5_000);
  });
});

describe('the stable stretch of a run that is looked at after the clock was set', () => {
  it('a day back: lasts no longer than it is set to', () => {
    expect(timerOf(running(NOW), view, plan, NOW - DAY_MS)).toEqual({ event: 'stable', delayMs: 60_000 });
  });

  it('a day forward: is over, and not before now', () => {
    expect(timerOf(running(NOW), view, plan, NOW + DAY_MS)).toEqual({ event: 'stable', delayMs: 0 });
  });
});

it('a timer that runs already does not notice', () => {
  for (const jumpMs of [DAY_MS, -DAY_MS]) {
    const clock = new VirtualClock(NOW);
    let fired = 0;
    clock.setTimer(() => (fired += 1), 1_000);
    clock.setWallClock(NOW + jumpMs);
    clock.advance(999);
    expect(fired).toBe(0);
    clock.advance(1);
    expect(fired).toBe(1);
  }
});

it('keys with a time to live go by the wall clock; all others stay, and versions go on', () => {
  const scratch = new Scratch();
  const kv = new KvStore(scratch.open(), scratch.clock);
  const set = (key: string, ttlMs?: number) => unwrap(kv.set('a', { key, value: 'v', ttlMs }, QUOTA)).version;
  set('brief', 60_000);
  set('lasting');
  scratch.clock.wallMs -= DAY_MS;
  expect(unwrap(kv.list('a')).keys).toEqual(['brief', 'lasting']);
  scratch.clock.wallMs += 2 * DAY_MS;
  expect(unwrap(kv.list('a')).keys).toEqual(['lasting']);
  scratch.clock.wallMs -= DAY_MS;
  expect(unwrap(kv.get('a', 'brief')).value).toBeNull();
  expect(set('brief')).toBeGreaterThan(1);
});
