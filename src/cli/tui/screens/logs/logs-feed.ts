/** Reading from torud: what is asked for, and how what comes fits into the buffer. Pure. */

import type { LogReadParams } from '../../../../protocol/control/logs.ts';
import type { Effect } from '../../messages.ts';
import { append, endCursor, firstAt, isTooLarge, lineAt, trimEnd, trimStart } from './logs-buffer.ts';
import { timeOf } from './logs-line.ts';
import { askOlder } from './logs-older.ts';
import { TOO_SLOW } from './logs-pattern.ts';
import { type Fed, isItem, linesBehind, matching, PAGE_LINES, readEffect, unfollow } from './logs-reading.ts';
import { type Backlog, type Landing, type LogsState, NOTHING_READ, paramsOf } from './logs-state.ts';

/** So near to an end of the buffer more is fetched. */
const NEAR_LINES = 500;
/** Room that is made at the end before reading goes on there. */
const ROOM_LINES = 6_000;

/** Rows of the window, which are never dropped. */
export interface Shown {
  /** Number of the first line in the window. */
  readonly from: number;
  /** Behind the last one. */
  readonly to: number;
}

/** Reads anew what is wanted now. @param landing undefined: the end, followed */
export function reopened(state: LogsState, landing: Landing | undefined): Fed {
  const ended = endEffects(state);
  const fresh: LogsState = { ...state, ...NOTHING_READ, turn: state.turn + 1 };
  if (landing === undefined) {
    const { effects, state: next } = withLive({ ...fresh, isPaused: false }, liveParams(fresh));
    return { state: next, effects: [...ended, ...effects] };
  }
  const waiting = { ...fresh, top: { at: 0, row: 0 } };
  const asked = askOlder(waiting, landing.line, landing.at, PAGE_LINES, landing);
  return { state: asked.state, effects: [...ended, ...asked.effects] };
}

/** Reads from the oldest line on. */
export function reopenedAtStart(state: LogsState): Fed {
  const ended = endEffects(state);
  const fresh: LogsState = {
    ...state,
    ...NOTHING_READ,
    buffer: { ...NOTHING_READ.buffer, isFromStart: true },
    top: { at: 0, row: 0 },
    turn: state.turn + 1,
  };
  const { effects, state: next } = withLive(fresh, { ...paramsOf(state.wants), follow: true });
  return { state: next, effects: [...ended, ...effects] };
}

/** Ends all that is read. */
export function endEffects({ live, older, scan }: LogsState): readonly Effect[] {
  return [live, live?.backlog, older, scan].flatMap((one) => (one === undefined ? [] : [unfollow(one.tag)]));
}

/** How reading goes on behind the buffer's last line, or begins. */
function liveParams({ wants, buffer }: LogsState): LogReadParams {
  const params = { ...paramsOf(wants), follow: true };
  const cursor = endCursor(buffer);
  if (cursor !== undefined) return { ...params, cursor };
  const last = lineAt(buffer, buffer.to - 1);
  if (last !== undefined) return { ...params, since: timeOf(last) };
  // What matches may be anywhere.
  return wants.pattern === undefined && !buffer.isFromStart ? { ...params, lines: PAGE_LINES } : params;
}

function withLive(state: LogsState, params: LogReadParams): Fed {
  const tag = `${state.tag}/live/${state.turn}`;
  const isBehind = params.cursor === undefined;
  const behind = isBehind ? lineAt(state.buffer, state.buffer.to - 1) : undefined;
  const backlog: Backlog | undefined = isBehind
    ? { tag: `${state.tag}/newest/${state.turn}`, end: undefined, readTo: '', lines: params.lines }
    : undefined;
  const newest = backlog && readEffect(backlog.tag, { ...paramsOf(state.wants), lines: 1 });
  const isWhole = isBehind && params.lines === undefined && params.since === undefined;
  const buffer = isWhole ? { ...state.buffer, isFromStart: true } : state.buffer;
  return {
    state: { ...state, buffer, live: { tag, behind, backlog }, turn: state.turn + 1, failure: undefined },
    effects: [readEffect(tag, params), ...(newest === undefined ? [] : [newest])],
  };
}

/** The line that was the newest when the reading began. */
export function onNewestItems(state: LogsState, items: readonly unknown[]): Fed {
  const last = items.findLast(isItem)?.lines.at(-1);
  const { live } = state;
  if (live?.backlog === undefined || last === undefined) return { state, effects: [] };
  return caughtUp({ ...state, live: { ...live, backlog: { ...live.backlog, end: timeOf(last) } } });
}

