/**
 * Keeps a shim from removing output that a follower has not read yet: `ID.hold` beside the files tells how far the one that is
 * furthest has come (ARCHITECTURE.md, "Contract of toru-shim"). The shim waits for one that moves, and for no other.
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';
import type { OutputFiles } from './output-files.ts';

/** How long a script that floods waits for a follower that may be about to come; for one that does not move, five times as long. */
export const HOLD_MS = 1_000;
/** A position is told when it is so much further. */
const STEP_BYTES = 128 * 1024;
const DIGITS = 20;

interface Hold {
  /** Undefined: it could not be made. */
  readonly descriptor: number | undefined;
  followers: number;
  position: number;
  told: number;
}

/** One follower's share of a hold. */
export interface Following {
  /** @param isAll the follower has read all that there is */
  readUpTo(position: number, isAll: boolean): void;
  end(): void;
}

export class OutputHolds {
  readonly #files: OutputFiles;
  readonly #holds = new Map<string, Hold>();

  constructor(files: OutputFiles) {
    this.#files = files;
  }

  follow(id: string, from: number): Following {
    const hold = this.#holds.get(id) ?? this.#make(id, from);
    hold.followers += 1;
    return {
      readUpTo: (position, isAll) => this.#tell(hold, position, isAll),
      end: () => this.#leave(id, hold),
    };
  }

  #make(id: string, from: number): Hold {
    const hold = { descriptor: openHold(this.#files.holdPath(id)), followers: 0, position: from, told: 0 };
    this.#holds.set(id, hold);
    this.#tell(hold, from, true);
    return hold;
  }

  #tell(hold: Hold, position: number, isAll: boolean): void {
    hold.position = Math.max(hold.position, position);
    const step = hold.position - hold.told;
    if (hold.descriptor === undefined || step === 0 || (step < STEP_BYTES && !isAll)) return;
    hold.told = hold.position;
    try {
      writeSync(hold.descriptor, String(hold.position).padStart(DIGITS, '0'), 0);
    } catch (thrown) {
      // On a full disk the shim waits its second, and no longer.
      if (errnoOf(thrown) === undefined) throw thrown;
    }
  }

  #leave(id: string, hold: Hold): void {
    hold.followers -= 1;
    if (hold.followers > 0) return;
    this.#holds.delete(id);
    if (hold.descriptor !== undefined) closeSync(hold.descriptor);
    this.#files.removeHold(id);
  }
}

function openHold(path: string): number | undefined {
  try {
    return openSync(path, 'w', 0o600);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return undefined;
  }
}
