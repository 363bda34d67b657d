/** Patterns that a person types, on a machine that has no time. */

import { describe, expect, test, vi } from 'vitest';
import { type LogPattern, logPattern, withinLimit } from '../../src/cli/tui/screens/logs/logs-pattern.ts';

function made(text: string): LogPattern {
  const result = logPattern(text);
  if (!result.ok) throw new Error(result.failure);
  return result.value;
}

/** Holds the thread until so many milliseconds of the wall clock have passed. */
function held(forMs: number, said: string): string {
  hold(forMs);
  return said;
}

function hold(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) Math.sqrt(untilMs);
}

describe('the limit of a pattern', () => {
  test('is none for plain words, however long the machine takes', () => {
    for (const text of ['refused', 'ECONNREFUSED', 'a b-c/d: "e"', 'größer'])
      expect(withinLimit([made(text), undefined], () => held(40, text), 5)).toBe(text);
  });

  test('is for every pattern with a sign in it', () => {
    for (const text of ['a+', 'a.b', '^a', 'a|b', '[ab]', 'a{2}', '\\d'])
      expect(withinLimit([made('plain'), made(text)], () => held(100, text), 10)).toBeUndefined();
  });

  test('counts computing: what a busy machine did not get done is tried again', () => {
    const usage = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
    let tries = 0;
    const work = (): string => {
      tries += 1;
      if (tries < 3) hold(100);
      return 'done';
    };
    try {
      expect(withinLimit([made('a+')], work, 10)).toBe('done');
      expect(tries).toBe(3);
    } finally {
      usage.mockRestore();
    }
  });
});
