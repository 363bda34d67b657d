/** Which screen leads to which. */

import type { Doors } from './screen.ts';
import { compareScreen } from './screens/crashes/compare.ts';
import { crashScreen } from './screens/crashes/crash.ts';
import { crashesScreen } from './screens/crashes/crashes.ts';
import { detailScreen } from './screens/detail/detail.ts';
import { eventsScreen } from './screens/events/events.ts';
import { logsScreen } from './screens/logs/logs.ts';

export const doors: Doors = {
  detail: (id) => detailScreen(doors, id),
  logs: (ids, place, filter) => logsScreen(doors, ids, place, filter),
  crashes: (id) => crashesScreen(doors, id),
  crash: (id, crashId) => crashScreen(doors, id, crashId),
  compare: (id, crashId, otherCrashId) => compareScreen(doors, id, crashId, otherCrashId),
  events: (id, kind) => eventsScreen(doors, id, kind),
};
