/** Not yet: being written. */

import { line } from '../frame.ts';
import type { Doors, Screen } from '../screen.ts';

export function crashScreen(_doors: Doors, _id: string, crashId: number): Screen {
  const screen: Screen = {
    title: 'crash',
    tag: 'crash',
    keys: [],
    isTicking: false,
    open: () => ({ screen }),
    onKey: () => undefined,
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: () => [line('crash')],
    command: () => ['crashes', 'show', String(crashId)],
    close: () => [],
  };
  return screen;
}
