/** Lifecycle events and the audit, live and merged by time: of one plugin or of all. */

import { errorBody } from '../../../../protocol/errors.ts';
import type { FeedName, Occurrence } from '../../../event-feeds.ts';
import { refusalOf } from '../../actions.ts';
import type { Key, ScreenMessage } from '../../messages.ts';
import type { Context, Doors, Screen, Step } from '../../screen.ts';
import { eventScreen } from './event.ts';
import { KINDS, type Kind, NEW_FEED, PAGE, rowsOfItem, withRows } from './event-feeds.ts';
import {
  askLive,
  askPage,
  type EventsState,
  endAll,
  listHeight,
  movedTo,
  newState,
  placeOf,
  shownRows,
  tagOf,
  withPast,
} from './events-state.ts';
import { eventsView } from './events-view.ts';

/** @param word of the kind that is shown first */
export function eventsScreen(doors: Doors, id: string | undefined, word?: string): Screen {
  const first = newState(id);
  return makeScreen(doors, { ...first, kind: KINDS.find((kind) => kind.word === word) ?? first.kind });
}

function makeScreen(doors: Doors, state: EventsState): Screen {
  const screen: Screen = {
    title: state.id === undefined ? 'events' : `events ${state.id}`,
    tag: state.tag,
    keys: [
      { keys: '/', does: 'filter' },
      { keys: 'enter', does: 'open' },
      { keys: 't 1-6', does: 'which kind' },
      { keys: '!', does: 'crashes' },
      { keys: 'space', does: 'pause' },
      { keys: 'G', does: 'follow' },
      { keys: 'i', does: 'details' },
      { keys: 'l', does: 'log at that time' },
      { keys: 'p', does: 'its plugin' },
    ],
    isTicking: false,
    open: (context) => asked(doors, { ...state, tag: `events@${context.nowMs}` }, context),
    onKey: (key, context) => onKey(key, { doors, screen, state, context }),
    onClick: (row, context) => clickedAt(row, { doors, screen, state, context }),
    onMessage: (message, context) => onMessage(doors, state, message, context),
    onPrompt: (_name, text, _isDone, context) => settled(doors, { ...state, filter: text ?? '' }, context),
    chosen: (context) => state.id ?? cursorRow(state, context)?.plugin ?? undefined,
    view: (context) => eventsView(state, context),
    command: () => commandOf(state),
    close: () => endAll(state),
  };
  return screen;
}

/** A new beginning: the newest page of each feed. */
function asked(doors: Doors, state: EventsState, context: Context): Step {
  const next = withoutAudit(state, context);
  const feeds = next.kind.feeds.filter((feed) => next.feeds[feed].failure === undefined);
  return { screen: makeScreen(doors, next), effects: feeds.map((feed) => askPage(next, feed)) };
}

/** Asking for what one may not see would itself stand in the audit. */
function withoutAudit(state: EventsState, context: Context): EventsState {
  const isConnected = context.model.connection.kind === 'connected';
  const refusal = isConnected ? refusalOf('operate', context) : undefined;
  if (refusal === undefined) return state;
  const audit = { ...NEW_FEED, isAsking: false, failure: errorBody('denied', refusal) };
  return { ...state, feeds: { ...state.feeds, 'audit.read': audit } };
}

function settled(doors: Doors, state: EventsState, context: Context): Step {
  const next = withPast(state, listHeight(state, context));
  return { screen: makeScreen(doors, next.state), effects: next.effects };
}

function withKind(doors: Doors, state: EventsState, kind: Kind, context: Context): Step {
  const next: EventsState = {
    ...state,
    kind,
    generation: state.generation + 1,
    feeds: { 'event.read': NEW_FEED, 'audit.read': NEW_FEED },
    cursor: undefined,
  };
  const step = asked(doors, next, context);
  return { ...step, effects: [...endAll(state), ...(step.effects ?? [])] };
}

function cursorRow(state: EventsState, context: Context): Occurrence | undefined {
  const rows = shownRows(state);
  return rows[placeOf(state, rows, listHeight(state, context)).at]?.row;
}

interface Pressed {
  readonly doors: Doors;
  readonly screen: Screen;
  readonly state: EventsState;
  readonly context: Context;
}

function onKey(key: Key, pressed: Pressed): Step | undefined {
  const { doors, screen, state, context } = pressed;
  const kind = KINDS[Number(key) - 1];
  if (/^\d$/.test(key)) return kind === undefined ? { screen } : withKind(doors, state, kind, context);
  switch (key) {
    case 't':
      return withKind(
        doors,
        state,
        KINDS[(KINDS.indexOf(state.kind) + 1) % KINDS.length] ?? KINDS[0],
        context,
      );
    case '!': {
      const crashes = KINDS.find(({ word }) => word === 'crashes') ?? KINDS[0];
      return withKind(doors, state, state.kind === crashes ? KINDS[0] : crashes, context);
    }
    case '/':
      return { screen, go: { kind: 'prompt', name: 'filter', lead: '/', text: state.filter } };
    case 'escape':
      return state.filter === '' ? undefined : settled(doors, { ...state, filter: '' }, context);
    case 'enter':
    case 'right':
    case 'i':
    case 'l':
    case 'p':
      return opened(key, pressed);
    default:
      return moved(key, pressed);
  }
}

