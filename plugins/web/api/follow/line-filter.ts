/** Which lines of a log a client wants: what torud filters by itself, and the same for lines as they come. */

import { LOG_LEVELS, type LogLevel, type LogReadParams } from '../../../../src/protocol/control/logs.ts';
import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import type { Entry } from './feed.ts';
import type { Pattern } from './pattern.ts';

export interface LineFilter {
  /** RFC 3339. */
  readonly since?: string;
  readonly until?: string;
  /** This level and more urgent ones. */
  readonly level?: LogLevel;
  readonly stream?: 'stdout' | 'stderr';
  /** A run id, or -1 for the newest one; digits. */
  readonly run?: string;
}

export const TOO_SLOW: ErrorBody = errorBody('usage', 'grep: this pattern takes too long', {
  hint: 'use one without nested repetitions',
});

/** For torud, which knows nothing of patterns. */
export function readParams({
  since,
  until,
  level,
  stream,
  run,
}: LineFilter): Omit<LogReadParams, 'names' | 'all'> {
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(level === undefined ? {} : { level }),
    ...(stream === undefined ? {} : { stream }),
    ...(run === undefined ? {} : { run: Number(run) }),
  };
}

/** For lines that come; undefined: everything is wanted. */
export function chooserOf(
  { level, stream, run, since }: LineFilter,
  pattern: Pattern | undefined,
): ((entries: readonly Entry[]) => readonly Entry[]) | undefined {
  const hasPlain = [level, stream, run, since].some((one) => one !== undefined);
  if (!hasPlain && pattern === undefined) return undefined;
  const rank = level === undefined ? LOG_LEVELS.length : LOG_LEVELS.indexOf(level);
  const sinceMs = since === undefined ? 0 : Date.parse(since);
  const isWanted = ({ facts }: Entry): boolean =>
    LOG_LEVELS.indexOf(facts.level as LogLevel) <= rank &&
    (stream === undefined || facts.stream === stream) &&
    (run === undefined || Number(run) < 0 || facts.run === Number(run)) &&
    (sinceMs === 0 || Date.parse(String(facts.timestamp)) >= sinceMs);
  return (entries) => {
    const chosen = hasPlain ? entries.filter(isWanted) : entries;
    return pattern === undefined ? chosen : pattern.filter(chosen, messageOf);
  };
}

export function messageOf({ facts }: Entry): string {
  return typeof facts.message === 'string' ? facts.message : '';
}
