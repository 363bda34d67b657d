/** Keys of the list of crashes. Pure. */

import type { CrashSummary } from '../../../../protocol/control/crashes.ts';
import { failure, type Result, success } from '../../../../protocol/result.ts';
import type { Key } from '../../messages.ts';
import type { Context, Doors, Screen, Step } from '../../screen.ts';
import { askExport } from './crash-export.ts';
import { crashBefore } from './crash-pages.ts';
import { causeOf, crashRows, isCrash, moved, placeOf, windowAround } from './crash-rows.ts';
import { type CrashesState, chosenCrash } from './crashes-state.ts';
import { listHeight } from './crashes-view.ts';

/** As many as are compared. */
const MAX_MARKS = 2;

export interface CrashesHere {
  readonly doors: Doors;
  readonly screen: Screen;
  readonly state: CrashesState;
  readonly context: Context;
  readonly next: (state: CrashesState) => Step;
  /** Asks for everything once more. */
  readonly again: () => Step;
}

/** Undefined: the key means nothing here. */
export function crashesKey(key: Key, at: CrashesHere): Step | undefined {
  // Each key is a new try, and leaves the way to the end.
  const { pages } = at.state;
  const here: CrashesHere = {
    ...at,
    state: { ...at.state, isSeekingEnd: false, pages: { ...pages, failure: undefined } },
  };
  return movingKey(key, here) ?? choosingKey(key, here) ?? openingKey(key, here);
}

function movingKey(key: Key, here: CrashesHere): Step | undefined {
  const { state, context } = here;
  const height = listHeight(context);
  switch (key) {
    case 'j':
    case 'down':
      return move(here, 1);
    case 'k':
    case 'up':
      return move(here, -1);
    case 'ctrl-d':
      return move(here, Math.ceil(height / 2));
    case 'ctrl-u':
      return move(here, -Math.ceil(height / 2));
    case 'pagedown':
    case 'ctrl-f':
      return move(here, height);
    case 'pageup':
    case 'ctrl-b':
      return move(here, -height);
    case 'g':
    case 'home':
      return move(here, Number.NEGATIVE_INFINITY);
    case 'G':
    case 'end':
      return state.pages.isWhole
        ? move(here, Number.POSITIVE_INFINITY)
        : here.next({ ...state, isSeekingEnd: true });
    default:
      return undefined;
  }
}

function move({ state, context, next }: CrashesHere, by: number): Step {
  const rows = crashRows(state);
  const place = placeOf(rows, state.chosen);
  const to = rows[moved(rows, place, by)];
  if (to === undefined || !isCrash(to)) return next(state);
  const top = windowAround(rows, moved(rows, place, by), state.top, listHeight(context));
  return next({ ...state, chosen: to.id, top });
}

/** A click on a crash chooses it, and opens the chosen one. */
export function crashesClick(row: number, here: CrashesHere): Step | undefined {
  const { state, context, next } = here;
  const rows = crashRows(state);
  const place = placeOf(rows, state.chosen);
  const height = listHeight(context);
  const top = windowAround(rows, place, state.top, height);
  const index = row - (context.size.rows - height);
  const clicked = index < 0 ? undefined : rows[top + index];
  if (clicked === undefined || !isCrash(clicked)) return undefined;
  return top + index === place ? crashesKey('enter', here) : next({ ...state, chosen: clicked.id, top });
}

function choosingKey(key: Key, { doors, state, screen, next, again }: CrashesHere): Step | undefined {
  const crash = chosenCrash(state);
  switch (key) {
    case 'C':
      return state.id === undefined
        ? { screen, notice: 'these are the crashes of all plugins' }
        : { screen, go: { kind: 'open', screen: doors.crashes(undefined) } };
    case 'ctrl-r':
      return again();
    case '/':
      return { screen, go: { kind: 'prompt', name: 'filter', lead: '/', text: state.filter } };
    case 'f': {
      if (crash === undefined) return next({ ...state, cause: undefined });
      const cause = state.cause === undefined ? causeOf(crash) : undefined;
      return next({ ...state, cause, chosen: crash.id, top: 0 });
    }
    case ' ': {
      return crash === undefined ? { screen } : marked(crash.id, state, next);
    }
    case 'escape':
      // First what was filtered away comes back.
      if (state.filter === '' && state.cause === undefined && state.marks.length === 0) return undefined;
      return next({ ...state, filter: '', cause: undefined, marks: [], top: 0 });
    default:
      return undefined;
  }
}

/** Marks it, or takes the mark away. */
function marked(id: number, state: CrashesState, next: CrashesHere['next']): Step {
  const others = state.marks.filter((one) => one !== id);
  if (others.length < state.marks.length) return next({ ...state, chosen: id, marks: others });
  const step = next({ ...state, chosen: id, marks: [...others, id].slice(-MAX_MARKS) });
  const [first] = others;
  if (others.length < MAX_MARKS || first === undefined) return step;
  return { ...step, notice: `#${first} is not marked any more: = compares two` };
}

function openingKey(key: Key, here: CrashesHere): Step | undefined {
  if (!OPENING.has(key)) return undefined;
  const { doors, screen, state } = here;
  const crash = chosenCrash(state);
  if (crash === undefined) return { screen, notice: 'no crash is chosen' };
  const stay = here.next({ ...state, chosen: crash.id });
  const open = (made: Screen): Step => ({ ...stay, go: { kind: 'open', screen: made } });
  switch (key) {
    case 'L':
    case 'l':
      return open(doors.logs([crash.plugin], { at: crash.at, runId: crash.runId }));
    case 'E':
      return askExport(screen, crash.id);
    case '=': {
      const pair = pairOf(state, crash);
      if (!pair.ok) return { screen, notice: pair.failure };
      const [newer, older] = pair.value;
      const { plugin } = state.pages.crashes.find(({ id }) => id === newer) ?? crash;
      return open(doors.compare(plugin, newer, older));
    }
    default:
      return open(doors.crash(crash.plugin, crash.id));
  }
}

/** The two marked ones, or the marked and the chosen one; without a mark the chosen one and the one before it. */
function pairOf(
  { marks, pages }: CrashesState,
  { id, plugin }: CrashSummary,
): Result<[number, number], string> {
  const [one, other = id] = marks;
  if (one === undefined) {
    const before = crashBefore(pages, { id, plugin });
    return before === undefined
      ? failure(`#${id} is the first one of ${plugin} that is kept: mark another one with space`)
      : success([id, before.id]);
  }
  return one === other
    ? failure(`#${id} is marked: choose the one that it is to be compared with`)
    : success([other, one]);
}

const OPENING: ReadonlySet<Key> = new Set(['enter', 'right', 'L', 'l', 'E', '=']);
