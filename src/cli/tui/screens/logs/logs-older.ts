/** Lines before those that are there: asked for by time, gathered, and put before the first line. Pure. */

import type { ErrorBody } from '../../../../protocol/errors.ts';
import { given } from '../../../option-values.ts';
import { entryAt, type LogBuffer, type LogPart, prepend } from './logs-buffer.ts';
import { timeOf } from './logs-line.ts';
import { type Fed, isItem, matching, PAGE_LINES, readEffect, unfollow } from './logs-reading.ts';
import { type Landing, type LogsState, NOTHING_READ, type Older, paramsOf } from './logs-state.ts';

const PAGE_LETTERS = 8 * 1024 * 1024;
/** Many lines may have been written in the same microsecond. */
const MAX_ASKED_LINES = 1_000_000;

/** @param anchor the lines before it are wanted; undefined: all up to the time */
export function askOlder(
  state: LogsState,
  anchor: string | undefined,
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

/** Items of older lines: gathered, and put before the buffer when all are there. */
export function onOlderItems(state: LogsState, items: readonly unknown[]): Fed {
  let { older } = state;
  for (const item of items) {
    if (!isItem(item) || older === undefined) continue;
    const { lines } = item;
    older = { ...older, seen: older.seen + lines.length };
    if (older.isMet) continue;
    const at = older.anchor === undefined ? -1 : lines.lastIndexOf(older.anchor);
    const wanted = matching(at === -1 ? lines : lines.slice(0, at), state.wants.pattern);
    if (wanted === undefined) return { state, effects: [], isSlow: true };
    older = gathered(older, { lines: wanted, cursor: at === -1 ? item.cursor : undefined });
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
  let lines = older.lines + part.lines.length;
  let letters = older.letters + lettersOf(part);
  let dropped = 0;
  for (const first of parts) {
    const isEnough = lines - first.lines.length >= PAGE_LINES || letters > PAGE_LETTERS;
    if (!isEnough || dropped === parts.length - 1) break;
    dropped += 1;
    lines -= first.lines.length;
    letters -= lettersOf(first);
  }
  const wasCut = older.wasCut || parts.slice(0, dropped).some((part) => part.lines.length > 0);
  return { ...older, parts: parts.slice(dropped), lines, letters, wasCut };
}

function lettersOf({ lines }: LogPart): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
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
  const parts = older.parts.map(({ lines }) => ({
    lines: lines.filter((line) => timeOf(line) < time),
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
  const here = anchor === undefined ? [] : [{ lines: [anchor], cursor: undefined }];
  const buffer = prepend(NOTHING_READ.buffer, [...parts, ...here], isFromStart);
  const at = landingAt(buffer, landing);
  const isNothing = buffer.to === buffer.from && landing.isBeginning !== true;
  const mark = landing.isTop === true || isNothing ? undefined : at;
  const top = { at, row: 0 };
  const landed = { ...gone, buffer, top, mark, knownTo: buffer.to, readTo: buffer.to };
  return { state: { ...landed, centring: mark === undefined ? 'no' : 'always' }, effects: [] };
}

/** Number of the line that was to be reached. */
function landingAt(buffer: LogBuffer, { line, runId, isBeginning }: Landing): number {
  if (isBeginning === true) return beginningAt(buffer, runId);
  const last = Math.max(buffer.from, buffer.to - 1);
  for (let at = last; at >= buffer.from; at -= 1) {
    const one = entryAt(buffer, at);
    if (one === undefined) break;
    if (line === undefined ? runId !== undefined && one.run === runId : one.raw === line) return at;
  }
  return last;
}

/** Of the run's first line; mostly the next one to come. */
function beginningAt(buffer: LogBuffer, runId: number | undefined): number {
  let at = buffer.to;
  while (at > buffer.from && entryAt(buffer, at - 1)?.run === runId) at -= 1;
  return at;
}
