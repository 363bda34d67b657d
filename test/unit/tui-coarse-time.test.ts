/** Ages that stand still for a minute, an hour, a day. */

import { expect, test } from 'vitest';
import { coarseAge } from '../../src/cli/tui/coarse-time.ts';

const MINUTE_MS = 60_000;

test.each([
  [0, '<1m'],
  [MINUTE_MS, '1m'],
  [19 * MINUTE_MS + 42_000, '19m'],
  [60 * MINUTE_MS - 1, '59m'],
  [60 * MINUTE_MS, '1h'],
  [24 * 60 * MINUTE_MS, '1d'],
])('%i ms are %s', (ms, text) => {
  expect(coarseAge(ms)).toBe(text);
});
