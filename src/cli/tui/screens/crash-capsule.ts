/** A capsule as it is held: bounded, whatever a plugin wrote before it crashed. Pure. */

import type { CapsuleLine, Crash, CrashShowResult, StoredRun } from '../../../protocol/control/crashes.ts';

/** Characters that are held of one line; the whole of it is in the log. */
export const MAX_MESSAGE = 4_096;

export interface Capsule {
  readonly crash: Crash;
  readonly run: StoredRun | null;
  readonly lastGood: StoredRun | null;
}

export function capsuleOf({ crash, run, lastGoodRun }: CrashShowResult): Capsule {
  return {
    crash: { ...crash, lastLines: crash.lastLines.map(heldLine) },
    run: run ?? null,
    lastGood: lastGoodRun ?? null,
  };
}

function heldLine(one: CapsuleLine): CapsuleLine {
  if (one.message.length <= MAX_MESSAGE) return one;
  const left = one.message.length - MAX_MESSAGE;
  return { ...one, message: `${detached(one.message.slice(0, MAX_MESSAGE))} [${left} more characters]` };
}

/** A part of a string keeps the whole of it in memory; its copy does not. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
