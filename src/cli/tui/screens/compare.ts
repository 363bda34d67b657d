/** Not yet: being written. */

import { line } from '../frame.ts';
import type { Doors, Screen } from '../screen.ts';

export function compareScreen(_doors: Doors, _id: string, one: number, other: number): Screen {
  const screen: Screen = {
    title: 'compare',
    tag: 'compare',
    keys: [],
    isTicking: false,
    open: () => ({ screen }),
    onKey: () => undefined,
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: () => [line('compare')],
    command: () => ['crashes', 'diff', String(one), String(other)],
    close: () => [],
  };
  return screen;
}
