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

/** Remembered lines of compressed files, of one request together. */
const WINDOW_BUDGET_LINES = 65_536;
const MIN_WINDOW_LINES = 1_024;

/** Each log begins behind its position in the cursor, at its share of the last lines, or at its oldest line. */
export async function planAll(
  logs: readonly OpenLog[],
  params: LogReadParams,
  cursor: Cursor | undefined,
  onUnreadable: OnUnreadable,
): Promise<readonly Plan[]> {
  const hasTail = cursor === undefined && params.lines !== undefined;
  const tails = hasTail ? await tailsOf(logs, params.lines, onUnreadable) : undefined;
  const plans: Plan[] = [];
  for (const [at, log] of logs.entries()) {
    const start = tails?.[at]?.start ?? { index: 0, offset: 0 };
    const position = cursor?.get(log.plugin);
    try {
      plans.push(
        position === undefined
          ? await planFrom(log.base, log.generations, start.index, start.offset)
          : await resumeBehind(log.base, log.generations, position),
      );
    } catch (thrown) {
      onUnreadable(log.plugin, thrown);
      plans.push({
        files: log.generations,
        offset: 0,
        position: position ?? START,
        mayRepeat: position !== undefined,
      });
    }
  }
  return plans;
}

async function tailsOf(
  logs: readonly OpenLog[],
  count: number,
  onUnreadable: OnUnreadable,
): Promise<readonly BackwardLog[]> {
  const window = Math.max(MIN_WINDOW_LINES, Math.floor(WINDOW_BUDGET_LINES / Math.max(1, logs.length)));
  const windowLines = Math.max(1, Math.min(window, count));
  const tails = logs.map((log, order) => {
    // For no line at all the end is enough: a filter would only make the search longer.
    const tailed = count === 0 ? { ...log, filter: makeFilter({}, undefined) } : log;
    return new BackwardLog(tailed, order, windowLines, (thrown) => onUnreadable(log.plugin, thrown));
  });
  await findTail(tails, count);
  return tails;
}