/** Keys of less and vim. */
function moved(key: Key, { doors, state, context }: Pressed): Step | undefined {
  const rows = shownRows(state);
  const height = listHeight(state, context);
  const { at } = placeOf(state, rows, height);
  const to = (target: number): Step => settled(doors, movedTo(state, rows, target, height), context);
  switch (key) {
    case 'j':
    case 'down':
      return state.cursor === undefined ? { screen: makeScreen(doors, state) } : to(at + 1);
    case 'k':
    case 'up':
      return to(at - 1);
    case 'pagedown':
    case 'ctrl-f':
      return to(at + height);
    case 'pageup':
    case 'ctrl-b':
      return to(at - height);
    case 'ctrl-d':
      return to(at + Math.ceil(height / 2));
    case 'ctrl-u':
      return to(at - Math.ceil(height / 2));
    case 'g':
    case 'home':
      return to(0);
    case 'G':
    case 'end':
    case 'F':
      return settled(doors, { ...state, cursor: undefined }, context);
    case ' ':
      return state.cursor === undefined ? to(at) : settled(doors, { ...state, cursor: undefined }, context);
    default:
      return undefined;
  }
}

/** A click on an event chooses it, and opens the chosen one. */
function clickedAt(row: number, pressed: Pressed): Step | undefined {
  const { doors, state, context } = pressed;
  const rows = shownRows(state);
  const height = listHeight(state, context);
  const { at, top } = placeOf(state, rows, height);
  const index = row - (context.size.rows - height);
  if (index < 0 || rows[top + index] === undefined) return undefined;
  if (top + index === at) return opened('enter', pressed);
  return settled(doors, movedTo(state, rows, top + index, height), context);
}

/** What the event under the cursor leads to. */
function opened(key: Key, { doors, screen, state, context }: Pressed): Step {
  const row = cursorRow(state, context);
  if (row === undefined) return { screen, notice: 'there is no event to open' };
  const open = (made: Screen): Step => ({ screen, go: { kind: 'open', screen: made } });
  const { plugin } = row;
  const { crashId, runId } = row.details as { readonly crashId?: unknown; readonly runId?: unknown };
  if (key === 'l' || key === 'p') {
    if (plugin === null) return { screen, notice: 'this is about no single plugin' };
    if (key === 'p') return open(doors.detail(plugin));
    return open(doors.logs([plugin], { at: row.at, ...(typeof runId === 'number' ? { runId } : {}) }));
  }
  if (key !== 'i' && row.type === 'crashed' && plugin !== null && typeof crashId === 'number')
    return open(doors.crash(plugin, crashId));
  return open(eventScreen(doors, row));
}

function onMessage(doors: Doors, state: EventsState, message: ScreenMessage, context: Context): Step {
  const feed = state.kind.feeds.find(
    (name) => message.tag === tagOf(state, 'page', name) || message.tag === tagOf(state, 'live', name),
  );
  const screen = makeScreen(doors, state);
  if (feed === undefined || message.type === 'answer') return { screen };
  const isPage = message.tag === tagOf(state, 'page', feed);
  if (message.type === 'items') return settled(doors, withItems(state, feed, message.items, isPage), context);
  const was = state.feeds[feed];
  const isFirst = !was.isLoaded;
  const next: EventsState = {
    ...state,
    feeds: {
      ...state.feeds,
      [feed]: {
        ...was,
        ...(isPage ? { isAsking: false, isLoaded: true, isWhole: was.pageRows < PAGE } : {}),
        failure: message.failure,
      },
    },
  };
  const step = settled(doors, next, context);
  const live = isPage && isFirst && message.failure === undefined ? [askLive(next, feed)] : [];
  return { ...step, effects: [...(step.effects ?? []), ...live] };
}

function withItems(
  state: EventsState,
  feed: FeedName,
  items: readonly unknown[],
  isPage: boolean,
): EventsState {
  let next = state.feeds[feed];
  for (const item of items) {
    const { rows, isCut } = rowsOfItem(feed, item);
    next = withRows(next, rows, state.cursor !== undefined || isPage);
    // Behind nothing at all it says that old ones were deleted, which is no news.
    const isNews = isCut && !isPage && state.feeds[feed].rows.length > 0;
    next = { ...next, isCut: next.isCut || isNews, pageRows: next.pageRows + (isPage ? rows.length : 0) };
  }
  return { ...state, feeds: { ...state.feeds, [feed]: next } };
}

function commandOf({ id, kind, cursor }: EventsState): readonly string[] {
  return [
    'events',
    ...(id === undefined ? [] : [id]),
    ...(kind.option === undefined ? [] : ['--type', kind.option]),
    ...(cursor === undefined ? ['-f'] : []),
  ];
}
