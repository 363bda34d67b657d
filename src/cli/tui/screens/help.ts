/** `?`: every key, those of the screen below first. */

import { ACTION_KEYS } from '../actions.ts';
import { BLANK, type Frame, type Line, line, span } from '../frame.ts';
import type { KeyHelp, Screen } from '../screen.ts';

const EVERYWHERE: readonly KeyHelp[] = [
  { keys: 'j k  down up', does: 'move' },
  { keys: 'g G  home end', does: 'first, last' },
  { keys: 'ctrl-d ctrl-u', does: 'half a page' },
  { keys: 'enter', does: 'open' },
  { keys: 'esc', does: 'back' },
  { keys: ':', does: 'run any toru command; tab completes names' },
  { keys: 'y', does: 'copy the toru command of the last line' },
  { keys: '?', does: 'this help' },
  { keys: 'q ctrl-c', does: 'leave' },
];

export function helpScreen(of: Screen): Screen {
  return makeHelp(of, 0);
}

function makeHelp(of: Screen, top: number): Screen {
  const rows = rowsOf(of);
  const screen: Screen = {
    title: 'help',
    tag: 'help',
    keys: [{ keys: 'esc', does: 'back' }],
    isTicking: false,
    open: () => ({ screen }),
    onKey: (key, { size }) => {
      const most = Math.max(0, rows.length - size.rows);
      if (key === 'j' || key === 'down') return { screen: makeHelp(of, Math.min(most, top + 1)) };
      if (key === 'k' || key === 'up') return { screen: makeHelp(of, Math.max(0, top - 1)) };
      if (key === '?') return { screen, go: { kind: 'back' } };
      return undefined;
    },
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: ({ size }): Frame => rows.slice(top, top + size.rows),
    command: () => ['help'],
    close: () => [],
  };
  return screen;
}

function rowsOf(of: Screen): readonly Line[] {
  const part = (title: string, keys: readonly KeyHelp[]): readonly Line[] => [
    line(span(title, 'title')),
    ...keys.map((one) => line('  ', span(one.keys.padEnd(18), 'key'), one.does)),
    BLANK,
  ];
  return [
    ...part(`On this screen (${of.title})`, of.keys),
    ...part('On the chosen plugin', Object.values(ACTION_KEYS)),
    ...part('Everywhere', EVERYWHERE),
  ];
}
