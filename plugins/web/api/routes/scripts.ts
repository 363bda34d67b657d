/** Scripts: those that can be run, and running one. */

import * as z from 'zod/mini';
import type { TaskRunResult } from '../../../../src/protocol/control/tasks.ts';
import { type ErrorBody, errorBody } from '../../../../src/protocol/errors.ts';
import type { Result } from '../../../../src/protocol/result.ts';
import { includesRole } from '../../login/role.ts';
import { json, type Reply, type Route, refuse, route } from '../route.ts';
import { flag, optional, text } from '../schemas/basics.ts';
import {
  argList,
  MAX_ARGS_BODY_BYTES,
  scriptListSchema,
  shortName,
  taskRunSchema,
  timeoutMs,
} from '../schemas/task.ts';

const list = route({
  name: 'script.list',
  method: 'get',
  path: '/scripts',
  does: 'scripts that can be run, and those that are refused',
  tag: 'tasks',
  role: 'view',
  needsAllPlugins: true,
  answers: { 200: { does: 'sorted by name, with the folder that they lie in', schema: scriptListSchema } },
  problems: [503],
  handle: async ({ services }) => {
    const listed = await services.daemon.call('script.list', {});
    return listed.ok ? json(listed.value) : refuse(listed.failure);
  },
});

const variables = z.record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), text);

const run = route({
  name: 'task.run',
  method: 'post',
  path: '/scripts/:name/run',
  does:
    'run a script: it goes on by itself. env, more of its environment, is for admins; tasks with the same lock never run together; ' +
    'with noQueue it fails with busy rather than wait',
  tag: 'tasks',
  role: 'operate',
  needsAllPlugins: true,
  params: z.object({ name: shortName }),
  body: z.object({
    args: optional(argList),
    env: optional(variables),
    timeoutMs: optional(timeoutMs),
    lock: optional(shortName),
    name: optional(shortName),
    noQueue: optional(flag),
    dryRun: optional(flag),
  }),
  maxBodyBytes: MAX_ARGS_BODY_BYTES,
  answers: {
    200: { does: 'with dryRun: it could be run', schema: taskRunSchema },
    202: { does: 'queued or running, and where it can be asked for', schema: taskRunSchema },
  },
  problems: [404, 409, 422, 429, 503],
  handle: async ({ params, body, identity, services }) => {
    if (body.env !== undefined && !includesRole(identity.role, 'admin')) {
      return refuse(errorBody('denied', `env: this takes the role admin, and yours is ${identity.role}`));
    }
    return begun(await services.daemon.call('task.run', { script: params.name, ...body }));
  },
});

/** What is answered for a task that was asked for. */
export function begun(outcome: Result<TaskRunResult, ErrorBody>): Reply {
  if (!outcome.ok) return refuse(outcome.failure);
  const { task } = outcome.value;
  return task === null ? json({ task }) : json({ task }, 202, { location: `/api/tasks/${task.id}` });
}

export const SCRIPT_ROUTES: readonly Route[] = [list, run];
