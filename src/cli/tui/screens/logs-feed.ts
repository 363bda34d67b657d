/** Reading from torud: what is asked for, and how what comes fits into the buffer. Pure. */

import type { LogItem, LogReadParams } from '../../../protocol/control/logs.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { given } from '../../option-values.ts';
import type { Effect, FollowEffect } from '../messages.ts';
import {
  append,
  endCursor,
  entryAt,
  findEntry,
  firstAt,
  isTooLarge,
  type LogBuffer,
  type LogPart,
  prepend,
  trimEnd,
  trimStart,
} from './logs-buffer.ts';
import { isSameLine, type LogEntry, logEntry, messageOf, timeOf } from './logs-line.ts';
import { type LogPattern, TOO_SLOW, withinLimit } from './logs-pattern.ts';
import { type Landing, type Live, type LogsState, NOTHING_READ, type Older, paramsOf } from './logs-state.ts';

/** Lines that are there from the beginning, and that come at once when more are wanted. */
const PAGE_LINES = 2_000;
const PAGE_LETTERS = 8 * 1024 * 1024;
/** So near to an end of the buffer more is fetched. */
const NEAR_LINES = 500;
/** Room that is made at the end before reading goes on there. */
const ROOM_LINES = 6_000;
/** Many lines may have been written in the same microsecond. */
const MAX_ASKED_LINES = 1_000_000;

export interface Fed {
  readonly state: LogsState;
  readonly effects: readonly Effect[];
  readonly notice?: string | undefined;
}

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
  const asked = askOlder(waiting, landing.entry, landing.at, PAGE_LINES, landing);
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
  return [live, older, scan].flatMap((one) => (one === undefined ? [] : [unfollow(one.tag)]));
}

function unfollow(tag: string): Effect {
  return { type: 'unfollow', tag };
}

export function readEffect(tag: string, params: LogReadParams): FollowEffect {
  const { lines: _lines, since: _since, ...rest } = params;
  return {
    type: 'follow',
    tag,
    method: 'log.read',
    params,
    resume: (last) => (isItem(last) ? { ...rest, cursor: last.cursor } : params),
  };
}

function isItem(value: unknown): value is LogItem {
  return typeof value === 'object' && value !== null && 'cursor' in value && 'lines' in value;
}

/** How reading goes on behind the buffer's last line, or begins. */
function liveParams({ wants, buffer }: LogsState): LogReadParams {
  const params = { ...paramsOf(wants), follow: true };
  const cursor = endCursor(buffer);
  if (cursor !== undefined) return { ...params, cursor };
  const last = entryAt(buffer, buffer.to - 1);
  if (last !== undefined) return { ...params, since: timeOf(last) };
  // What matches may be anywhere.
  return wants.pattern === undefined && !buffer.isFromStart ? { ...params, lines: PAGE_LINES } : params;
}

function withLive(state: LogsState, params: LogReadParams): Fed {
  const tag = `${state.tag}/live/${state.turn}`;
  const isBehind = params.cursor === undefined;
  const behind = isBehind ? entryAt(state.buffer, state.buffer.to - 1) : undefined;
  const live: Live = { tag, behind };
  return {
    state: { ...state, live, turn: state.turn + 1, failure: undefined },
    effects: [readEffect(tag, params)],
  };
}

function askOlder(
  state: LogsState,
  anchor: LogEntry | undefined,
  until: string,
  lines: number,
  landing: Landing | undefined,
): Fed {
  const tag = `${state.tag}/older/${state.turn}`;
  const { pattern } = state.wants;
  const params = { ...paramsOf(state.wants), until, ...given('lines', pattern ? undefined : lines) };
  const older: Older = {
    tag,
    params,
    anchor,
    parts: [],
    lines: 0,
    letters: 0,
    seen: 0,
    wasCut: false,
    isMet: false,
    landing,
  };
  return { state: { ...state, older, turn: state.turn + 1 }, effects: [readEffect(tag, params)] };
}

/** After each move and each batch: drops what is far from the window, and fetches what is near and not there. */
export function balanced(state: LogsState, shown: Shown): Fed {
  const trimmed = withinBounds(state, shown);
  const effects = [...trimmed.effects];
  let next = trimmed.state;
  const { buffer } = next;
  const near = isTooLarge(buffer) ? Math.max(1, shown.to - shown.from) : NEAR_LINES;
  const first = entryAt(buffer, buffer.from);
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
    const roomy = { ...next, buffer: trimStart(buffer, shown.from, ROOM_LINES) };
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
  const effects = state.live === undefined ? [] : [unfollow(state.live.tag)];
  return { state: { ...state, buffer: newer, live: undefined }, effects };
}

/** Items of what is to come. */
export function onLiveItems(state: LogsState, items: readonly unknown[]): Fed {
  let { buffer, live } = state;
  for (const item of items) {
    if (!isItem(item) || live === undefined) continue;
    const entries = item.lines.map(logEntry);
    const fresh = entriesBehind(entries, live.behind);
    if (fresh.length > 0 && live.behind !== undefined && isPast(entries, live.behind))
      live = { ...live, behind: undefined };
    const wanted = matching(fresh, state.wants.pattern);
    if (wanted === undefined) return withoutPattern(state);
    buffer = append(buffer, wanted, item.cursor);
  }
  const readTo = Math.max(state.readTo, buffer.to);
  const isFollowed = state.top === undefined;
  return {
    state: { ...state, buffer, live, readTo, knownTo: isFollowed ? readTo : state.knownTo },
    effects: [],
  };
}

