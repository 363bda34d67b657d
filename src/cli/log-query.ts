/** What `toru logs` was asked for, from its options. */

import type { LogReadParams } from '../protocol/control/logs.ts';
import { LOG_LEVELS } from '../protocol/control/logs.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { failure, success } from '../protocol/result.ts';
import { collect, given, integerOption, momentOption, regexOption, wordOption } from './option-values.ts';
import type { Session } from './session.ts';

const FOLLOW_LINES = 10;
/** Most lines that are kept for `-n N --grep RE`, which has to see all before it knows the last. */
const MAX_KEPT_LINES = 1_000_000;

export interface LogQuery {
  /** For the daemon; without `lines` and `follow`. */
  readonly params: LogReadParams;
  readonly isFollow: boolean;
  /** The last so many, after --grep; undefined: all. */
  readonly lines: number | undefined;
  readonly pattern: RegExp | undefined;
}

export function logQuery(session: Session, nowMs: number): Result<LogQuery, ErrorBody> {
  const options = collect({
    lines: integerOption(session, 'lines', 0),
    run: integerOption(session, 'run', Number.MIN_SAFE_INTEGER),
    since: momentOption(session, 'since', nowMs),
    until: momentOption(session, 'until', nowMs),
    level: wordOption(session, 'level', LOG_LEVELS),
    stream: wordOption(session, 'stream', ['stdout', 'stderr'] as const),
    pattern: grepPattern(session),
  });
  if (!options.ok) return options;
  const { lines, run, since, until, level, stream, pattern } = options.value;
  const isSupervisor = session.has('supervisor');
  if (isSupervisor && session.operands.length > 0) {
    return failure(errorBody('usage', '--supervisor reads the log of torud itself: it takes no names'));
  }
  const isFollow = session.has('follow');
  return success({
    params: {
      ...session.selection,
      ...(isSupervisor ? { supervisor: true } : {}),
      ...given('since', since),
      ...given('until', until),
      ...given('level', level),
      ...given('stream', stream),
      ...given('run', run),
    },
    isFollow,
    lines: keptLines(session, lines, isFollow),
    pattern,
  });
}

/** A follow shows the last few first, unless a start in time was named. */
function keptLines(session: Session, asked: number | undefined, isFollow: boolean): number | undefined {
  if (asked !== undefined) return Math.min(asked, MAX_KEPT_LINES);
  const hasStart = session.value('since') !== undefined || session.value('run') !== undefined;
  return isFollow && !hasStart ? FOLLOW_LINES : undefined;
}

function grepPattern(session: Session): Result<RegExp | undefined, ErrorBody> {
  const text = session.value('grep');
  if (text === undefined) return success(undefined);
  return regexOption(text, session.has('ignore-case') ? 'iu' : 'u', 'grep');
}
