/** Searching: first in what is there, then in all that torud has. The window moves only when something was found. */

import { lineAt } from './logs-buffer.ts';
import { reopened } from './logs-feed.ts';
import { messageOf, timeOf } from './logs-line.ts';
import { type LogPattern, TOO_SLOW, withinLimit } from './logs-pattern.ts';
import { type Fed, isItem, linesBehind, readEffect } from './logs-reading.ts';
import { type LogsState, paramsOf, type Scan } from './logs-state.ts';

const STEP_LINES = 256;

/** Looks for the next line that matches. @param from behind it, or before it when it goes backward */
export function searched(state: LogsState, pattern: LogPattern, isBackward: boolean, from: number): Fed {
  const stopped = scanStopped(state);
  const at = findIn(stopped.state, pattern, isBackward, from);
  if (at === 'slow') return { ...stopped, state: { ...stopped.state, search: undefined }, notice: TOO_SLOW };
  if (at !== undefined) return { ...stopped, state: { ...stopped.state, mark: at, centring: 'hidden' } };
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
  pattern: LogPattern,
  isBackward: boolean,
  from: number,
): number | undefined | 'slow' {
  const { expression } = pattern;
  const step = isBackward ? -1 : 1;
  let at = isBackward ? Math.min(buffer.to, from) - 1 : Math.max(buffer.from - 1, from) + 1;
  while (at >= buffer.from && at < buffer.to) {
    const start = at;
    const hit = withinLimit([pattern], () => {
      for (let look = start; Math.abs(look - start) < STEP_LINES; look += step) {
        const line = lineAt(buffer, look);
        if (line === undefined) return -1;
        if (expression.test(messageOf(line))) return look - buffer.from;
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
  const anchor = lineAt(buffer, isBackward ? buffer.from : buffer.to - 1);
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
    if (scan === undefined || !isItem(item)) continue;
    const { lines } = item;
    const { part, isOver, isMet } = partOf(lines, scan);
    const { pattern, isBackward } = scan;
    const hit = withinLimit([pattern, state.wants.pattern], () => hitIn(part, state, pattern, isBackward));
    if (hit === undefined) {
      const stopped = scanStopped(state);
      return { ...stopped, state: { ...stopped.state, search: undefined }, notice: TOO_SLOW };
    }
    const found = hit.line ?? scan.found;
    scan = { ...scan, found, seen: scan.seen + lines.length, anchor: isMet ? undefined : scan.anchor };
    if (isOver || (!scan.isBackward && found !== undefined)) return onScanEnded({ ...state, scan }, scan);
  }
  return { state: { ...state, scan }, effects: [] };
}

/** Backward: lines before the anchor. Forward: lines behind it. */
function partOf(
  lines: readonly string[],
  { anchor, isBackward }: Scan,
): { part: readonly string[]; isOver: boolean; isMet: boolean } {
  if (anchor === undefined) return { part: lines, isOver: false, isMet: true };
  const at = lines.lastIndexOf(anchor);
  if (isBackward) return { part: at === -1 ? lines : lines.slice(0, at), isOver: at !== -1, isMet: false };
  return { part: linesBehind(lines, anchor), isOver: false, isMet: at !== -1 };
}

function hitIn(
  lines: readonly string[],
  { wants }: LogsState,
  pattern: LogPattern | undefined,
  isBackward: boolean,
): { readonly line: string | undefined } {
  const isHit = (line: string): boolean => {
    const message = messageOf(line);
    return pattern?.expression.test(message) === true && wants.pattern?.expression.test(message) !== false;
  };
  return { line: isBackward ? lines.findLast(isHit) : lines.find(isHit) };
}

/** The search has been through. */
export function onScanEnded(state: LogsState, scan: Scan): Fed {
  const stopped = scanStopped(state);
  if (scan.found === undefined) return { ...stopped, notice: notFound(scan.pattern, scan.isBackward) };
  const opened = reopened(stopped.state, { at: timeOf(scan.found), line: scan.found });
  return { state: opened.state, effects: [...stopped.effects, ...opened.effects] };
}
