/** How a run ended, and how long it lasted, in words. */

import { CRASH_CAUSES, type CrashCause } from '../protocol/control/crashes.ts';
import type { ListedRun } from '../protocol/control/runs.ts';
import { formatDuration, formatSpan } from './output/sizes.ts';
import { causeText } from './status-block.ts';

/** True when the run's end was unwanted. */
export function isCrash({ cause }: ListedRun): boolean {
  return isCrashCause(cause);
}

/** `exit 7`, `SIGSEGV`, `stopped, SIGTERM`, `done, exit 0`, `running`. */
export function runEndText({ cause, exitCode, signal, endedAt }: ListedRun): string {
  if (endedAt === null) return 'running';
  const end = signal ?? (exitCode === null ? undefined : `exit ${exitCode}`);
  const withEnd = (word: string): string => (end === undefined ? word : `${word}, ${end}`);
  if (isCrashCause(cause)) {
    const text = causeText({ cause, exitCode, signal, coreDumped: false });
    return end === undefined || text.includes(end) ? text : `${text}, ${end}`;
  }
  switch (cause) {
    case 'requested':
      return withEnd('stopped');
    case 'done':
      return withEnd('done');
    case 'lost':
      return withEnd('nobody saw');
    default:
      return withEnd(cause ?? 'ended');
  }
}

/** Milliseconds from its start to its end, or until now. */
export function runSpanMs({ startedAt, endedAt }: ListedRun, nowMs: number): number {
  return Math.max(0, (endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** Tenths of seconds tell crashes at the start apart: `2.1 s`, `5m 12s`. */
export function lastedText(ms: number): string {
  return ms < 10_000 ? formatSpan(ms) : formatDuration(ms);
}

function isCrashCause(cause: string | null): cause is CrashCause {
  return (CRASH_CAUSES as readonly (string | null)[]).includes(cause);
}
