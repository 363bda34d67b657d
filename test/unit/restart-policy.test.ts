import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RestartSettings } from '../../src/daemon/catalog/settings.ts';
import { decideRestart } from '../../src/daemon/supervisor/restart-policy.ts';

const DEFAULTS: RestartSettings = {
  policy: 'on-crash',
  delaysMs: [1000, 2000, 4000, 8000, 16_000],
  jitter: 0,
  limit: 10,
  stableAfterMs: 60_000,
  successCodes: [0],
  noRestartCodes: [],
};
const EXIT_7 = { code: 7, signal: null };
const EXIT_0 = { code: 0, signal: null };

function delayAfter(restarts: number): number | null {
  return decideRestart(EXIT_7, restarts, { ...DEFAULTS, limit: null }, 0).delayMs;
}

describe('the restart policy', () => {
  it('waits 1, 2, 4, 8, 16 s and then 16 s each time', () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(delayAfter)).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000, 16_000]);
  });

  it('gives up after ten restarts', () => {
    expect(decideRestart(EXIT_7, 9, DEFAULTS, 0).verdict).toBe('restart');
    expect(decideRestart(EXIT_7, 10, DEFAULTS, 0)).toMatchObject({ verdict: 'give-up', delayMs: null });
  });

  it('without a limit never gives up', () => {
    expect(decideRestart(EXIT_7, 1_000_000, { ...DEFAULTS, limit: null }, 0).verdict).toBe('restart');
  });

  it('leaves a clean exit alone, unless the policy is "always"', () => {
    expect(decideRestart(EXIT_0, 0, DEFAULTS, 0)).toMatchObject({ verdict: 'none', isCrash: false });
    const always = decideRestart(EXIT_0, 0, { ...DEFAULTS, policy: 'always' }, 0);
    expect(always).toMatchObject({ verdict: 'restart', isCrash: false, cause: 'done' });
  });

  it('takes codes that are named as success for success', () => {
    const settings = { ...DEFAULTS, successCodes: [0, 7] };
    expect(decideRestart(EXIT_7, 0, settings, 0)).toMatchObject({ isCrash: false, verdict: 'none' });
  });

  it('does not restart after a code that is named so, but it stays a crash', () => {
    const settings = { ...DEFAULTS, noRestartCodes: [7] };
    expect(decideRestart(EXIT_7, 0, settings, 0)).toMatchObject({ isCrash: true, verdict: 'none' });
  });

  it('never restarts with policy "never"', () => {
    expect(decideRestart(EXIT_7, 0, { ...DEFAULTS, policy: 'never' }, 0).verdict).toBe('none');
  });

  it('counts an end by signal, and one that nobody saw, as a crash', () => {
    expect(decideRestart({ code: null, signal: 'SIGSEGV' }, 0, DEFAULTS, 0)).toMatchObject({
      isCrash: true,
      cause: 'signal',
      reason: 'it was killed by SIGSEGV',
    });
    expect(decideRestart({ code: null, signal: null }, 0, DEFAULTS, 0)).toMatchObject({ isCrash: true });
  });

  it('adds jitter up to its share and never less than the delay', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(20), (chance, restarts) => {
        const settings = { ...DEFAULTS, limit: null, jitter: 0.5 };
        const base = decideRestart(EXIT_7, restarts, { ...settings, jitter: 0 }, 0).delayMs ?? 0;
        const delayMs = decideRestart(EXIT_7, restarts, settings, chance).delayMs ?? 0;
        expect(delayMs).toBeGreaterThanOrEqual(base);
        expect(delayMs).toBeLessThanOrEqual(Math.ceil(base * 1.5));
      }),
    );
  });
});
