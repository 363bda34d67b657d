/** Logs of one plugin or of several, merged by time: followed, searched, filtered. */

import type { CrashListResult, CrashSummary } from '../../../../protocol/control/crashes.ts';
import type { ScreenMessage } from '../../messages.ts';
import type { Context, Doors, LogFilter, LogPlace, Screen, Step } from '../../screen.ts';
import { logsCommand } from './logs-command.ts';
import {
  balanced,
  endEffects,
  onLiveItems,
  onNewestEnded,
  onNewestItems,
  reopened,
  withoutPattern,
} from './logs-feed.ts';
import { LOG_KEYS, onlyPlugin, type Pressed, pressed, prompted } from './logs-keys.ts';
import { onOlderEnded, onOlderItems } from './logs-older.ts';
import { crashesEffect, type Fed } from './logs-reading.ts';
import { sceneOf } from './logs-scene.ts';
import { onScanEnded, onScanItems } from './logs-search.ts';
import { firstState, isPausePending, type LogsState } from './logs-state.ts';
import { logsView } from './logs-view.ts';
import { centred, isBefore, lastPage } from './logs-window.ts';

/** Several logs may be open, one above the other. */
let opened = 0;

/**
 * @param ids empty: of all plugins
 * @param place undefined: the end, followed
 */
export function logsScreen(
  doors: Doors,
  ids: readonly string[],
  place?: LogPlace,
  filter?: LogFilter,
): Screen {
  opened += 1;
  return makeScreen(doors, firstState(`logs-${opened}`, ids, place, filter));
}

function makeScreen(doors: Doors, state: LogsState): Screen {
  const step = (fed: Pressed): Step => ({
    screen: makeScreen(doors, fed.state),
    effects: fed.effects,
    ...(fed.notice === undefined ? {} : { notice: fed.notice }),
    ...(fed.go === undefined ? {} : { go: fed.go }),
  });
  const screen: Screen = {
    title: titleOf(state),
    tag: state.tag,
    keys: LOG_KEYS,
    isTicking: false,
    open: (context) => step(begun(state, context)),
    onKey: (key, context) => {
      if (key === 'c' || key === 'i') {
        const id = onlyPlugin(state);
        if (key === 'c') return { screen, go: { kind: 'open', screen: doors.crashes(id) } };
        return id === undefined ? { screen } : { screen, go: { kind: 'open', screen: doors.detail(id) } };
      }
      const fed = pressed(key, state, context);
      return fed === undefined ? undefined : step({ ...fed, ...settled(fed, context) });
    },
    onMessage: (message, context) => step(settled(received(state, message), context)),
    onPrompt: (name, text, isDone, context) =>
      step(settled(prompted(name, text, isDone, state, context), context)),
    chosen: () => onlyPlugin(state),
    view: (context) => logsView(state, context),
    command: () => logsCommand(state),
    close: () => endEffects(state),
  };
  return screen;
}

function titleOf({ wants }: LogsState): string {
  const [first, ...others] = wants.ids;
  if (first === undefined) return 'logs of all';
  return others.length === 0 ? `logs ${first}` : `logs of ${wants.ids.length}`;
}

function begun(first: LogsState, { model }: Context): Fed {
  // All of them: also those that will be installed while one looks.
  const isAll = first.ownIds.length > 1 && first.ownIds.length === model.plugins.size;
  const ownIds = isAll ? [] : first.ownIds;
  const state: LogsState = { ...first, ownIds, wants: { ...first.wants, ids: ownIds } };
  const { effects, state: next } = reopened(state, state.place);
  return { state: next, effects: [...effects, crashesEffect(next)] };
}

/** After whatever has changed: the mark is where it should be, and what is near has been asked for. */
function settled(fed: Fed, context: Context): Fed {
  const placed = held(centredMark(fed.state, context), context);
  const { shown } = sceneOf(placed, context);
  const { state, effects } = balanced(placed, shown);
  return { ...fed, state, effects: [...fed.effects, ...effects] };
}

/** Paused before the newest lines had come: now they have. */
function held(state: LogsState, context: Context): LogsState {
  const isToHold = state.isPaused && state.top === undefined && !isPausePending(state);
  return isToHold ? { ...state, top: sceneOf(state, context).top } : state;
}

function centredMark(state: LogsState, context: Context): LogsState {
  if (state.centring === 'no' || state.mark === undefined) return state;
  const { rows, height, shown, top } = sceneOf(state, context);
  const isSeen = shown.from <= state.mark && state.mark < shown.to - 1;
  if (state.centring === 'hidden' && isSeen) return { ...state, top, centring: 'no' };
  const middle = centred(state.mark, rows, height);
  // With too few lines behind it, it comes to the middle as more of them come.
  const isSettled = isBefore(middle, lastPage(rows, height));
  return { ...state, top: middle, centring: isSettled ? 'no' : state.centring };
}

function received(state: LogsState, message: ScreenMessage): Fed {
  const { tag } = message;
  const still: Fed = { state, effects: [] };
  if (message.type === 'answer') {
    if (!message.result.ok || tag !== `${state.tag}/crashes`) return still;
    const { crashes } = message.result.value as CrashListResult;
    return { state: { ...state, crashes: crashes satisfies readonly CrashSummary[] }, effects: [] };
  }
  const { live, older, scan } = state;
  if (message.type === 'items') {
    const fed = receivedItems(state, message.tag, message.items);
    return fed?.isSlow === true ? withoutPattern(state) : (fed ?? still);
  }
  if (tag === older?.tag) return onOlderEnded(state, older, message.failure);
  if (tag === scan?.tag) {
    const { notice, ...ended } = onScanEnded(state, scan);
    return { ...ended, notice: message.failure?.message ?? notice };
  }
  if (tag === live?.backlog?.tag) return onNewestEnded(state);
  if (tag !== live?.tag) return still;
  const failure = message.failure?.message ?? 'torud has ended it';
  return { state: { ...state, live: undefined, failure }, effects: [] };
}

/** Undefined: they are not wanted any more. */
function receivedItems(state: LogsState, tag: string, items: readonly unknown[]): Fed | undefined {
  if (tag === state.live?.tag) return onLiveItems(state, items);
  if (tag === state.live?.backlog?.tag) return onNewestItems(state, items);
  if (tag === state.older?.tag) return onOlderItems(state, items);
  return tag === state.scan?.tag ? onScanItems(state, items) : undefined;
}