/** Without a newest line, nothing was there. */
export function onNewestEnded(state: LogsState): Fed {
  const { live } = state;
  if (live?.backlog === undefined || live.backlog.end !== undefined) return { state, effects: [] };
  return { state: { ...state, live: { ...live, backlog: undefined } }, effects: [] };
}

function caughtUp(state: LogsState): Fed {
  const { live } = state;
  const backlog = live?.backlog;
  if (live === undefined || backlog?.end === undefined || backlog.readTo < backlog.end)
    return { state, effects: [] };
  const { buffer } = state;
  // What was dropped had numbers from 0 on.
  const isFromStart = buffer.isFromStart || (buffer.from === 0 && buffer.to < (backlog.lines ?? 0));
  const next = { ...state, buffer: { ...buffer, isFromStart }, live: { ...live, backlog: undefined } };
  return { state: next, effects: [] };
}

/** After each move and each batch: drops what is far from the window, and fetches what is near and not there. */
export function balanced(state: LogsState, shown: Shown): Fed {
  const trimmed = withinBounds(state, shown);
  const effects = [...trimmed.effects];
  let next = trimmed.state;
  const { buffer } = next;
  const near = isTooLarge(buffer) ? Math.max(1, shown.to - shown.from) : NEAR_LINES;
  const first = lineAt(buffer, buffer.from);
  if (
    next.older === undefined &&
    !buffer.isFromStart &&
    first !== undefined &&
    next.top !== undefined &&
    shown.from - buffer.from < near
  ) {
    // Those of its very time are all among the last lines up to it.
    const time = timeOf(first);
    const equal = firstAt(buffer, `${time}~`) - buffer.from;
    const asked = askOlder(next, first, time, PAGE_LINES + equal, undefined);
    next = asked.state;
    effects.push(...asked.effects);
  }
  const isLanding = next.older?.landing !== undefined;
  if (next.live === undefined && !isLanding && next.failure === undefined && buffer.to - shown.to < near) {
    const roomy = { ...next, buffer: trimStart(buffer, shown.from - 2 * NEAR_LINES, ROOM_LINES) };
    const asked = withLive(roomy, liveParams(roomy));
    next = asked.state;
    effects.push(...asked.effects);
  }
  return { state: next, effects };
}

/** Memory is bounded: when lines come and nobody follows, reading stops, and goes on when the window gets there. */
function withinBounds(state: LogsState, shown: Shown): Fed {
  if (!isTooLarge(state.buffer)) return { state, effects: [] };
  const older = trimStart(state.buffer, shown.from - (state.top === undefined ? 0 : NEAR_LINES));
  if (!isTooLarge(older) || state.top === undefined)
    return { state: { ...state, buffer: older }, effects: [] };
  const newer = trimEnd(older, shown.to + NEAR_LINES);
  const effects = endEffects({ ...state, older: undefined, scan: undefined });
  return { state: { ...state, buffer: newer, live: undefined }, effects };
}

/** Items of what is to come. */
export function onLiveItems(state: LogsState, items: readonly unknown[]): Fed {
  let { buffer, live } = state;
  for (const item of items) {
    if (!isItem(item) || live === undefined) continue;
    const { behind } = live;
    const fresh = behind === undefined ? item.lines : linesBehind(item.lines, behind);
    if (behind !== undefined && isPast(item.lines, behind)) live = { ...live, behind: undefined };
    const wanted = matching(fresh, state.wants.pattern);
    if (wanted === undefined) return { state, effects: [], isSlow: true };
    buffer = append(buffer, wanted, item.cursor);
    const last = item.lines.at(-1);
    if (live.backlog !== undefined && last !== undefined)
      live = { ...live, backlog: { ...live.backlog, readTo: timeOf(last) } };
  }
  const readTo = Math.max(state.readTo, buffer.to);
  const isFollowed = state.top === undefined;
  return caughtUp({ ...state, buffer, live, readTo, knownTo: isFollowed ? readTo : state.knownTo });
}

function isPast(lines: readonly string[], behind: string): boolean {
  const time = timeOf(behind);
  return lines.some((line) => line === behind || timeOf(line) > time);
}

/** A pattern that takes too long is given up. */
export function withoutPattern(state: LogsState): Fed {
  const wants = { ...state.wants, pattern: undefined };
  return { ...reopened({ ...state, wants }, undefined), notice: TOO_SLOW };
}
