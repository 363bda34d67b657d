/** Every route of the API, in the order in which they are tried. */

import type { Route } from '../route.ts';
import { CRASH_ROUTES } from './crashes.ts';
import { DEPENDENCY_ROUTES } from './dependencies.ts';
import { EVENT_ROUTES } from './events.ts';
import { FRONTEND_ROUTES } from './frontend.ts';
import { HEALTH_ROUTES } from './health.ts';
import { HOST_ROUTES } from './host.ts';
import { KV_ROUTES } from './kv.ts';
import { LOG_ROUTES } from './logs.ts';
import { PLUGIN_ROUTES } from './plugins.ts';
import { QUICK_ACTION_ROUTES } from './quick-actions.ts';
import { RUN_ROUTES } from './runs.ts';
import { SCHEDULE_ROUTES } from './schedules.ts';
import { SCRIPT_ROUTES } from './scripts.ts';
import { SESSION_ROUTES } from './session.ts';
import { SOCKET_ROUTES } from './socket.ts';
import { SYSTEM_ROUTES } from './system.ts';
import { TASK_OUTPUT_ROUTES } from './task-output.ts';
import { TASK_ROUTES } from './tasks.ts';
import { TOKEN_ROUTES } from './tokens.ts';
import { USER_ROUTES } from './users.ts';

export const ROUTES: readonly Route[] = [
  ...HEALTH_ROUTES,
  ...SESSION_ROUTES,
  ...PLUGIN_ROUTES,
  ...DEPENDENCY_ROUTES,
  ...FRONTEND_ROUTES,
  ...LOG_ROUTES,
  ...RUN_ROUTES,
  ...CRASH_ROUTES,
  ...EVENT_ROUTES,
  ...KV_ROUTES,
  ...SCRIPT_ROUTES,
  ...TASK_ROUTES,
  ...TASK_OUTPUT_ROUTES,
  ...SCHEDULE_ROUTES,
  ...QUICK_ACTION_ROUTES,
  ...SOCKET_ROUTES,
  ...HOST_ROUTES,
  ...SYSTEM_ROUTES,
  ...USER_ROUTES,
  ...TOKEN_ROUTES,
];
