/** A capsule as it is held: bounded, whatever a plugin wrote before it crashed. Pure. */

import type { CapsuleLine, Crash, CrashShowResult, StoredRun } from '../../../../protocol/control/crashes.ts';

/** Characters that are held of one line; the whole of it is in the log. */
export const MAX_MESSAGE = 2_048;

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

/** An older torud sends it whole. A part of a string keeps the whole of it in memory; a copy of the part does not. */
function heldLine(one: CapsuleLine): CapsuleLine {
  const leftOut = one.message.length - MAX_MESSAGE;
  if (leftOut <= 0) return one;
  return { ...one, message: Buffer.from(one.message.slice(0, MAX_MESSAGE)).toString(), leftOut };
}

/** The line with how much of it is missing. */
export function messageText({ message, leftOut }: CapsuleLine): string {
  return leftOut === undefined ? message : `${message} [${leftOut} more characters]`;
}
