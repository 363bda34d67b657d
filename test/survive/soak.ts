/**
 * A long life: 1,000 kills of torud, then one torud that goes on for MINUTES (30) while plugins write, crash and are
 * switched; its memory and descriptors at the end are held against those after three minutes.
 *
 *   node test/survive/soak.ts [MINUTES]
 */

import { setTimeout as after } from 'node:timers/promises';
import { mean, type Sample, sampleOf } from './process-sample.ts';
import { survive } from './survive.ts';

/** TORU_TEST_SEED repeats a soak; TORU_SURVIVE_KILLS makes it shorter. */
const SEED = Number(process.env.TORU_TEST_SEED ?? Date.now() % 2 ** 31);
const KILLS = Number(process.env.TORU_SURVIVE_KILLS ?? 1000);
const DEFAULT_MINUTES = 30;
/** When torud counts as warm; a shorter soak takes a tenth of its length. */
const WARM_MS = 3 * 60_000;
const SAMPLE_EVERY_MS = 1_000;
/** Each figure is the mean of so many samples: a garbage collection more or less is no growth. */
const SAMPLES = 30;
const MOST_GROWTH = 0.1;

async function main(): Promise<void> {
  const minutes = Number(process.argv[2] ?? DEFAULT_MINUTES);
  if (!(minutes > 0)) {
    console.error('usage: node test/survive/soak.ts [MINUTES]');
    process.exitCode = 2;
    return;
  }
  console.log(`seed ${SEED}: ${KILLS} kills, then ${minutes} minutes`);
  let hasGrown = false;
  const { faults, ...figures } = await survive({
    seed: SEED,
    kills: KILLS,
    crashEveryMs: 20_000,
    logBytes: 1024 * 1024,
    clientPauseMs: 20,
    afterwards: async (torudPid) => {
      hasGrown = await watch(torudPid, minutes * 60_000);
    },
  });
  console.log(JSON.stringify(figures));
  for (const fault of faults) console.log(`fault: ${fault}`);
  console.log(`${faults.length} faults`);
  process.exitCode = faults.length > 0 || hasGrown ? 1 : 0;
}

/** True when memory or descriptors have grown by more than a tenth. */
async function watch(torudPid: number, durationMs: number): Promise<boolean> {
  const count = Math.ceil(durationMs / SAMPLE_EVERY_MS);
  const warm = Math.floor(Math.min(WARM_MS, durationMs / 10) / SAMPLE_EVERY_MS);
  const samples: Sample[] = [];
  for (let index = 0; index < count; index += 1) {
    await after(SAMPLE_EVERY_MS);
    samples.push(sampleOf(torudPid));
    if (index % 60 === 59) report(`${(index + 1) / 60} min`, mean(samples.slice(-SAMPLES)));
  }
  const early = mean(samples.slice(warm, warm + SAMPLES));
  const late = mean(samples.slice(-SAMPLES));
  report(`after ${Math.round((warm * SAMPLE_EVERY_MS) / 1000)} s`, early);
  report('at the end', late);
  const growths = [
    late.memoryBytes / early.memoryBytes - 1,
    late.descriptors / Math.max(1, early.descriptors) - 1,
  ];
  const hasGrown = growths.some((growth) => growth > MOST_GROWTH);
  const [memory = 0, descriptors = 0] = growths.map((growth) => Math.round(growth * 1000) / 10);
  const verdict = hasGrown ? 'grown' : 'within 10 %';
  console.log(`memory ${memory} %, descriptors ${descriptors} %: ${verdict}`);
  return hasGrown;
}

function report(when: string, sample: Sample): void {
  const megabytes = (sample.memoryBytes / 2 ** 20).toFixed(1);
  console.log(`${when}: ${megabytes} MiB resident, ${sample.descriptors.toFixed(1)} descriptors`);
}

await main();
