/** Parameters of the methods about scripts, tasks, schedules, quick actions and the machine. */

import * as z from 'zod/mini';
import type { MethodName, ParamsOf } from '../../protocol/control/methods.ts';
import { TASK_STATES } from '../../protocol/control/tasks.ts';
import { count, durationMs, flag, name, nothing, optional, time } from './param-kinds.ts';

/** The kernel takes 128 KiB an argument (execve(2)); a line of the control protocol holds 1 MiB. */
const MAX_ARGS = 1_000;
const MAX_ARG_LENGTH = 100 * 1024;
const MAX_VARIABLES = 1_000;
const MAX_HISTORY_MS = 3_600_000;
const MAX_TITLE_LENGTH = 256;

const args = z
  .array(z.string().check(z.maxLength(MAX_ARG_LENGTH), withoutNul()))
  .check(z.maxLength(MAX_ARGS));
const title = z.string().check(z.maxLength(MAX_TITLE_LENGTH));
const task = { id: name };

type TaskMethodName = Extract<
  MethodName,
  `script.${string}` | `task.${string}` | `schedule.${string}` | `quickAction.${string}` | `system.${string}`
>;

export const TASK_PARAMS: { readonly [Name in TaskMethodName]: z.ZodMiniType<ParamsOf<Name>> } = {
  'script.list': nothing,
  'task.run': z.object({
    script: name,
    args: optional(args),
    env: optional(
      z
        .record(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), z.string().check(withoutNul()))
        .check(
          z.refine((env) => Object.keys(env).length <= MAX_VARIABLES, `at most ${MAX_VARIABLES} variables`),
        ),
    ),
    timeoutMs: optional(durationMs),
    lock: optional(name),
    noQueue: flag,
    name: optional(name),
    dryRun: flag,
  }),
  'task.list': z.object({
    states: optional(z.array(z.enum(TASK_STATES)).check(z.maxLength(TASK_STATES.length))),
    script: optional(name),
    since: optional(time),
    until: optional(time),
    beforeId: optional(name),
    limit: optional(count),
  }),
  'task.show': z.object(task),
  'task.cancel': z.object({ ...task, force: flag, dryRun: flag }),
  'task.wait': z.object({ ...task, timeoutMs: optional(durationMs) }),
  'task.output': z.object({ ...task, from: optional(count), tailBytes: optional(count), follow: flag }),
  'task.watch': z.object({ limit: optional(count) }),
  'schedule.list': z.object({ count: optional(z.int().check(z.minimum(1), z.maximum(100))) }),
  'quickAction.list': nothing,
  'quickAction.set': z.object({
    name,
    mode: z.enum(['create', 'edit']),
    rename: optional(name),
    title: optional(z.nullable(title)),
    script: optional(name),
    args: optional(args),
    icon: optional(z.nullable(z.string().check(z.maxLength(16)))),
    position: optional(z.int().check(z.minimum(1), z.maximum(10_000))),
    confirm: optional(z.nullable(title)),
    lock: optional(z.nullable(name)),
    timeoutMs: optional(z.nullable(durationMs)),
    dryRun: flag,
  }),
  'quickAction.remove': z.object({ name, dryRun: flag }),
  'quickAction.run': z.object({ name, noQueue: flag, dryRun: flag }),
  'system.read': z.object({
    historyMs: optional(z.number().check(z.minimum(0), z.maximum(MAX_HISTORY_MS))),
    points: optional(z.int().check(z.minimum(1), z.maximum(3600))),
    processes: flag,
  }),
};

function withoutNul() {
  return z.refine((text) => typeof text === 'string' && !text.includes('\0'), 'text without NUL');
}
