/** How far a key moves, as in less: one row, half a page, a page, or to an end. Pure. */

import type { Key } from './messages.ts';

/** Rows down, or up where negative; infinite for the ends. Undefined: no such key. @param height rows of a page */
export function pageStep(key: Key, height: number): number | undefined {
  const half = Math.max(1, Math.floor(height / 2));
  const steps: Readonly<Record<Key, number>> = {
    j: 1,
    down: 1,
    k: -1,
    up: -1,
    'ctrl-d': half,
    'ctrl-u': -half,
    ' ': height,
    pagedown: height,
    pageup: -height,
    g: Number.NEGATIVE_INFINITY,
    home: Number.NEGATIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
  };
  return Object.hasOwn(steps, key) ? steps[key] : undefined;
}