/** Those behind a line that is there already; what was written in the same microsecond before it is there, too. */
function entriesBehind(entries: readonly LogEntry[], behind: LogEntry | undefined): readonly LogEntry[] {
  if (behind === undefined) return entries;
  const at = findEntry(entries, behind);
  if (at !== -1) return entries.slice(at + 1);
  const time = timeOf(behind);
  return entries.filter((entry) => timeOf(entry) > time);
}

function isPast(entries: readonly LogEntry[], behind: LogEntry): boolean {
  const time = timeOf(behind);
  return entries.some((entry) => isSameLine(entry, behind) || timeOf(entry) > time);
}

/** Undefined: the pattern takes too long. */
function matching(
  entries: readonly LogEntry[],
  pattern: LogPattern | undefined,
): readonly LogEntry[] | undefined {
  if (pattern === undefined || entries.length === 0) return entries;
  return withinLimit(() => entries.filter((entry) => pattern.expression.test(messageOf(entry.raw))));
}

function withoutPattern(state: LogsState): Fed {
  const wants = { ...state.wants, pattern: undefined };
  return { ...reopened({ ...state, wants }, undefined), notice: TOO_SLOW };
}

/** Items of older lines: gathered, and put before the buffer when all are there. */
export function onOlderItems(state: LogsState, items: readonly unknown[]): Fed {
  let { older } = state;
  for (const item of items) {
    if (!isItem(item) || older === undefined) continue;
    const entries = item.lines.map(logEntry);
    older = { ...older, seen: older.seen + entries.length };
    if (older.isMet) continue;
    const at = older.anchor === undefined ? -1 : findEntry(entries, older.anchor);
    const wanted = matching(at === -1 ? entries : entries.slice(0, at), state.wants.pattern);
    if (wanted === undefined) return withoutPattern(state);
    older = gathered(older, { entries: wanted, cursor: at === -1 ? item.cursor : undefined });
    if (at !== -1) older = { ...older, isMet: true };
    // It was read from the oldest line on.
    if (older.isMet && older.params.lines === undefined)
      return { ...arrived(state, older), effects: [unfollow(older.tag)] };
  }
  return { state: { ...state, older }, effects: [] };
}

/** Only the newest lines of them are kept. */
function gathered(older: Older, part: LogPart): Older {
  const parts = [...older.parts, part];
  let lines = older.lines + part.entries.length;
  let letters = older.letters + lettersOf(part);
  let dropped = 0;
  for (const first of parts) {
    const isEnough = lines - first.entries.length >= PAGE_LINES || letters > PAGE_LETTERS;
    if (!isEnough || dropped === parts.length - 1) break;
    dropped += 1;
    lines -= first.entries.length;
    letters -= lettersOf(first);
  }
  const wasCut = older.wasCut || parts.slice(0, dropped).some(({ entries }) => entries.length > 0);
  return { ...older, parts: parts.slice(dropped), lines, letters, wasCut };
}

function lettersOf({ entries }: LogPart): number {
  return entries.reduce((sum, { raw }) => sum + raw.length, 0);
}

/** The reading of older lines has ended by itself. */
export function onOlderEnded(state: LogsState, older: Older, failed: ErrorBody | undefined): Fed {
  if (failed !== undefined) {
    const gone = { ...state, older: undefined };
    if (older.landing === undefined) return { state: gone, effects: [], notice: failed.message };
    return { state: { ...gone, failure: failed.message }, effects: [] };
  }
  const { anchor, isMet, params, seen } = older;
  if (anchor === undefined || isMet) return arrived(state, older);
  const asked = params.lines;
  if (asked !== undefined && seen >= asked && asked < MAX_ASKED_LINES)
    return askOlder({ ...state, older: undefined }, anchor, timeOf(anchor), asked * 8, older.landing);
  // The line is not in the log any more: its time tells.
  const time = timeOf(anchor);
  const parts = older.parts.map(({ entries }) => ({
    entries: entries.filter((entry) => timeOf(entry) < time),
    cursor: undefined,
  }));
  return arrived(state, { ...older, parts });
}

/** The gathered lines take their place. */
function arrived(state: LogsState, older: Older): Fed {
  const { anchor, landing, params, seen } = older;
  const isFromStart = !older.wasCut && (params.lines === undefined || seen < params.lines);
  // The last item may have been read beyond the last line that was wanted.
  const parts = older.parts.map((part, at) =>
    at === older.parts.length - 1 ? { ...part, cursor: undefined } : part,
  );
  const gone = { ...state, older: undefined };
  if (landing === undefined)
    return { state: { ...gone, buffer: prepend(state.buffer, parts, isFromStart) }, effects: [] };
  const here = anchor === undefined ? [] : [{ entries: [anchor], cursor: undefined }];
  const buffer = prepend(NOTHING_READ.buffer, [...parts, ...here], isFromStart);
  const at = landingAt(buffer, landing);
  const mark = landing.isTop === true || buffer.to === buffer.from ? undefined : at;
  const top = { at, row: 0 };
  const landed = { ...gone, buffer, top, mark, knownTo: buffer.to, readTo: buffer.to };
  return { state: { ...landed, isCentring: mark !== undefined }, effects: [] };
}

/** Number of the line that was to be reached. */
function landingAt(buffer: LogBuffer, { entry, runId }: Landing): number {
  const last = Math.max(buffer.from, buffer.to - 1);
  for (let at = last; at >= buffer.from; at -= 1) {
    const one = entryAt(buffer, at);
    if (one === undefined) break;
    if (entry === undefined ? runId !== undefined && one.run === runId : isSameLine(one, entry)) return at;
  }
  return last;
}
