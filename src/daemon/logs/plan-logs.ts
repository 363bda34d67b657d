/** Where the reading of each log of a request begins. */

import type { LogReadParams } from '../../protocol/control/logs.ts';
import { type Cursor, START } from './cursor.ts';
import { makeFilter } from './filter.ts';
import { type Plan, planFrom, resumeBehind } from './resume.ts';
import { BackwardLog, findTail, type TailedLog } from './tail-search.ts';

/** One log of a request, with its files as they were when it came. */
export interface OpenLog extends TailedLog {
  /** Plugin id, or '' for the supervisor's own log. */
  readonly plugin: string;
}

type OnUnreadable = (plugin: string, thrown: unknown) => void;

const MAX_BLOCK_BYTES = 64 * 1024;
const MIN_BLOCK_BYTES = 4 * 1024;
/** What the blocks of one request may take together, in bytes. */
const BLOCK_BUDGET_BYTES = 4 * 1024 * 1024;
/** Remembered lines of compressed files, of one request together. */
const WINDOW_BUDGET_LINES = 65_536;
const MIN_WINDOW_LINES = 1_024;

/** How much of each of so many logs is read at once. */
export function blockBytesFor(logs: number): number {
  return Math.max(
    MIN_BLOCK_BYTES,
    Math.min(MAX_BLOCK_BYTES, Math.floor(BLOCK_BUDGET_BYTES / Math.max(1, logs))),
  );
}

/**
 * Each log begins behind its position in the cursor, at its share of the last lines, or at its oldest line.
 * `isStale`: files were compressed or deleted during the search, and it should be made again with a new list.
 */
export async function planAll(
  logs: readonly OpenLog[],
  params: LogReadParams,
  cursor: Cursor | undefined,
  onUnreadable: OnUnreadable,
): Promise<{ readonly plans: readonly Plan[]; readonly isStale: boolean }> {
  const hasTail = cursor === undefined && params.lines !== undefined;
  const tails = hasTail ? await tailsOf(logs, params.lines, onUnreadable) : undefined;
  const plans = await Promise.all(
    logs.map(async (log, at) => {
      const position = cursor?.get(log.plugin);
      try {
        if (position !== undefined) return await resumeBehind(log.base, log.generations, position);
        const start = tails?.[at]?.start ?? { index: 0, offset: 0 };
        return await planFrom(log.base, log.generations, start.index, start.offset);
      } catch (thrown) {
        onUnreadable(log.plugin, thrown);
        const mayRepeat = position !== undefined;
        return { files: log.generations, offset: 0, position: position ?? START, mayRepeat };
      }
    }),
  );
  return { plans, isStale: tails?.some((tail) => tail.isStale) ?? false };
}

async function tailsOf(
  logs: readonly OpenLog[],
  count: number,
  onUnreadable: OnUnreadable,
): Promise<readonly BackwardLog[]> {
  const window = Math.max(MIN_WINDOW_LINES, Math.floor(WINDOW_BUDGET_LINES / Math.max(1, logs.length)));
  const limits = {
    windowLines: Math.max(1, Math.min(window, count)),
    blockBytes: blockBytesFor(logs.length),
  };
  const tails = logs.map((log, order) => {
    // For no line at all the end is enough: a filter would only make the search longer.
    const tailed = count === 0 ? { ...log, filter: makeFilter({}, undefined) } : log;
    return new BackwardLog(tailed, order, limits, (thrown) => onUnreadable(log.plugin, thrown));
  });
  await findTail(tails, count);
  return tails;
}
