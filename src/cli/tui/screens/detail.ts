/** Not yet: being written. */

import { line } from '../frame.ts';
import type { Doors, Screen } from '../screen.ts';

export function detailScreen(_doors: Doors, id: string): Screen {
  const screen: Screen = {
    title: id,
    tag: id,
    keys: [],
    isTicking: false,
    open: () => ({ screen }),
    onKey: () => undefined,
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: () => [line(id)],
    command: () => ['status', id],
    close: () => [],
  };
  return screen;
}
