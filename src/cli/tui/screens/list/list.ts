/** The list of plugins: state, figures of the last minute, what happened last. */

import { windowOf } from '../../frame.ts';
import type { Key } from '../../messages.ts';
import { isUnhealthy } from '../../model.ts';
import type { Context, Doors, KeyHelp, Screen, Step } from '../../screen.ts';
import {
  cursorOf,
  FIRST_LIST,
  isFiltered,
  type ListState,
  markedOf,
  NO_FILTER,
  nextGroup,
  rowsOf,
  SORTS,
  type Sort,
  TROUBLE_STATES,
} from './list-order.ts';
import { listHeight, listNote, listView, rowAt } from './list-view.ts';

const KEYS: readonly KeyHelp[] = [
  { keys: '/', does: 'filter' },
  { keys: '!', does: 'trouble' },
  { keys: 'enter', does: 'open' },
  { keys: 'l', does: 'logs' },
  { keys: 'c', does: 'crashes' },
  { keys: 'v', does: 'events' },
  { keys: 't', does: 'tasks' },
  { keys: 'o O', does: 'sort' },
  { keys: '@', does: 'group' },
  { keys: 'space', does: 'mark' },
  { keys: 'L C V', does: 'logs, crashes, events of all' },
];

/** What `?` says beside the keys of the footer. */
const MORE_KEYS: readonly KeyHelp[] = [
  { keys: '< >', does: 'sort by the column to the left, to the right' },
  { keys: 'N P M T', does: 'sort by id, CPU, memory, uptime' },
  { keys: 'u', does: 'take all marks away' },
];

const SORT_KEYS: Readonly<Record<Key, Sort>> = { N: 'id', P: 'cpu', M: 'memory', T: 'uptime' };

interface Parts {
  readonly screen: Screen;
  readonly state: ListState;
  readonly doors: Doors;
  readonly context: Context;
}

export function listScreen(doors: Doors, state: ListState = FIRST_LIST): Screen {
  const screen: Screen = {
    title: state.group === undefined ? 'plugins' : `@${state.group}`,
    tag: 'list',
    keys: KEYS,
    moreKeys: MORE_KEYS,
    // Samples of usage come every second, and bring the countdowns on.
    isTicking: false,
    open: () => ({ screen }),
    onKey: (key, context) => onKey(key, { screen, state, doors, context }),
    onClick: (row, context) => clickedAt(row, { screen, state, doors, context }),
    onMessage: () => ({ screen }),
    onPrompt: (_name, text, _isDone, context) =>
      filtered({ filter: text ?? '' }, { screen, state, doors, context }),
    chosen: (context) => cursorOf(state, rowsOf(state, context)).id,
    chosenAll: (context) => markedOf(state, context),
    note: (context) => listNote(state, context),
    view: (context) => listView(state, context),
    command: (context) => commandOf(state, context),
    close: () => [],
  };
  return screen;
}

function changed(doors: Doors, state: ListState, change: Partial<ListState>): Step {
  return { screen: listScreen(doors, { ...state, ...change }) };
}

/** Other plugins are shown, but the cursor stays on its own as long as that is there. */
function filtered(change: Partial<ListState>, { state, doors, context }: Parts): Step {
  const chosen = cursorOf(state, rowsOf(state, context)).id ?? state.chosen;
  return changed(doors, state, { top: 0, ...change, chosen });
}

function onKey(key: Key, parts: Parts): Step | undefined {
  const sort = SORT_KEYS[key];
  if (sort !== undefined) return changed(parts.doors, parts.state, { sort, isReversed: false });
  return movedBy(key, parts) ?? filteredBy(key, parts) ?? openedBy(key, parts);
}

/** Keys of the cursor, as in less and vim; and the marks. */
function movedBy(key: Key, { state, doors, context }: Parts): Step | undefined {
  const rows = rowsOf(state, context);
  const height = listHeight(context);
  const { at, id } = cursorOf(state, rows);
  const move = (to: number, change: Partial<ListState> = {}): Step => {
    const target = Math.max(0, Math.min(rows.length - 1, to));
    const top = windowOf(state.top, target, height, rows.length);
    return changed(doors, state, { ...change, chosen: rows[target]?.plugin.id, top });
  };
  switch (key) {
    case 'j':
    case 'down':
    case 'ctrl-n':
      return move(at + 1);
    case 'k':
    case 'up':
    case 'ctrl-p':
      return move(at - 1);
    case 'g':
    case 'home':
      return move(0);
    case 'G':
    case 'end':
      return move(rows.length - 1);
    case 'pagedown':
    case 'ctrl-f':
      return move(at + height);
    case 'pageup':
    case 'ctrl-b':
      return move(at - height);
    case 'ctrl-d':
      return move(at + Math.ceil(height / 2));
    case 'ctrl-u':
      return move(at - Math.ceil(height / 2));
    case ' ':
      return id === undefined ? undefined : move(at + 1, { marked: toggled(state.marked, id) });
    case 'u':
      return changed(doors, state, { marked: new Set() });
    default:
      return undefined;
  }
}

