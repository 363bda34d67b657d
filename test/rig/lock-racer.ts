/** Forked by tests: tries to take one lock after the other, each at a moment agreed on, and reports which it got. */

import { IdentityLock } from '../../src/daemon/control/identity-lock.ts';
import { systemProcesses } from '../../src/daemon/control/lock-identity.ts';

/** Long enough for one try of each racer. */
const ROUND_MS = 4;

process.once('message', (startMs: number) => {
  const won = process.argv.slice(2).map((file, round) => {
    const lock = new IdentityLock(file, systemProcesses);
    // Nothing but spinning brings the racers within microseconds of each other.
    while (performance.timeOrigin + performance.now() < startMs + round * ROUND_MS);
    return lock.acquire().ok;
  });
  process.send?.(won);
  // A listener keeps it alive until the test ends it: what it has won stays taken.
  process.on('message', () => undefined);
});
process.send?.('ready');
