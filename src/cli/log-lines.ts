/** Lines of plugin logs as they come: first what is there, then, with --follow, what is to come. */

import type { LogItem, LogReadParams } from '../protocol/control/logs.ts';
import type { ErrorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { success } from '../protocol/result.ts';
import { follow } from './follow.ts';
import type { LogQuery } from './log-query.ts';
import { parseLogLine } from './log-text.ts';
import type { Session } from './session.ts';

export interface LogSummary {
  readonly linesLost: number;
}

type LogBatches = AsyncGenerator<readonly string[], Result<LogSummary, ErrorBody>, void>;

/** Batches of raw lines, filtered by --grep and cut by -n. */
export async function* logLines(session: Session, query: LogQuery): LogBatches {
  const { pattern, params, lines } = query;
  if (pattern === undefined || lines === undefined) {
    const more = {
      ...params,
      ...(lines === undefined ? {} : { lines }),
      ...(query.isFollow ? { follow: true } : {}),
    };
    return yield* readLines(session, more, pattern);
  }
  // The last N that match are known only when all were seen: read to the end first, then follow from there.
  const kept: string[] = [];
  let cursor: string | undefined;
  const read = readItems(session, params);
  let step = await read.next();
  while (step.done !== true) {
    cursor = step.value.cursor;
    for (const line of step.value.lines) if (isMatch(line, pattern)) kept.push(line);
    if (kept.length > 2 * lines) kept.splice(0, kept.length - lines);
    step = await read.next();
  }
  if (lines > 0) yield kept.slice(-lines);
  if (!step.value.ok || !query.isFollow) return step.value;
  return yield* readLines(
    session,
    { ...params, follow: true, ...(cursor === undefined ? {} : { cursor }) },
    pattern,
  );
}

async function* readLines(session: Session, params: LogReadParams, pattern: RegExp | undefined): LogBatches {
  const read = readItems(session, params);
  for (;;) {
    const step = await read.next();
    if (step.done === true) return step.value;
    const { lines } = step.value;
    yield pattern === undefined ? lines : lines.filter((line) => isMatch(line, pattern));
  }
}

async function* readItems(
  session: Session,
  params: LogReadParams,
): AsyncGenerator<LogItem, Result<LogSummary, ErrorBody>, void> {
  const startedAt = new Date().toISOString();
  const outcome = yield* follow(session, {
    method: 'log.read',
    params,
    resume: (last) => resumed(params, last?.cursor, startedAt),
    isFinite: params.follow !== true,
  });
  return outcome.ok ? success({ linesLost: outcome.value.linesLost ?? 0 }) : outcome;
}

/** Without a cursor nothing has come yet: what was asked for, or else all that is younger than the start, is new. */
function resumed(params: LogReadParams, cursor: string | undefined, startedAt: string): LogReadParams {
  const { lines, ...rest } = params;
  if (cursor === undefined && (lines !== 0 || params.follow !== true)) return params;
  return cursor === undefined ? { ...rest, since: rest.since ?? startedAt } : { ...rest, cursor };
}

/** --grep looks at the message; in the supervisor's log, whose lines have none, at the whole line. */
function isMatch(text: string, pattern: RegExp): boolean {
  const message = parseLogLine(text)?.message;
  return pattern.test(typeof message === 'string' ? message : text);
}
