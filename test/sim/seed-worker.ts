/**
 * Plays seeds in a process of its own: `seed-worker.ts FROM COUNT STRIDE`. Prints one JSON line a failing seed, and
 * ends after the first ten. With SIM_STEPS (JSON) it plays those steps instead.
 */

import { Killed } from './mortal.ts';
import { stepsOf } from './seed-steps.ts';
import { shrink } from './shrink.ts';
import { SimStore } from './sim-store.ts';
import { type Outcome, Simulation } from './simulation.ts';
import type { Step } from './steps.ts';

const MAX_FAILURES = 10;

export interface Failure {
  readonly seed: number | null;
  readonly violations: readonly string[];
  readonly steps: readonly Step[];
  readonly trace: readonly string[];
}

let current: Simulation | undefined;

function onThrown(thrown: unknown): void {
  if (thrown instanceof Killed) return;
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  if (current === undefined) throw thrown;
  current.onBug(`nobody caught: ${text}`);
}

async function play(store: SimStore, steps: readonly Step[], isTracing: boolean): Promise<Outcome> {
  current = new Simulation(store, isTracing);
  return current.play(steps);
}

async function explain(store: SimStore, seed: number | null, steps: readonly Step[]): Promise<Failure> {
  const fewer = await shrink(steps, async (some) => (await play(store, some, false)).violations.length > 0);
  const { violations, trace } = await play(store, fewer, true);
  return { seed, violations, steps: fewer, trace };
}

async function main(): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
  process.on('uncaughtException', onThrown);
  process.on('unhandledRejection', onThrown);
  const store = new SimStore();
  try {
    const given = process.env.SIM_STEPS;
    if (given !== undefined) {
      const steps = JSON.parse(given) as readonly Step[];
      const outcome = await play(store, steps, true);
      process.stdout.write(`${JSON.stringify({ seed: null, steps, ...outcome })}\n`);
      return;
    }
    const [from = 0, count = 1, stride = 1] = process.argv.slice(2).map(Number);
    let failures = 0;
    for (let index = 0; index < count && failures < MAX_FAILURES; index += 1) {
      const seed = from + index * stride;
      const steps = stepsOf(seed);
      if ((await play(store, steps, false)).violations.length === 0) continue;
      failures += 1;
      process.stdout.write(`${JSON.stringify(await explain(store, seed, steps))}\n`);
    }
  } finally {
    store.close();
  }
}

void main();
