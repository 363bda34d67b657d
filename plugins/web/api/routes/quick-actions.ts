/** Quick actions: named scripts with their arguments, in an order of the admin's. */

import * as z from 'zod/mini';
import { empty, json, notFound, type Route, refuse, route } from '../route.ts';
import { flag, optional } from '../schemas/basics.ts';
import {
  argList,
  MAX_ARGS_BODY_BYTES,
  quickActionListSchema,
  quickActionSetSchema,
  shortName,
  taskRunSchema,
  timeoutMs,
} from '../schemas/task.ts';
import { begun } from './scripts.ts';

const MAX_TITLE_LENGTH = 256;
const MAX_ICON_LENGTH = 16;
const MAX_POSITION = 10_000;

const oneAction = z.object({ name: shortName });
const title = z.string().check(z.maxLength(MAX_TITLE_LENGTH));

/** null takes a value away. */
const fields = {
  title: optional(z.nullable(title)),
  args: optional(argList),
  icon: optional(z.nullable(z.string().check(z.maxLength(MAX_ICON_LENGTH)))),
  position: optional(z.int().check(z.minimum(1), z.maximum(MAX_POSITION))),
  confirm: optional(z.nullable(title)),
  lock: optional(z.nullable(shortName)),
  timeoutMs: optional(z.nullable(timeoutMs)),
  dryRun: optional(flag),
};

const list = route({
  name: 'quickAction.list',
  method: 'get',
  path: '/actions',
  does: 'quick actions',
  tag: 'tasks',
  role: 'view',
  needsAllPlugins: true,
  answers: { 200: { does: 'in their order', schema: quickActionListSchema } },
  problems: [503],
  handle: async ({ services }) => {
    const listed = await services.daemon.call('quickAction.list', {});
    return listed.ok ? json(listed.value) : refuse(listed.failure);
  },
});

const add = route({
  name: 'quickAction.add',
  method: 'post',
  path: '/actions',
  does: 'add a quick action, at its position or as the last one',
  tag: 'tasks',
  role: 'admin',
  needsAllPlugins: true,
  body: z.object({ name: shortName, script: shortName, ...fields }),
  maxBodyBytes: MAX_ARGS_BODY_BYTES,
  answers: {
    200: { does: 'with dryRun: it could be added', schema: quickActionSetSchema },
    201: { does: 'added', schema: quickActionSetSchema },
  },
  problems: [404, 409, 422, 503],
  handle: async ({ body, services }) => {
    const set = await services.daemon.call('quickAction.set', { ...body, mode: 'create' });
    if (!set.ok) return refuse(set.failure);
    return json(set.value, body.dryRun === true ? 200 : 201);
  },
});

const edit = route({
  name: 'quickAction.edit',
  method: 'put',
  path: '/actions/:name',
  does: 'change a quick action: what is absent stays, null takes a value away, rename gives it another name',
  tag: 'tasks',
  role: 'admin',
  needsAllPlugins: true,
  params: oneAction,
  body: z.object({ rename: optional(shortName), script: optional(shortName), ...fields }),
  maxBodyBytes: MAX_ARGS_BODY_BYTES,
  answers: { 200: { does: 'changed, or already so', schema: quickActionSetSchema } },
  problems: [404, 409, 422, 503],
  handle: async ({ params, body, services }) => {
    const set = await services.daemon.call('quickAction.set', { ...body, name: params.name, mode: 'edit' });
    return set.ok ? json(set.value) : refuse(set.failure);
  },
});

const remove = route({
  name: 'quickAction.remove',
  method: 'delete',
  path: '/actions/:name',
  does: 'remove a quick action; the history of its tasks stays',
  tag: 'tasks',
  role: 'admin',
  needsAllPlugins: true,
  params: oneAction,
  answers: { 204: { does: 'removed' } },
  problems: [404, 503],
  handle: async ({ params, services }) => {
    const gone = await services.daemon.call('quickAction.remove', { name: params.name });
    if (!gone.ok) return refuse(gone.failure);
    return gone.value.changed ? empty() : notFound('quick action', params.name);
  },
});

const run = route({
  name: 'quickAction.run',
  method: 'post',
  path: '/actions/:name/run',
  does: 'run the script of a quick action with its arguments',
  tag: 'tasks',
  role: 'operate',
  needsAllPlugins: true,
  params: oneAction,
  body: z.object({ noQueue: optional(flag), dryRun: optional(flag) }),
  answers: {
    200: { does: 'with dryRun: it could be run', schema: taskRunSchema },
    202: { does: 'queued or running, and where it can be asked for', schema: taskRunSchema },
  },
  problems: [404, 409, 422, 429, 503],
  handle: async ({ params, body, services }) =>
    begun(await services.daemon.call('quickAction.run', { name: params.name, ...body })),
});

export const QUICK_ACTION_ROUTES: readonly Route[] = [list, add, edit, remove, run];
