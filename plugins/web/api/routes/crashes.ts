/** Crash history: one summary a crash, and one crash whole. */

import * as z from 'zod/mini';
import { includesRole } from '../../login/role.ts';
import { json, notFound, type Route, refuse, route } from '../route.ts';
import { onePlugin, optional, pluginId, time, wholeText } from '../schemas/basics.ts';
import { crashListSchema, crashShowSchema } from '../schemas/crash.ts';
import { isPrivate } from './plugins.ts';

const MAX_CRASHES = 1000;
const DEFAULT_CRASHES = 50;

const list = route({
  name: 'crash.list',
  method: 'get',
  path: '/plugins/:id/crashes',
  does: 'crashes of a plugin',
  tag: 'history',
  role: 'view',
  params: onePlugin,
  query: z.object({ since: optional(time), beforeId: optional(wholeText), limit: optional(wholeText) }),
  answers: { 200: { does: 'newest first', schema: crashListSchema } },
  problems: [404, 503],
  handle: async ({ params, query, services }) => {
    const limit = Math.min(MAX_CRASHES, query.limit === undefined ? DEFAULT_CRASHES : Number(query.limit));
    const listed = await services.daemon.call('crash.list', {
      names: [params.id],
      limit,
      ...(query.since === undefined ? {} : { since: query.since }),
      ...(query.beforeId === undefined ? {} : { beforeId: Number(query.beforeId) }),
    });
    return listed.ok ? json({ crashes: listed.value.crashes }) : refuse(listed.failure);
  },
});

const show = route({
  name: 'crash.show',
  method: 'get',
  path: '/plugins/:id/crashes/:crash',
  does: 'one crash with all that was kept of it; -1 for the newest, -2 for the one before it, …',
  tag: 'history',
  role: 'view',
  params: z.object({ id: pluginId, crash: z.string().check(z.regex(/^-?\d{1,15}$/)) }),
  answers: { 200: { does: 'the capsule', schema: crashShowSchema } },
  problems: [404, 503],
  handle: async ({ params, identity, services }) => {
    const id = Number(params.crash);
    const shown = await services.daemon.call('crash.show', { id, ...(id < 0 ? { plugin: params.id } : {}) });
    if (!shown.ok) return refuse(shown.failure);
    const { crash } = shown.value;
    // Ids count over all plugins: that of another one must not tell of it.
    if (crash.plugin !== params.id) return notFound('crash', params.crash);
    if (includesRole(identity.role, 'admin')) return json({ crash });
    return json({
      crash: { ...crash, settingsChanged: crash.settingsChanged.filter(({ key }) => !isPrivate(key)) },
    });
  },
});

export const CRASH_ROUTES: readonly Route[] = [list, show];
