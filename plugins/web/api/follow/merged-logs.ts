/** The logs of several plugins, merged by torud, to one client: what was, then what comes, over restarts of torud too. */

import type { LogReadParams } from '../../../../src/protocol/control/logs.ts';
import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import { failure, type Result } from '../../../../src/protocol/result.ts';
import type { Batch } from './feed.ts';
import type { FollowHub } from './hub.ts';
import { type LineFilter, messageOf, readParams, TOO_SLOW } from './line-filter.ts';
import { followOwn } from './own-follow.ts';
import type { Pattern } from './pattern.ts';
import type { Sink } from './sink.ts';

/** Longer ones, of many logs, are of no use to clients: they would not fit into the head of a request. */
export const MAX_MERGED_CURSOR = 8 * 1024;

export interface MergedLogs {
  readonly hub: FollowHub;
  readonly plugins: readonly string[];
  readonly filter: LineFilter;
  readonly pattern: Pattern | undefined;
  /** Lines of before, without a cursor; with a pattern all that match, unless it is 0. */
  readonly lines: number;
  /** It goes on behind it. */
  readonly cursor: string | undefined;
  readonly sink: Sink;
}

/** How it ended; `interrupted`: nobody wants more. */
export async function followMergedLogs(wanted: MergedLogs): Promise<Result<unknown, ErrorBody>> {
  const { hub, plugins, filter, pattern, sink } = wanted;
  // None would be all of them.
  if (plugins.length === 0) return failure(errorBody('not_found', 'there are no plugins'));
  const feed = hub.logFeed(...plugins);
  let { cursor } = wanted;
  // Of no line at all nobody could tell where it goes on.
  let isSilent = wanted.lines === 0 && cursor === undefined;
  const limit = isSilent ? { lines: 1 } : pattern === undefined ? { lines: wanted.lines } : {};
  const read = (params: Omit<LogReadParams, 'names' | 'all'>) => {
    const start = cursor === undefined ? {} : { cursor };
    const { batches, outcome, close } = feed.read({ ...readParams(filter), ...params, ...start });
    return { items: batches, outcome, close };
  };
  const common = {
    onItem: (batch: Batch) => {
      cursor = batch.cursor;
      if (isSilent) {
        isSilent = false;
        return;
      }
      const entries = pattern === undefined ? batch.entries : pattern.filter(batch.entries, messageOf);
      if (entries.length > 0) sink.sendEntries(entries, { entries, cursor: usable(cursor) });
    },
    fault: () => (pattern?.isTooSlow === true ? TOO_SLOW : undefined),
    sink,
  };
  // First what there is: only its end tells that all of it has been sent.
  const history = await followOwn({ ...common, open: () => read(cursor === undefined ? limit : {}) });
  if (!history.ok) return history;
  isSilent = false;
  sink.onLive?.();
  return followOwn({ ...common, open: () => read({ follow: true }) });
}

/** Without one a client begins with the history again. */
function usable(cursor: string): string {
  return cursor.length > MAX_MERGED_CURSOR ? '' : cursor;
}
