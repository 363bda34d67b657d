/** Crash history: one summary a crash, and one crash whole. */

import * as z from 'zod/mini';
import { CRASH_CAUSES, type CrashSummary } from '../../../../src/protocol/control/crashes.ts';
import { isForAll, mayTouch } from '../../login/identity.ts';
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

const everyQuery = z.object({
  plugin: optional(pluginId),
  cause: optional(z.enum(CRASH_CAUSES)),
  since: optional(time),
  beforeId: optional(wholeText),
  limit: optional(wholeText),
});

const every = route({
  name: 'crash.listAll',
  method: 'get',
  path: '/crashes',
  does: 'crashes of all plugins, or of one; beforeId is the id of the last one of the page before',
  tag: 'history',
  role: 'view',
  query: everyQuery,
  answers: { 200: { does: 'newest first', schema: crashListSchema } },
  problems: [404, 503],
  handle: async ({ query, identity, services }) => {
    const { plugin, cause, since, limit } = query;
    const wanted = Math.min(MAX_CRASHES, limit === undefined ? DEFAULT_CRASHES : Number(limit));
    const found: CrashSummary[] = [];
    let beforeId = query.beforeId === undefined ? undefined : Number(query.beforeId);
    // torud knows nothing of causes and tokens: pages are read until one of ours is full.
    const page = cause === undefined && isForAll(identity) ? wanted : MAX_CRASHES;
    for (let isMore = true; isMore && found.length < wanted; ) {
      const listed = await services.daemon.call('crash.list', {
        ...(plugin === undefined ? { all: true } : { names: [plugin] }),
        ...(since === undefined ? {} : { since }),
        ...(beforeId === undefined ? {} : { beforeId }),
        limit: page,
      });
      if (!listed.ok) return refuse(listed.failure);
      const { crashes } = listed.value;
      found.push(
        ...crashes.filter(
          (crash) => (cause === undefined || crash.cause === cause) && mayTouch(identity, crash.plugin),
        ),
      );
      beforeId = crashes.at(-1)?.id;
      isMore = crashes.length === page;
    }
    return json({ crashes: found.slice(0, wanted) });
  },
});

const show = route({
  name: 'crash.show',
  method: 'get',
  path: '/plugins/:id/crashes/:crash',
  does:
    'one crash with all that was kept of it; -1 for the newest, -2 for the one before it, …; for admins also the run that ' +
    'crashed and the last good one, with the settings that they were started with',
  tag: 'history',
  role: 'view',
  params: z.object({ id: pluginId, crash: z.string().check(z.regex(/^-?\d{1,15}$/)) }),
  answers: { 200: { does: 'the capsule', schema: crashShowSchema } },
  problems: [404, 503],
  handle: async ({ params, identity, services }) => {
    const id = Number(params.crash);
    const isAdmin = includesRole(identity.role, 'admin');
    const shown = await services.daemon.call('crash.show', {
      id,
      ...(id < 0 ? { plugin: params.id } : {}),
      ...(isAdmin ? { withRuns: true } : {}),
    });
    if (!shown.ok) return refuse(shown.failure);
    const { crash, run = null, lastGoodRun = null } = shown.value;
    // Ids count over all plugins: that of another one must not tell of it.
    if (crash.plugin !== params.id) return notFound('crash', params.crash);
    if (isAdmin) return json({ crash, run, lastGoodRun });
    return json({
      crash: { ...crash, settingsChanged: crash.settingsChanged.filter(({ key }) => !isPrivate(key)) },
    });
  },
});

export const CRASH_ROUTES: readonly Route[] = [every, list, show];
