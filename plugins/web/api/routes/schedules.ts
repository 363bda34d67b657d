/** Schedules: what runs by the clock, and when. They stand in torud.toml. */

import * as z from 'zod/mini';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { json, type Route, refuse, route } from '../route.ts';
import { optional, wholeText } from '../schemas/basics.ts';
import { scheduleListSchema } from '../schemas/task.ts';

const MAX_COUNT = 100;

const list = route({
  name: 'schedule.list',
  method: 'get',
  path: '/schedules',
  does: 'scripts that run by the clock, with their next moments (count of them) and the runs that were missed',
  tag: 'tasks',
  role: 'view',
  needsAllPlugins: true,
  query: z.object({ count: optional(wholeText) }),
  answers: { 200: { does: 'sorted by name', schema: scheduleListSchema } },
  problems: [503],
  handle: async ({ query, services }) => {
    const count = query.count === undefined ? 1 : Number(query.count);
    if (count < 1 || count > MAX_COUNT)
      return refuse(errorBody('usage', `count: must be from 1 to ${MAX_COUNT}`));
    const listed = await services.daemon.call('schedule.list', { count });
    return listed.ok ? json(listed.value) : refuse(listed.failure);
  },
});

export const SCHEDULE_ROUTES: readonly Route[] = [list];
