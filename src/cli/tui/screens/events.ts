/** Not yet: being written. */

import { line } from '../frame.ts';
import type { Doors, Screen } from '../screen.ts';

export function eventsScreen(_doors: Doors, id: string | undefined): Screen {
  const screen: Screen = {
    title: 'events',
    tag: 'events',
    keys: [],
    isTicking: false,
    open: () => ({ screen }),
    onKey: () => undefined,
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: () => [line('events')],
    command: () => ['events', ...(id === undefined ? [] : [id])],
    close: () => [],
  };
  return screen;
}
