/** How late a run is on purpose: spread over the time that is allowed, and always the same for the same moment. */

import { createHash } from 'node:crypto';

/**
 * Milliseconds from 0 to `jitterMs`.
 * @param seed differs from machine to machine, so that a fleet does not begin all at once
 */
export function jitterOf(seed: string, name: string, dueAt: number, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  const digest = createHash('sha256').update(`${seed}\0${name}\0${dueAt}`).digest();
  return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * (jitterMs + 1));
}
