/** Tasks: what ran, what runs, and ending one before its time. */

import * as z from 'zod/mini';
import { TASK_STATES, type TaskState } from '../../../../src/protocol/control/tasks.ts';
import { errorBody } from '../../../../src/protocol/errors.ts';
import { json, type Route, refuse, route } from '../route.ts';
import { flag, optional, time, wholeText } from '../schemas/basics.ts';
import { shortName, taskCancelSchema, taskId, taskListSchema, taskShowSchema } from '../schemas/task.ts';

const DEFAULT_TASKS = 100;
const MAX_TASKS = 1000;

const oneState = `(${TASK_STATES.join('|')})`;
export const oneTask = z.object({ task: taskId });

const list = route({
  name: 'task.list',
  method: 'get',
  path: '/tasks',
  does:
    'tasks that run and that have run; state takes several, with commas between; before is the id of the last one of the ' +
    'page before',
  tag: 'tasks',
  role: 'view',
  needsAllPlugins: true,
  query: z.object({
    since: optional(time),
    until: optional(time),
    state: optional(z.string().check(z.regex(new RegExp(`^${oneState}(,${oneState})*$`)))),
    script: optional(shortName),
    before: optional(taskId),
    limit: optional(wholeText),
  }),
  answers: { 200: { does: 'newest first; more: there are older ones', schema: taskListSchema } },
  problems: [404, 503],
  handle: async ({ query, services }) => {
    const { since, until, state, script, before } = query;
    const limit = query.limit === undefined ? DEFAULT_TASKS : Number(query.limit);
    if (limit > MAX_TASKS) return refuse(errorBody('usage', `limit: must be at most ${MAX_TASKS}`));
    if (since !== undefined && until !== undefined && Date.parse(until) < Date.parse(since)) {
      return refuse(errorBody('usage', 'until: is before since'));
    }
    const listed = await services.daemon.call('task.list', {
      limit,
      ...(since === undefined ? {} : { since }),
      ...(until === undefined ? {} : { until }),
      ...(state === undefined ? {} : { states: [...new Set(state.split(','))] as TaskState[] }),
      ...(script === undefined ? {} : { script }),
      ...(before === undefined ? {} : { beforeId: before }),
    });
    return listed.ok ? json(listed.value) : refuse(listed.failure);
  },
});

const show = route({
  name: 'task.show',
  method: 'get',
  path: '/tasks/:task',
  does: 'one task, by its id or the beginning of it',
  tag: 'tasks',
  role: 'view',
  needsAllPlugins: true,
  params: oneTask,
  answers: { 200: { does: 'the task', schema: taskShowSchema } },
  problems: [404, 503],
  handle: async ({ params, services }) => {
    const shown = await services.daemon.call('task.show', { id: params.task });
    return shown.ok ? json(shown.value) : refuse(shown.failure);
  },
});

const cancel = route({
  name: 'task.cancel',
  method: 'post',
  path: '/tasks/:task/cancel',
  does: 'end a task before its time: SIGTERM, and SIGKILL after the grace time; with force SIGKILL at once',
  tag: 'tasks',
  role: 'operate',
  needsAllPlugins: true,
  params: oneTask,
  body: z.object({ force: optional(flag), dryRun: optional(flag) }),
  answers: { 200: { does: 'begun; changed is false when it had ended already', schema: taskCancelSchema } },
  problems: [404, 409, 503],
  handle: async ({ params, body, services }) => {
    const cancelled = await services.daemon.call('task.cancel', { id: params.task, ...body });
    return cancelled.ok ? json(cancelled.value) : refuse(cancelled.failure);
  },
});

export const TASK_ROUTES: readonly Route[] = [list, show, cancel];
