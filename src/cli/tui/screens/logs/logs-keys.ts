/** What the keys of the logs screen do. */

import { LOG_LEVELS } from '../../../../protocol/control/logs.ts';
import type { Key } from '../../messages.ts';
import type { Context, KeyHelp, Navigation } from '../../screen.ts';
import { lineAt } from './logs-buffer.ts';
import { reopened, reopenedAtStart } from './logs-feed.ts';
import { jumpedToCrash } from './logs-jump.ts';
import { timeOf } from './logs-line.ts';
import { logPattern } from './logs-pattern.ts';
import { crashesEffect, type Fed } from './logs-reading.ts';
import { type Scene, sceneOf } from './logs-scene.ts';
import { scanStopped, searched } from './logs-search.ts';
import { isOne, isPausePending, type LogStyle, type LogsState, type LogWants, TIMES } from './logs-state.ts';
import { moved } from './logs-window.ts';

export const LOG_KEYS: readonly KeyHelp[] = [
  { keys: 'space', does: 'pause' },
  { keys: '/', does: 'search' },
  { keys: 'n N', does: 'next' },
  { keys: '&', does: 'filter' },
  { keys: 'G', does: 'follow' },
  { keys: '[ ]', does: 'crash' },
  { keys: '0-7', does: 'level' },
  { keys: 'o', does: 'stream' },
  { keys: 'w', does: 'wrap' },
  { keys: 't', does: 'times' },
  { keys: '#', does: 'numbers' },
  { keys: 'u', does: 'all plugins' },
  { keys: '\\', does: 'search back' },
  { keys: 'g', does: 'oldest' },
  { keys: 'v', does: 'next level' },
  { keys: 'c', does: 'crashes' },
  { keys: 'i', does: 'details' },
  { keys: 'h l', does: 'sideways' },
];

export interface Pressed extends Fed {
  readonly go?: Navigation;
}

/** What `v` goes through. */
const LEVEL_STEPS = [undefined, 'notice', 'warning', 'err'] as const;
const STREAM_STEPS = [undefined, 'stdout', 'stderr'] as const;

/** Undefined: the key means nothing here. */
export function pressed(key: Key, before: LogsState, context: Context): Pressed | undefined {
  const state: LogsState = before.centring === 'no' ? before : { ...before, centring: 'no' };
  return (
    pressedMove(key, state, context) ??
    pressedSearch(key, state, context) ??
    pressedWants(key, state, context) ??
    pressedStyle(key, state, context)
  );
}

function only(state: LogsState): Pressed {
  return { state, effects: [] };
}

function pressedMove(key: Key, state: LogsState, context: Context): Pressed | undefined {
  const scene = sceneOf(state, context);
  const page = Math.max(1, scene.height - 1);
  const half = Math.max(1, Math.ceil(scene.height / 2));
  switch (key) {
    case 'j':
    case 'down':
    case 'enter':
      return movedBy(1, state, scene);
    case 'k':
    case 'up':
      return movedBy(-1, state, scene);
    case 'pagedown':
    case 'ctrl-f':
    case 'f':
      return movedBy(page, state, scene);
    case 'pageup':
    case 'ctrl-b':
    case 'b':
      return movedBy(-page, state, scene);
    case 'ctrl-d':
      return movedBy(half, state, scene);
    case 'ctrl-u':
      return movedBy(-half, state, scene);
    case 'wheeldown':
      return movedBy(3, state, scene);
    case 'wheelup':
      return movedBy(-3, state, scene);
    case 'g':
    case 'home':
      return toStart(state, scene);
    case 'G':
    case 'end':
    case 'F':
      return followed(state);
    case ' ':
    case 'space':
    case 'p':
      return state.top === undefined && !state.isPaused ? paused(state, scene) : followed(state);
    case '[':
    case 'C':
      return jumpedToCrash(state, true, context);
    case ']':
      return jumpedToCrash(state, false, context);
    default:
      return undefined;
  }
}

function movedBy(by: number, state: LogsState, { rows, top, height }: Scene): Pressed {
  // Down from the end there is nothing.
  if (state.top === undefined && by > 0) return only(state);
  const next = moved(top, by, rows, height);
  const isStill = next.at === top.at && next.row === top.row;
  // Where all lines fit there is nothing to leave the follow for.
  return only(isStill && state.top === undefined ? state : { ...state, top: next });
}

function paused(state: LogsState, { top }: Scene): Pressed {
  return only(isPausePending(state) ? { ...state, isPaused: true } : { ...state, top, isPaused: true });
}

function toStart(state: LogsState, { rows }: Scene): Pressed {
  if (state.buffer.isFromStart) return only({ ...state, top: { at: rows.from, row: 0 }, isPaused: false });
  return reopenedAtStart({ ...state, isPaused: false });
}

/** The newest lines: those at hand, or read anew when reading has stopped before them. */
function followed(state: LogsState): Pressed {
  if (state.live === undefined) return reopened(state, undefined);
  return only({ ...state, top: undefined, isPaused: false, mark: undefined, knownTo: state.readTo });
}

function pressedSearch(key: Key, state: LogsState, context: Context): Pressed | undefined {
  switch (key) {
    case '/':
      return { ...only(state), go: { kind: 'prompt', name: 'search', lead: '/', text: '' } };
    case '\\':
      return { ...only(state), go: { kind: 'prompt', name: 'search-back', lead: '\\', text: '' } };
    case '&':
      return {
        ...only(state),
        go: { kind: 'prompt', name: 'pattern', lead: '&', text: state.wants.pattern?.text ?? '' },
      };
    case 'n':
      return searchedAgain(state, state.isBackward, context);
    case 'N':
      return searchedAgain(state, !state.isBackward, context);
    case 'escape':
      if (state.scan !== undefined) return { ...scanStopped(state), notice: 'the search was stopped' };
      return state.search === undefined ? undefined : only({ ...state, search: undefined, mark: undefined });
    default:
      return undefined;
  }
}

