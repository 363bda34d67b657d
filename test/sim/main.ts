/**
 * `npm run sim [COUNT]`: plays so many seeds (a million unless said), beginning at SIM_FROM (1), on all cores. With
 * SIM_SEED it plays that one and shows what happens in it. Exit code 1 when a promise was broken.
 */

import { availableParallelism } from 'node:os';
import { describeFailure, playSeeds, playSteps } from './seed-pool.ts';
import { stepsOf } from './seed-steps.ts';

const DEFAULT_COUNT = 1_000_000;
const SHOWN = 3;
/** Seeds between two lines of progress. */
const PART = 50_000;

async function main(): Promise<number> {
  const seed = process.env.SIM_SEED;
  if (seed !== undefined) return showSeed(Number(seed));
  const count = Number(process.argv[2] ?? DEFAULT_COUNT);
  const from = Number(process.env.SIM_FROM ?? 1);
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(from)) {
    process.stderr.write('usage: npm run sim [COUNT]; COUNT and SIM_FROM are whole numbers\n');
    return 2;
  }
  const startedAt = performance.now();
  for (let done = 0; done < count; done += PART) {
    const part = Math.min(PART, count - done);
    const failures = await playSeeds(from + done, part, availableParallelism());
    for (const { seed, violations } of failures) process.stdout.write(`seed ${seed}: ${violations[0]}\n`);
    for (const failure of failures.slice(0, SHOWN)) process.stdout.write(`${describeFailure(failure)}\n\n`);
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stdout.write(
      `seeds ${from} to ${from + done + part - 1}: ${failures.length} of the last ${part} failed (${seconds} s)\n`,
    );
    if (failures.length > 0) return 1;
  }
  return 0;
}

async function showSeed(seed: number): Promise<number> {
  const played = await playSteps(stepsOf(seed));
  process.stdout.write(`${played.trace.join('\n')}\n`);
  for (const line of played.violations) process.stdout.write(`broken: ${line}\n`);
  const failures = played.violations.length === 0 ? [] : await playSeeds(seed, 1, 1);
  for (const failure of failures) process.stdout.write(`\n${describeFailure(failure)}\n`);
  return played.violations.length === 0 ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});
