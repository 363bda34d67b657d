/** Finds fewer steps that still fail: drops halves, then quarters, down to single steps. */

import type { Step } from './steps.ts';

/** Plays at most. */
const MAX_TRIES = 400;

export async function shrink(
  steps: readonly Step[],
  fails: (steps: readonly Step[]) => Promise<boolean>,
): Promise<readonly Step[]> {
  let kept = steps;
  let tries = 0;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length && tries < MAX_TRIES; ) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      tries += 1;
      if (await fails(fewer)) kept = fewer;
      else at += size;
    }
  }
  return kept;
}