function searchedAgain(state: LogsState, isBackward: boolean, context: Context): Pressed {
  if (state.search === undefined) return { ...only(state), notice: 'nothing is searched for: / begins' };
  const { top, shown } = sceneOf(state, context);
  const isMarkShown = state.mark !== undefined && state.mark >= shown.from && state.mark < shown.to;
  const from = isMarkShown ? (state.mark ?? top.at) : isBackward ? top.at : top.at - 1;
  return searched(state, state.search, isBackward, from);
}

/** A prompt was typed, finished, or given up (undefined). */
export function prompted(
  name: string,
  text: string | undefined,
  isDone: boolean,
  state: LogsState,
  context: Context,
): Fed {
  if (text === undefined) return only({ ...state, preview: undefined });
  if (!isDone) {
    const typed = text === '' ? undefined : logPattern(text);
    return only({ ...state, preview: typed?.ok ? typed.value : undefined });
  }
  const plain = { ...state, preview: undefined };
  if (name === 'pattern') return filtered(text, plain, context);
  if (name !== 'search' && name !== 'search-back') return only(plain);
  const isBackward = name === 'search-back';
  if (text === '') return searchedAgain({ ...plain, isBackward }, isBackward, context);
  const made = logPattern(text);
  if (!made.ok) return { ...only(plain), notice: made.failure };
  return begunSearch({ ...plain, search: made.value, isBackward, mark: undefined }, context);
}

/** Where nothing below matches, the nearest match above is shown: whoever follows the end means what was. */
function begunSearch(state: LogsState, context: Context): Fed {
  const { search, isBackward } = state;
  if (search === undefined) return only(state);
  const { top, shown } = sceneOf(state, context);
  const first = searched(state, search, isBackward, isBackward ? shown.to : top.at - 1);
  if (isBackward || first.notice === undefined || first.state.search === undefined) return first;
  const above = searched(state, search, true, top.at);
  if (above.notice !== undefined) return { ...above, notice: `no line matches ${search.text}` };
  return { ...above, notice: 'no match below: going up, N goes on' };
}

function filtered(text: string, state: LogsState, context: Context): Fed {
  if (text === '')
    return state.wants.pattern === undefined ? only(state) : wanted(state, { pattern: undefined }, context);
  const made = logPattern(text);
  return made.ok ? wanted(state, { pattern: made.value }, context) : { ...only(state), notice: made.failure };
}

/** Other lines are wanted: they are read anew, at the same place. */
function wanted(state: LogsState, change: Partial<LogWants>, context: Context): Fed {
  const next: LogsState = { ...state, wants: { ...state.wants, ...change } };
  if (state.top === undefined) return reopened(next, undefined);
  const { top } = sceneOf(state, context);
  const line = lineAt(state.buffer, state.mark ?? top.at);
  if (line === undefined) return reopened(next, undefined);
  return reopened(next, { at: timeOf(line), isTop: state.mark === undefined });
}

function pressedWants(key: Key, state: LogsState, context: Context): Pressed | undefined {
  const { wants, ownIds } = state;
  const level = /^[0-7]$/.test(key) ? LOG_LEVELS[Number(key)] : undefined;
  if (level !== undefined) {
    // The least urgent level lets all pass.
    const next = level === 'debug' ? undefined : level;
    return next === wants.level ? only(state) : wanted(state, { level: next }, context);
  }
  switch (key) {
    case 'v': {
      const at = (LEVEL_STEPS as readonly (string | undefined)[]).indexOf(wants.level);
      return wanted(state, { level: LEVEL_STEPS[(at + 1) % LEVEL_STEPS.length] }, context);
    }
    case 'o': {
      const at = STREAM_STEPS.indexOf(wants.stream);
      return wanted(state, { stream: STREAM_STEPS[(at + 1) % STREAM_STEPS.length] }, context);
    }
    case 'u': {
      const isUnified = wants.ids.length === 0;
      if (isUnified && ownIds.length === 0) return { ...only(state), notice: 'these are all plugins' };
      const fed = wanted(state, { ids: isUnified ? ownIds : [] }, context);
      return {
        ...fed,
        effects: [...fed.effects, crashesEffect(fed.state)],
        notice: isUnified ? 'as before' : 'all plugins, merged by time; u goes back',
      };
    }
    default:
      return undefined;
  }
}

function pressedStyle(key: Key, state: LogsState, { size }: Context): Pressed | undefined {
  const { style } = state;
  const styled = (change: Partial<LogStyle>): Pressed => only({ ...state, style: { ...style, ...change } });
  const half = Math.max(1, Math.floor(size.columns / 2));
  switch (key) {
    case 'w':
      return styled({ wraps: !style.wraps, left: 0 });
    case 't':
      return styled({ times: TIMES[(TIMES.indexOf(style.times) + 1) % TIMES.length] ?? 'time' });
    case '#':
      return styled({ hasFacts: !style.hasFacts });
    case 'right':
    case 'l':
      return style.wraps
        ? { ...only(state), notice: 'lines are wrapped: w changes it' }
        : styled({ left: style.left + half });
    case 'left':
    case 'h':
      return styled({ left: Math.max(0, style.left - half) });
    default:
      return undefined;
  }
}

/** The plugin that keys of other screens are about. */
export function onlyPlugin({ wants }: LogsState): string | undefined {
  return isOne(wants) ? wants.ids[0] : undefined;
}