function clickedAt(row: number, parts: Parts): Step | undefined {
  const { state, doors, context } = parts;
  const clicked = rowAt(row, state, context);
  if (clicked?.isChosen === true) return onKey('enter', parts);
  return clicked && changed(doors, state, { chosen: clicked.id, top: clicked.top });
}

function toggled(marked: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(marked);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Keys that choose which plugins are shown, and their order. */
function filteredBy(key: Key, parts: Parts): Step | undefined {
  const { screen, state, doors, context } = parts;
  const next = (change: Partial<ListState>): Step => changed(doors, state, change);
  const sortedBy = (step: number): Step => {
    const at = (SORTS.indexOf(state.sort) + step + SORTS.length) % SORTS.length;
    return next({ sort: SORTS[at] ?? 'id', isReversed: false });
  };
  switch (key) {
    case '/':
      return { screen, go: { kind: 'prompt', name: 'filter', lead: '/', text: state.filter } };
    case '!':
      return filtered({ isTroubleOnly: !state.isTroubleOnly }, parts);
    case '@': {
      const group = nextGroup(state.group, context);
      const isNone = group === undefined && state.group === undefined;
      return isNone ? { screen, notice: 'no plugin is in a group' } : filtered({ group }, parts);
    }
    case 'o':
    case '>':
      return sortedBy(1);
    case '<':
      return sortedBy(-1);
    case 'O':
      return next({ isReversed: !state.isReversed });
    case 'escape':
      // First what was filtered away comes back, then the marks go.
      if (isFiltered(state)) return filtered(NO_FILTER, parts);
      return state.marked.size > 0 ? next({ marked: new Set() }) : undefined;
    default:
      return undefined;
  }
}

/** Keys that lead to other screens. */
function openedBy(key: Key, { screen, state, doors, context }: Parts): Step | undefined {
  const rows = rowsOf(state, context);
  const { id } = cursorOf(state, rows);
  const open = (made: Screen): Step => ({
    ...changed(doors, state, { chosen: id }),
    go: { kind: 'open', screen: made },
  });
  const marked = markedOf(state, context);
  switch (key) {
    case 'enter':
    case 'right':
      return id === undefined ? { screen } : open(doors.detail(id));
    case 'l':
      if (marked.length > 0) return open(doors.logs(marked));
      return id === undefined ? { screen } : open(doors.logs([id]));
    case 'L':
      return rows.length === 0 ? { screen } : open(doors.logs(rows.map(({ plugin }) => plugin.id)));
    case 'c':
      return open(doors.crashes(id));
    case 'C':
      return open(doors.crashes(undefined));
    case 'v':
      return open(doors.events(id));
    case 'V':
      return open(doors.events(undefined));
    case 't':
      return open(doors.tasks());
    default:
      return undefined;
  }
}

/** With a filter: the words that list the same; else those that say more of the chosen one. */
function commandOf(state: ListState, context: Context): readonly string[] {
  const { isTroubleOnly, isEnabledOnly, states, group, filter } = state;
  const wanted = isTroubleOnly ? TROUBLE_STATES.filter((one) => states?.includes(one) ?? true) : states;
  const rows = rowsOf(state, context);
  if (isFiltered(state) && filter === '') {
    // No state says that a plugin is unhealthy.
    if (isTroubleOnly && rows.some(({ plugin }) => isUnhealthy(plugin)))
      return ['list', ...rows.map(({ plugin }) => plugin.id)];
    return [
      'list',
      ...(group === undefined ? [] : [`@${group}`]),
      ...(wanted === undefined ? [] : ['--state', wanted.join(',')]),
      ...(isEnabledOnly ? ['--enabled'] : []),
    ];
  }
  const { id } = cursorOf(state, rows);
  return id === undefined ? ['list'] : ['status', id];
}
