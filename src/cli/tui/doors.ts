/** Which screen leads to which. */

import type { Doors } from './screen.ts';
import { compareScreen } from './screens/compare.ts';
import { crashScreen } from './screens/crash.ts';
import { crashesScreen } from './screens/crashes.ts';
import { detailScreen } from './screens/detail.ts';
import { eventsScreen } from './screens/events.ts';
import { logsScreen } from './screens/logs.ts';

export const doors: Doors = {
  detail: (id) => detailScreen(doors, id),
  logs: (ids, place) => logsScreen(doors, ids, place),
  crashes: (id) => crashesScreen(doors, id),
  crash: (id, crashId) => crashScreen(doors, id, crashId),
  compare: (id, crashId, otherCrashId) => compareScreen(doors, id, crashId, otherCrashId),
  events: (id) => eventsScreen(doors, id),
};
