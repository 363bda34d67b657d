/** Tables of the keys of `toru top`, from the screens themselves. */

import { ACTION_KEYS } from '../../src/cli/tui/actions.ts';
import { doors } from '../../src/cli/tui/doors.ts';
import type { KeyHelp, Screen } from '../../src/cli/tui/screen.ts';
import { EVERYWHERE } from '../../src/cli/tui/screens/help.ts';
import { listScreen } from '../../src/cli/tui/screens/list/list.ts';
import { bold, sentence, term } from './roff.mts';

const SCREENS: Readonly<Record<string, Screen>> = {
  list: listScreen(doors),
  detail: doors.detail('web'),
  logs: doors.logs(['web']),
  crashes: doors.crashes('web'),
  crash: doors.crash('web', 1),
  compare: doors.compare('web', 1, 2),
  events: doors.events(undefined),
  tasks: doors.tasks(),
  'task output': doors.taskOutput('1'),
  'quick actions': doors.quickActions(),
  scripts: doors.scripts(),
  schedules: doors.schedules(),
};

function table(keys: readonly KeyHelp[]): string {
  return keys.map((one) => term(bold(one.keys), sentence(one.does))).join('\n');
}

/** By the name that stands in the page: `keys of the list`. */
export const KEY_TABLES: Readonly<Record<string, () => string>> = {
  'keys everywhere': () => table(EVERYWHERE),
  'keys of actions': () => table(Object.values(ACTION_KEYS)),
  ...Object.fromEntries(
    Object.entries(SCREENS).map(([name, screen]) => [`keys of ${name}`, () => table(screen.keys)]),
  ),
};
