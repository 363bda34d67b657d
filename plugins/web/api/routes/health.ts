/** Whether this server is there: for load balancers and monitors, without a login, and without a plugin's name. */

import * as z from 'zod/mini';
import { json, type Route, route } from '../route.ts';

export const HEALTH_ROUTES: readonly Route[] = [
  route({
    name: 'health',
    method: 'get',
    path: '/health',
    does: 'whether this server is there, and whether torud answers it',
    tag: 'system',
    role: 'none',
    answers: {
      200: {
        does: 'it is there',
        schema: z.looseObject({ status: z.enum(['ok', 'degraded']), torud: z.enum(['up', 'away']) }),
      },
    },
    handle: ({ services }) => {
      const isThere = services.isDaemonThere();
      return json({ status: isThere ? 'ok' : 'degraded', torud: isThere ? 'up' : 'away' });
    },
  }),
];
