/** What a case says of a plugin. */

import type { Transport } from '../protocol/plugin/metadata.ts';
import type { CheckCase, CheckResult } from '../protocol/programs.ts';
import type { Stage } from './stage.ts';

export interface Verdict {
  readonly result: CheckResult;
  /** One line: what was seen. */
  readonly detail: string;
  /** One line: how to mend it. */
  readonly hint?: string;
}

/** A case of the suite. It begins its own runs, and the stage ends them. */
export interface ConformanceCase extends CheckCase {
  /** Transports that it means something for; with others it is skipped. */
  readonly transports: readonly Transport[];
  /** Cases that must have passed, when they were asked for as well: what fails there would only fail here again. */
  readonly needs: readonly string[];
  /** Looks at what all other cases left: runs after them. */
  readonly isLast?: boolean;
  readonly run: (stage: Stage) => Promise<Verdict>;
}

/** Transports that speak the protocol. */
export const SPEAKING: readonly Transport[] = ['socket', 'stdio'];
export const ALL_TRANSPORTS: readonly Transport[] = ['socket', 'stdio', 'none'];

export function pass(detail: string): Verdict {
  return { result: 'pass', detail };
}

export function fail(detail: string, hint?: string): Verdict {
  return hint === undefined ? { result: 'fail', detail } : { result: 'fail', detail, hint };
}

export function skip(detail: string): Verdict {
  return { result: 'skip', detail };
}

/** `12 ms`, `3.4 s`. */
export function inTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
