/** `?`: every key, those of the screen below first, and what the letters and signs of the list mean. */

import { PLUGIN_STATES } from '../../../protocol/plugin-state.ts';
import { ACTION_KEYS } from '../actions.ts';
import { BLANK, type Frame, type Line, line, span } from '../frame.ts';
import { type Look, STATE_LETTERS } from '../look.ts';
import type { Key } from '../messages.ts';
import { pageStep } from '../page-step.ts';
import type { Context, KeyHelp, Screen } from '../screen.ts';

/** Keys that every screen takes. */
export const EVERYWHERE: readonly KeyHelp[] = [
  { keys: 'j k  down up', does: 'move' },
  { keys: 'g G  home end', does: 'first, last' },
  { keys: 'ctrl-d ctrl-u', does: 'half a page' },
  { keys: 'pgdn pgup', does: 'a page' },
  { keys: 'enter', does: 'open' },
  { keys: 'esc left', does: 'back; in the list esc interrupts what ":" runs' },
  { keys: ':', does: 'run any toru command; tab completes names' },
  { keys: 'y', does: 'copy the toru command of the last line' },
  { keys: 'm', does: 'messages: what was done here, and what came of it' },
  { keys: 'ctrl-o', does: 'mouse on or off: wheel, click to choose, click again to open' },
  { keys: 'ctrl-l ctrl-z', does: 'draw the screen anew; stop, until "fg"' },
  { keys: '?', does: 'this help' },
  { keys: 'q ctrl-c', does: 'leave; in a box q closes the box' },
];

/** Columns of the keys. */
const KEY_COLUMNS = 16;

export function helpScreen(of: Screen): Screen {
  return makeHelp(of, 0);
}

function makeHelp(of: Screen, top: number): Screen {
  const screen: Screen = {
    title: 'help',
    tag: 'help',
    keys: [
      { keys: 'j k', does: 'scroll' },
      { keys: 'esc', does: 'back' },
    ],
    isTicking: false,
    open: () => ({ screen }),
    onKey: (key, context) => {
      if (key === '?' || key === 'enter') return { screen, go: { kind: 'back' } };
      const to = scrolled(top, key, context.size.rows, rowsOf(of, context.look).length);
      return to === undefined ? undefined : { screen: makeHelp(of, to) };
    },
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    isApart: true,
    chosen: () => undefined,
    note: (context) => noteOf(of, top, context),
    view: ({ size, look }): Frame => {
      const rows = rowsOf(of, look);
      return rows.slice(Math.min(top, mostOf(rows.length, size.rows))).slice(0, size.rows);
    },
    command: () => ['help'],
    close: () => [],
  };
  return screen;
}

function mostOf(length: number, height: number): number {
  return Math.max(0, length - height);
}

/** Keys of less. */
function scrolled(top: number, key: Key, height: number, length: number): number | undefined {
  const step = pageStep(key, height);
  return step === undefined ? undefined : Math.max(0, Math.min(mostOf(length, height), top + step));
}

/** Where one is, where not all is seen. */
function noteOf(of: Screen, top: number, { size, look }: Context): string {
  const { length } = rowsOf(of, look);
  if (length <= size.rows) return '';
  const from = Math.min(top, mostOf(length, size.rows));
  return `lines ${from + 1} to ${Math.min(length, from + size.rows)} of ${length}`;
}

function rowsOf(of: Screen, look: Look): readonly Line[] {
  const own = [...of.keys, ...(of.moreKeys ?? [])];
  if (of.isApart === true)
    return [...partOf(`On this screen (${of.title})`, own), ...partOf('Everywhere', EVERYWHERE).slice(0, -1)];
  // Where a screen has a key of its own, the action of that key cannot be reached.
  const taken = new Set(own.flatMap(({ keys }) => keys.split(' ')));
  const actions = Object.values(ACTION_KEYS).filter(({ keys }) => !taken.has(keys));
  return [
    ...partOf(`On this screen (${of.title})`, own),
    ...partOf(
      `On the chosen plugin${of.chosenAll === undefined ? '' : ', or on all that are marked'}`,
      actions,
    ),
    ...partOf('Everywhere', EVERYWHERE),
    ...partOf('In the list', legend(look)).slice(0, -1),
  ];
}

function partOf(title: string, keys: readonly KeyHelp[]): readonly Line[] {
  return [
    line(span(title, 'title')),
    ...keys.map((one) => line('  ', span(one.keys.padEnd(KEY_COLUMNS), 'key'), ` ${one.does}`)),
    BLANK,
  ];
}

function legend({ signs }: Look): readonly KeyHelp[] {
  const letters = PLUGIN_STATES.map((state) => `${STATE_LETTERS[state]} ${state}`);
  return [
    { keys: 'states', does: letters.slice(0, 5).join(', ') },
    { keys: '', does: `${letters.slice(5).join(', ')}, H unhealthy` },
    { keys: 'trouble', does: 'what needs you: failed, invalid, backoff or unhealthy' },
    { keys: 'EN', does: 'on: it starts with the machine' },
    { keys: signs.retry, does: 'restarts since a person started it' },
    { keys: 'CPU', does: 'percent of one core' },
    { keys: '60 s', does: 'the last minute, oldest first' },
    { keys: signs.marked, does: 'marked with the space bar' },
  ];
}
