/** Which screen leads to which. */

import type { Doors } from './screen.ts';
import { compareScreen } from './screens/crashes/compare.ts';
import { crashScreen } from './screens/crashes/crash.ts';
import { crashesScreen } from './screens/crashes/crashes.ts';
import { detailScreen } from './screens/detail/detail.ts';
import { eventsScreen } from './screens/events/events.ts';
import { logsScreen } from './screens/logs/logs.ts';
import { quickActionsScreen } from './screens/tasks/quick-actions.ts';
import { schedulesScreen } from './screens/tasks/schedules.ts';
import { scriptsScreen } from './screens/tasks/scripts.ts';
import { taskOutputScreen } from './screens/tasks/task-output.ts';
import { tasksScreen } from './screens/tasks/tasks.ts';

export const doors: Doors = {
  detail: (id) => detailScreen(doors, id),
  logs: (ids, place, filter) => logsScreen(doors, ids, place, filter),
  crashes: (id) => crashesScreen(doors, id),
  crash: (id, crashId) => crashScreen(doors, id, crashId),
  compare: (id, crashId, otherCrashId) => compareScreen(doors, id, crashId, otherCrashId),
  events: (id, kind) => eventsScreen(doors, id, kind),
  tasks: () => tasksScreen(doors),
  taskOutput: (id) => taskOutputScreen(id),
  quickActions: () => quickActionsScreen(),
  scripts: () => scriptsScreen(),
  schedules: () => schedulesScreen(doors),
};
