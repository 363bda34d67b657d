/** Behind which line a crash is told, among lines of several plugins: where it happened in time. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import { entryAt, firstAt, type LogBuffer } from './logs-buffer.ts';
import { timeOf } from './logs-line.ts';
import type { LogsState } from './logs-state.ts';

/** A plugin's last words may be read that long after it ended, and stand among so many lines of others. */
const LATE_MS = 2_000;
const LATE_LINES = 256;

/**
 * Crashes that are told below a line, oldest first.
 * @param inTime all that are known, in the order of time
 */
export function crashesBelow(
  state: LogsState,
  at: number,
  inTime: readonly CrashSummary[],
): readonly CrashSummary[] {
  const { buffer, live } = state;
  const raw = entryAt(buffer, at)?.raw;
  if (raw === undefined) return [];
  const next = entryAt(buffer, at + 1)?.raw;
  const isEnd = live !== undefined && live.backlog === undefined;
  // What happened behind the last line is told once all lines up to it have been read.
  const to = next === undefined ? (isEnd ? AFTER_ALL : `${timeOf(raw)}~`) : timeOf(next);
  const from = earlier(timeOf(raw));
  const found: CrashSummary[] = [];
  for (let look = firstFrom(inTime, from); look < inTime.length; look += 1) {
    const crash = inTime[look];
    if (crash === undefined || crash.at >= to) break;
    if (lineBefore(buffer, crash) === at) found.push(crash);
  }
  return found;
}

const AFTER_ALL = '~';

/** Number of the last line before the crash, or of its run's last one where that came late. */
export function lineBefore(buffer: LogBuffer, { at, plugin, runId }: CrashSummary): number {
  let place = lineUpTo(buffer, at);
  const late = new Date(Date.parse(at) + LATE_MS).toISOString();
  for (let look = place + 1; look <= place + LATE_LINES && look < buffer.to; look += 1) {
    const entry = entryAt(buffer, look);
    if (entry === undefined || timeOf(entry.raw) > late) break;
    if (entry.plugin === plugin && entry.run === runId) place = look;
  }
  return place;
}

/** Number of the last line that is not younger. */
function lineUpTo(buffer: LogBuffer, time: string): number {
  return firstAt(buffer, `${time}~`) - 1;
}

/** True when a jump to the crash leads to this line. */
export function isLineOf(buffer: LogBuffer, line: number, crash: CrashSummary): boolean {
  return line === lineUpTo(buffer, crash.at) || line === lineBefore(buffer, crash);
}

function earlier(time: string): string {
  const ms = Date.parse(time) - LATE_MS;
  return Number.isNaN(ms) ? time : new Date(ms).toISOString();
}

function firstFrom(inTime: readonly CrashSummary[], time: string): number {
  let low = 0;
  let high = inTime.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((inTime[middle]?.at ?? '') < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
