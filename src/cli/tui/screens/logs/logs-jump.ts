/** From crash to crash. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import { causeText } from '../../../status-block.ts';
import type { Context } from '../../screen.ts';
import { entryAt } from './logs-buffer.ts';
import { isLineOf, lineBefore } from './logs-crashes.ts';
import { reopened } from './logs-feed.ts';
import { type LogEntry, timeOf } from './logs-line.ts';
import { allCrashes } from './logs-marks.ts';
import type { Fed } from './logs-reading.ts';
import { sceneOf } from './logs-scene.ts';
import { isOne, type LogsState } from './logs-state.ts';

/** To the last line of the run that crashed next, or before, as seen from where the window is. */
export function jumpedToCrash(state: LogsState, isBackward: boolean, context: Context): Fed {
  const crashes = [...allCrashes(state, context)].sort((one, other) => (one.at < other.at ? -1 : 1));
  if (crashes.length === 0) return { state, effects: [], notice: 'no crash is known' };
  const here = placeOf(state, crashes, context);
  const target = isBackward
    ? crashes.findLast((crash) => here === undefined || isOlder(crash, here))
    : crashes.find((crash) => here !== undefined && isOlder(here, crash));
  if (target === undefined)
    return { state, effects: [], notice: `there is no ${isBackward ? 'older' : 'newer'} crash` };
  const number = `${crashes.indexOf(target) + 1} of ${crashes.length}`;
  const notice = `crash #${target.id} of ${target.plugin}: ${causeText(target)} (${number})`;
  const at = lineOfCrash(state, target);
  if (at !== undefined)
    return { state: { ...state, mark: at, top: { at, row: 0 }, centring: 'always' }, effects: [], notice };
  const run = isOne(state.wants) ? { runId: target.runId } : {};
  return { ...reopened(state, { at: target.at, ...run }), notice };
}

interface Place {
  readonly at: string;
  readonly id: number;
}

function isOlder(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.id < other.id);
}

/** The crash that the mark stands at, or the time of the line at the top; undefined: the end. */
function placeOf(state: LogsState, crashes: readonly CrashSummary[], context: Context): Place | undefined {
  if (state.top === undefined) return undefined;
  const marked = state.mark === undefined ? undefined : entryAt(state.buffer, state.mark);
  const { buffer, mark, wants } = state;
  const own = crashes.find((crash) =>
    isOne(wants)
      ? marked !== undefined && isOfRun(marked, crash)
      : mark !== undefined && isLineOf(buffer, mark, crash),
  );
  if (own !== undefined) return own;
  const entry = marked ?? entryAt(state.buffer, sceneOf(state, context).top.at);
  return entry === undefined ? undefined : { at: timeOf(entry.raw), id: 0 };
}

function isOfRun(entry: LogEntry, { plugin, runId }: CrashSummary): boolean {
  return entry.plugin === plugin && entry.run === runId;
}

/** Only where its end is in the buffer: what follows the run is there, too. */
function lineOfCrash({ buffer, live, wants }: LogsState, crash: CrashSummary): number | undefined {
  if (!isOne(wants)) {
    const at = lineBefore(buffer, crash);
    return at >= buffer.from && at < buffer.to - 1 ? at : undefined;
  }
  for (let at = buffer.to - 1; at >= buffer.from; at -= 1) {
    const entry = entryAt(buffer, at);
    if (entry === undefined) return undefined;
    if (isOfRun(entry, crash)) return at < buffer.to - 1 || live !== undefined ? at : undefined;
  }
  return undefined;
}
