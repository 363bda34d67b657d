/** The restart policy: how a run ended and how often before in, verdict with delay and reason out. Pure. */

import type { CrashCause, Verdict } from '../../protocol/control/crashes.ts';
import type { RestartSettings } from '../catalog/settings.ts';

/** How a run ended, as the policy sees it. */
export interface RunEnding {
  readonly code: number | null;
  readonly signal: string | null;
  /** Set when torud itself ended the run, or it never began: whatever the exit code, that is a crash. */
  readonly cause?: CrashCause;
  /** What happened, for people: `it was not ready within 30 s`. */
  readonly detail?: string;
}

export interface Decision {
  /** `restart`: again after `delayMs`. `give-up`: failed and disabled. `none`: left as it ended. */
  readonly verdict: Verdict;
  readonly delayMs: number | null;
  readonly isCrash: boolean;
  readonly cause: CrashCause | 'done';
  /** What happened and what follows, one sentence without a full stop. */
  readonly reason: string;
}

/**
 * @param restarts restarts in a row that were made before this end
 * @param chance 0 to 1, for the jitter
 */
export function decideRestart(
  ending: RunEnding,
  restarts: number,
  settings: RestartSettings,
  chance: number,
): Decision {
  const isCrash = isCrashEnding(ending, settings);
  const cause = isCrash ? causeOf(ending) : 'done';
  const what = describeEnding(ending);
  const stay = (why: string): Decision => ({
    verdict: 'none',
    delayMs: null,
    isCrash,
    cause,
    reason: `${what}; ${why}`,
  });

  if (settings.policy === 'never') return stay('its restart policy is "never"');
  if (!isCrash && settings.policy === 'on-crash') return stay('that is no crash, so it is not restarted');
  if (ending.code !== null && settings.noRestartCodes.includes(ending.code)) {
    return stay('its settings say not to restart after this code');
  }
  if (settings.limit !== null && restarts >= settings.limit) {
    const times = restarts === 1 ? '1 restart' : `${restarts} restarts`;
    return {
      verdict: 'give-up',
      delayMs: null,
      isCrash,
      cause,
      reason: `${what}; given up and disabled after ${times} without a stable stretch`,
    };
  }
  const delayMs = delayBefore(restarts, settings, chance);
  return { verdict: 'restart', delayMs, isCrash, cause, reason: what };
}

/** `exit code 7`, `SIGSEGV`, `it was not ready within 30 s`. */
export function describeEnding(ending: RunEnding): string {
  if (ending.detail !== undefined) return ending.detail;
  if (ending.signal !== null) return `it was killed by ${ending.signal}`;
  if (ending.code !== null) return `it ended with exit code ${ending.code}`;
  return 'it ended, and nobody saw how';
}

function isCrashEnding(ending: RunEnding, settings: RestartSettings): boolean {
  if (ending.cause !== undefined || ending.signal !== null) return true;
  return ending.code === null || !settings.successCodes.includes(ending.code);
}

function causeOf(ending: RunEnding): CrashCause {
  if (ending.cause !== undefined) return ending.cause;
  return ending.signal !== null ? 'signal' : 'exit';
}

function delayBefore(restarts: number, settings: RestartSettings, chance: number): number {
  const { delaysMs, jitter } = settings;
  const delayMs = delaysMs[Math.min(restarts, delaysMs.length - 1)] ?? 0;
  return Math.round(delayMs * (1 + jitter * chance));
}
