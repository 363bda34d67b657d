/** History of a plugin's runs. */

import * as z from 'zod/mini';
import { json, type Route, refuse, route } from '../route.ts';
import { onePlugin, optional, wholeText } from '../schemas/basics.ts';
import { runListSchema } from '../schemas/run.ts';

const MAX_RUNS = 1000;
const DEFAULT_RUNS = 100;

const list = route({
  name: 'run.list',
  method: 'get',
  path: '/plugins/:id/runs',
  does: `runs of a plugin, those that ended well too; at most limit (${DEFAULT_RUNS} unless set, ${MAX_RUNS} at most)`,
  tag: 'history',
  role: 'view',
  params: onePlugin,
  query: z.object({ limit: optional(wholeText) }),
  answers: { 200: { does: 'newest first', schema: runListSchema } },
  problems: [404, 503],
  handle: async ({ params, query, services }) => {
    const limit = Math.min(MAX_RUNS, Math.max(1, Number(query.limit ?? DEFAULT_RUNS)));
    const listed = await services.daemon.call('run.list', { plugin: params.id, limit });
    return listed.ok ? json({ runs: listed.value.runs }) : refuse(listed.failure);
  },
});

export const RUN_ROUTES: readonly Route[] = [list];
