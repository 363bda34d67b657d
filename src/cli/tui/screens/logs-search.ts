/** Searching: first in what is there, then in all that torud has. The window moves only when something was found. */

import { entryAt } from './logs-buffer.ts';
import { type Fed, readEffect, reopened } from './logs-feed.ts';
import { isSameLine, type LogEntry, logEntry, messageOf, timeOf } from './logs-line.ts';
import { type LogPattern, TOO_SLOW, withinLimit } from './logs-pattern.ts';
import { type LogsState, paramsOf, type Scan } from './logs-state.ts';

const STEP_LINES = 256;

/** Looks for the next line that matches. @param from behind it, or before it when it goes backward */
export function searched(state: LogsState, pattern: LogPattern, isBackward: boolean, from: number): Fed {
  const stopped = scanStopped(state);
  const at = findIn(stopped.state, pattern, isBackward, from);
  if (at === 'slow') return { ...stopped, state: { ...stopped.state, search: undefined }, notice: TOO_SLOW };
  if (at !== undefined)
    return { ...stopped, state: { ...stopped.state, mark: at, isCentring: true, top: { at, row: 0 } } };
  const { buffer, live } = stopped.state;
  const isAtEnd = isBackward ? buffer.isFromStart : live !== undefined;
  if (isAtEnd || buffer.from === buffer.to) return { ...stopped, notice: notFound(pattern, isBackward) };
  const begun = scanBegun(stopped.state, pattern, isBackward);
  return { state: begun.state, effects: [...stopped.effects, ...begun.effects] };
}

function notFound({ text }: LogPattern, isBackward: boolean): string {
  return `no ${isBackward ? 'line above' : 'line below'} matches ${text}`;
}

function findIn(
  { buffer }: LogsState,
  { expression }: LogPattern,
  isBackward: boolean,
  from: number,
): number | undefined | 'slow' {
  const step = isBackward ? -1 : 1;
  let at = isBackward ? Math.min(buffer.to, from) - 1 : Math.max(buffer.from - 1, from) + 1;
  while (at >= buffer.from && at < buffer.to) {
    const start = at;
    const hit = withinLimit(() => {
      for (let look = start; Math.abs(look - start) < STEP_LINES; look += step) {
        const entry = entryAt(buffer, look);
        if (entry === undefined) return -1;
        if (expression.test(messageOf(entry.raw))) return look - buffer.from;
      }
      return -1;
    });
    if (hit === undefined) return 'slow';
    if (hit !== -1) return hit + buffer.from;
    at += step * STEP_LINES;
  }
  return undefined;
}

/** Backward: all from the oldest line on is read, and the last match counts. Forward: up to the first match. */
function scanBegun(state: LogsState, pattern: LogPattern, isBackward: boolean): Fed {
  const { buffer, wants, turn } = state;
  const anchor = entryAt(buffer, isBackward ? buffer.from : buffer.to - 1);
  const time = anchor === undefined ? undefined : timeOf(anchor);
  const tag = `${state.tag}/scan/${turn}`;
  const bound = time === undefined ? {} : isBackward ? { until: time } : { since: time };
  const scan: Scan = { tag, pattern, isBackward, anchor, found: undefined, seen: 0 };
  return {
    state: { ...state, scan, turn: turn + 1 },
    effects: [readEffect(tag, { ...paramsOf(wants), ...bound })],
  };
}

export function scanStopped(state: LogsState): Fed {
  if (state.scan === undefined) return { state, effects: [] };
  return {
    state: { ...state, scan: undefined },
    effects: [{ type: 'unfollow', tag: state.scan.tag }],
  };
}

export function onScanItems(state: LogsState, items: readonly unknown[]): Fed {
  let { scan } = state;
  for (const item of items) {
    if (scan === undefined || typeof item !== 'object' || item === null || !('lines' in item)) continue;
    const entries = (item.lines as readonly string[]).map(logEntry);
    const { part, isOver, isMet } = partOf(entries, scan);
    const hit = withinLimit(() => hitIn(part, state, scan?.pattern, scan?.isBackward === true));
    if (hit === undefined) {
      const stopped = scanStopped(state);
      return { ...stopped, state: { ...stopped.state, search: undefined }, notice: TOO_SLOW };
    }
    const found: LogEntry | undefined = hit === 'none' ? scan.found : hit;
    scan = { ...scan, found, seen: scan.seen + entries.length, anchor: isMet ? undefined : scan.anchor };
    if (isOver || (!scan.isBackward && found !== undefined)) return onScanEnded({ ...state, scan }, scan);
  }
  return { state: { ...state, scan }, effects: [] };
}

/** Backward: lines before the anchor. Forward: lines behind it. */
function partOf(
  entries: readonly LogEntry[],
  { anchor, isBackward }: Scan,
): { part: readonly LogEntry[]; isOver: boolean; isMet: boolean } {
  if (anchor === undefined) return { part: entries, isOver: false, isMet: true };
  const at = entries.findIndex((entry) => isSameLine(entry, anchor));
  if (isBackward)
    return { part: at === -1 ? entries : entries.slice(0, at), isOver: at !== -1, isMet: false };
  if (at !== -1) return { part: entries.slice(at + 1), isOver: false, isMet: true };
  const time = timeOf(anchor);
  return { part: entries.filter((entry) => timeOf(entry) > time), isOver: false, isMet: false };
}

function hitIn(
  entries: readonly LogEntry[],
  { wants }: LogsState,
  pattern: LogPattern | undefined,
  isBackward: boolean,
): LogEntry | 'none' {
  const isHit = (entry: LogEntry): boolean => {
    const message = messageOf(entry.raw);
    return pattern?.expression.test(message) === true && wants.pattern?.expression.test(message) !== false;
  };
  return (isBackward ? entries.findLast(isHit) : entries.find(isHit)) ?? 'none';
}

/** The search has been through. */
export function onScanEnded(state: LogsState, scan: Scan): Fed {
  const stopped = scanStopped(state);
  if (scan.found === undefined) return { ...stopped, notice: notFound(scan.pattern, scan.isBackward) };
  const opened = reopened(stopped.state, { at: timeOf(scan.found), entry: scan.found });
  return { state: opened.state, effects: [...stopped.effects, ...opened.effects] };
}
