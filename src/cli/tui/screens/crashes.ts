/** Not yet: being written. */

import { line } from '../frame.ts';
import type { Doors, Screen } from '../screen.ts';

export function crashesScreen(_doors: Doors, id: string | undefined): Screen {
  const screen: Screen = {
    title: 'crashes',
    tag: 'crashes',
    keys: [],
    isTicking: false,
    open: () => ({ screen }),
    onKey: () => undefined,
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: () => [line('crashes')],
    command: () => ['crashes', ...(id === undefined ? [] : [id])],
    close: () => [],
  };
  return screen;
}
