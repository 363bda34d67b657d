/** Not yet: being written. */

import { line } from '../frame.ts';
import type { Doors, LogPlace, Screen } from '../screen.ts';

export function logsScreen(_doors: Doors, ids: readonly string[], _place?: LogPlace): Screen {
  const screen: Screen = {
    title: 'logs',
    tag: 'logs',
    keys: [],
    isTicking: false,
    open: () => ({ screen }),
    onKey: () => undefined,
    onMessage: () => ({ screen }),
    onPrompt: () => ({ screen }),
    chosen: () => undefined,
    view: () => [line('logs')],
    command: () => ['logs', ...ids],
    close: () => [],
  };
  return screen;
}
