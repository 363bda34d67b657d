/** Every route of the API, in the order in which they are tried. */

import type { Route } from '../route.ts';
import { CRASH_ROUTES } from './crashes.ts';
import { EVENT_ROUTES } from './events.ts';
import { FRONTEND_ROUTES } from './frontend.ts';
import { HEALTH_ROUTES } from './health.ts';
import { KV_ROUTES } from './kv.ts';
import { LOG_ROUTES } from './logs.ts';
import { PLUGIN_ROUTES } from './plugins.ts';
import { SESSION_ROUTES } from './session.ts';
import { SOCKET_ROUTES } from './socket.ts';
import { SYSTEM_ROUTES } from './system.ts';
import { TOKEN_ROUTES } from './tokens.ts';
import { USER_ROUTES } from './users.ts';

export const ROUTES: readonly Route[] = [
  ...HEALTH_ROUTES,
  ...SESSION_ROUTES,
  ...PLUGIN_ROUTES,
  ...FRONTEND_ROUTES,
  ...LOG_ROUTES,
  ...CRASH_ROUTES,
  ...EVENT_ROUTES,
  ...KV_ROUTES,
  ...SOCKET_ROUTES,
  ...SYSTEM_ROUTES,
  ...USER_ROUTES,
  ...TOKEN_ROUTES,
];
