/** The list of crashes, of one plugin or of all: newest first, read page by page, new ones as they happen. */

import type { CrashListResult } from '../../../../protocol/control/crashes.ts';
import type { EventItem, PluginEvent } from '../../../../protocol/control/events.ts';
import type { Effect, ScreenMessage } from '../../messages.ts';
import type { Context, Doors, Screen, Step } from '../../screen.ts';
import { exportStep } from './crash-export.ts';
import { type CrashesHere, crashesClick, crashesKey } from './crash-keys.ts';
import { withChanges } from './crash-marks.ts';
import { type CrashPages, FRESH, LEAP, NO_PAGES, PAGE, withNewest, withOlder } from './crash-pages.ts';
import { askCrashes, endBoth, followBoth, isBack } from './crash-questions.ts';
import { crashRows, placeOf } from './crash-rows.ts';
import { type CrashesState, chosenCrash } from './crashes-state.ts';
import { crashesView, listHeight } from './crashes-view.ts';

export function crashesScreen(doors: Doors, id: string | undefined): Screen {
  return makeScreen(doors, {
    tag: 'crashes',
    id,
    pages: NO_PAGES,
    changes: [],
    isCutOff: false,
    chosen: undefined,
    top: 0,
    filter: '',
    cause: undefined,
    marks: [],
    isSeekingEnd: false,
  });
}

function makeScreen(doors: Doors, state: CrashesState): Screen {
  const here = (context: Context): CrashesHere => ({
    doors,
    screen,
    state,
    context,
    next: (to) => settled(doors, to, context),
    again: () => opened(doors, state),
  });
  const screen: Screen = {
    title: state.id === undefined ? 'crashes' : `crashes ${state.id}`,
    tag: state.tag,
    keys: [
      { keys: 'enter', does: 'open' },
      { keys: '/', does: 'filter' },
      { keys: 'f', does: 'this cause' },
      { keys: 'space', does: 'mark' },
      { keys: '=', does: 'compare' },
      { keys: 'L', does: 'log' },
      { keys: 'E', does: 'export' },
      ...(state.id === undefined ? [] : [{ keys: 'C', does: 'of all plugins' }]),
    ],
    moreKeys: [
      { keys: 'esc', does: 'forget filter and mark, then back' },
      { keys: 'ctrl-r', does: 'ask torud again' },
    ],
    isTicking: false,
    open: ({ nowMs }) => opened(doors, { ...state, tag: `crashes@${nowMs}` }),
    onKey: (key, context) => crashesKey(key, here(context)),
    onClick: (row, context) => crashesClick(row, here(context)),
    onMessage: (message, context) => onMessage(doors, state, message, context),
    onModel: (message, before) =>
      isBack(message, before) && (state.isCutOff || state.pages.failure !== undefined)
        ? opened(doors, state)
        : undefined,
    onPrompt: (name, text, isDone, context) => {
      if (name === 'export') return exportStep(screen, chosenCrash(state)?.id, text, isDone);
      return settled(doors, { ...state, filter: text ?? '', top: 0 }, context);
    },
    chosen: () => chosenCrash(state)?.plugin,
    view: (context) => crashesView(state, context),
    command: () => commandOf(state),
    close: () => endBoth(state.tag),
  };
  return screen;
}

function opened(doors: Doors, state: CrashesState): Step {
  const pages = { ...state.pages, isAskingNewest: true, failure: undefined };
  return {
    screen: makeScreen(doors, { ...state, pages, isCutOff: false }),
    effects: [askNewest(state), ...followBoth(state.tag, state.id)],
  };
}

/** The first answer is a page; later ones only what is new. */
function askNewest({ tag, id, pages }: CrashesState): Effect {
  return askCrashes(`${tag}/newest`, id, { limit: newestLimit(pages) });
}

function newestLimit({ isLoaded }: CrashPages): number {
  return isLoaded ? FRESH : PAGE;
}

