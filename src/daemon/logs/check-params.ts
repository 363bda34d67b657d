/** What of a `log.read` request only this folder can judge. */

import type { LogReadParams } from '../../protocol/control/logs.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { parseCursor } from './cursor.ts';
import { microsOf } from './filter.ts';

/** Times, number of lines and cursor; a failure is a `usage` error for the client. */
export function checkReadParams(params: LogReadParams): Result<LogReadParams, ErrorBody> {
  for (const name of ['since', 'until'] as const) {
    const time = params[name];
    if (time !== undefined && Number.isNaN(microsOf(time))) {
      return failure(errorBody('usage', `${name}: "${time.slice(0, 64)}" is not an RFC 3339 time`));
    }
  }
  if (params.lines !== undefined && !(Number.isSafeInteger(params.lines) && params.lines >= 0)) {
    return failure(errorBody('usage', `lines: ${params.lines} is not a whole number from 0 on`));
  }
  if (params.cursor === undefined) return success(params);
  const cursor = parseCursor(params.cursor);
  return cursor.ok ? success(params) : cursor;
}
