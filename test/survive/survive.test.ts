/** The death of torud, a hundred times: nothing is lost, nothing is doubled, nobody notices. */

import { expect, it } from 'vitest';
import { survive } from './survive.ts';

/** TORU_TEST_SEED repeats the kill times and the crashes; TORU_SURVIVE_KILLS sets how often torud is killed. */
const SEED = Number(process.env.TORU_TEST_SEED ?? Date.now() % 2 ** 31);
const KILLS = Number(process.env.TORU_SURVIVE_KILLS ?? 100);

it(`fifty writing plugins survive ${KILLS} kills of torud without loss, repetition or disorder (seed ${SEED})`, async () => {
  const { faults, ...figures } = await survive({
    seed: SEED,
    kills: KILLS,
    crashEveryMs: 2_000,
    logBytes: 16 * 1024,
    clientPauseMs: 5,
  });
  console.log(JSON.stringify(figures));
  expect(faults).toEqual([]);
  expect(figures.crashes).toBeGreaterThan(0);
  expect(figures.acknowledgements).toBeGreaterThan(0);
  expect(figures.logFiles).toBeGreaterThan(figures.plugins);
});