function commandOf(state: CrashesState): readonly string[] {
  const chosen = chosenCrash(state);
  if (chosen === undefined) return ['crashes', ...(state.id === undefined ? [] : [state.id])];
  const [one = chosen.id, other = chosen.id] = state.marks;
  if (one === other) return ['crashes', 'show', String(chosen.id)];
  return ['crashes', 'diff', String(Math.min(one, other)), String(Math.max(one, other))];
}

/** Asks for older ones as long as the screen is not full, or the end is sought. */
function settled(doors: Doors, state: CrashesState, context: Context, effects: readonly Effect[] = []): Step {
  const { pages, tag, id } = state;
  const rows = crashRows(state);
  const ahead = rows.length - placeOf(rows, state.chosen);
  const last = pages.crashes.at(-1);
  const wantsOlder = state.isSeekingEnd || ahead < 2 * listHeight(context);
  const mayAsk = pages.isLoaded && !pages.isWhole && pages.asked === undefined && pages.failure === undefined;
  if (!wantsOlder || !mayAsk || last === undefined) return { screen: makeScreen(doors, state), effects };
  const isSearching = state.isSeekingEnd || state.filter !== '' || state.cause !== undefined;
  const asked = { beforeId: last.id, limit: isSearching ? LEAP : PAGE };
  return {
    screen: makeScreen(doors, { ...state, pages: { ...pages, asked } }),
    effects: [...effects, askCrashes(`${tag}/older`, id, asked)],
  };
}

function onMessage(doors: Doors, state: CrashesState, message: ScreenMessage, context: Context): Step {
  const about = message.tag.slice(state.tag.length + 1);
  if (message.type === 'answer') return onAnswer(doors, state, about, message, context);
  if (message.type === 'ended') return { screen: makeScreen(doors, { ...state, isCutOff: true }) };
  const events = message.items.flatMap((item) => (item as EventItem).events);
  if (about === 'changes')
    return settled(doors, { ...state, changes: withChanges(state.changes, events) }, context);
  const isKnown = (event: PluginEvent): boolean =>
    state.pages.crashes.some(({ id }) => id === event.details.crashId);
  if (state.pages.isAskingNewest)
    return settled(doors, { ...state, pages: { ...state.pages, isStale: true } }, context);
  return events.every(isKnown) ? { screen: makeScreen(doors, state) } : asksNewest(doors, state, context);
}

function asksNewest(doors: Doors, state: CrashesState, context: Context): Step {
  const pages = { ...state.pages, isAskingNewest: true, isStale: false };
  return settled(doors, { ...state, pages }, context, [askNewest(state)]);
}

function onAnswer(
  doors: Doors,
  state: CrashesState,
  about: string,
  { result }: ScreenMessage & { type: 'answer' },
  context: Context,
): Step {
  if (!result.ok) {
    const failed = { ...state.pages, isAskingNewest: false, asked: undefined, failure: result.failure };
    return { screen: makeScreen(doors, { ...state, pages: failed, isSeekingEnd: false }) };
  }
  const { crashes } = result.value as CrashListResult;
  if (about === 'older') return settled(doors, withEnd(state, withOlder(state.pages, crashes)), context);
  const pages = withNewest(state.pages, crashes, newestLimit(state.pages));
  const next = steady(state, { ...state, pages });
  return pages.isStale ? asksNewest(doors, next, context) : settled(doors, next, context);
}

function withEnd(state: CrashesState, pages: CrashPages): CrashesState {
  if (!state.isSeekingEnd || !pages.isWhole) return { ...state, pages };
  return { ...state, pages, isSeekingEnd: false, chosen: pages.crashes.at(-1)?.id };
}

/** What is on the screen stays where it is when others come above it. */
function steady(before: CrashesState, after: CrashesState): CrashesState {
  const chosen = chosenCrash(before)?.id ?? after.pages.crashes[0]?.id;
  if (before.top === 0) return { ...after, chosen };
  const shift = placeOf(crashRows(after), chosen) - placeOf(crashRows(before), chosen);
  return { ...after, chosen, top: Math.max(0, before.top + shift) };
}
