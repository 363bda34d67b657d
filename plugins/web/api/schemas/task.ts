/** Scripts, tasks, schedules and quick actions (src/protocol/control/tasks.ts, schedules.ts, quick-actions.ts). */

import * as z from 'zod/mini';
import { TASK_STATES } from '../../../../src/protocol/control/tasks.ts';
import {
  actorSchema,
  flag,
  number,
  numberOrNull,
  optional,
  text,
  textOrNull,
  time,
  timeOrNull,
  whole,
} from './basics.ts';

export const scriptListSchema = z.looseObject({
  folder: text,
  scripts: z.array(
    z.looseObject({
      name: text,
      description: text,
      sizeBytes: whole,
      modifiedAt: time,
      refused: textOrNull,
    }),
  ),
});

const originSchema = z.looseObject({
  kind: z.enum(['run', 'schedule', 'action']),
  schedule: optional(text),
  action: optional(text),
});

export const taskSchema = z.looseObject({
  id: text,
  script: text,
  args: z.array(text),
  state: z.enum(TASK_STATES),
  queuedAt: time,
  startedAt: timeOrNull,
  endedAt: timeOrNull,
  durationMs: numberOrNull,
  exitCode: numberOrNull,
  signal: textOrNull,
  timedOut: z.boolean(),
  actor: z.nullable(actorSchema),
  outputBytes: number,
  outputCut: flag,
  name: textOrNull,
  lock: textOrNull,
  timeoutMs: numberOrNull,
  origin: originSchema,
  reason: textOrNull,
  pid: numberOrNull,
  peakMemoryBytes: numberOrNull,
  cpuMs: numberOrNull,
});

export const taskShowSchema = z.looseObject({ task: taskSchema });
/** `task` is null for a dry run. */
export const taskRunSchema = z.looseObject({ task: z.nullable(taskSchema) });
export const taskCancelSchema = z.looseObject({ task: taskSchema, changed: flag });
export const taskListSchema = z.looseObject({ tasks: z.array(taskSchema), more: flag });

export const scheduleListSchema = z.looseObject({
  schedules: z.array(
    z.looseObject({
      name: text,
      script: text,
      args: z.array(text),
      cron: text,
      timezone: textOrNull,
      jitterMs: number,
      catchUp: z.enum(['once', 'skip']),
      lock: textOrNull,
      timeoutMs: numberOrNull,
      next: z.array(time),
      missed: whole,
      lastMissedAt: timeOrNull,
      lastTask: z.nullable(taskSchema),
      problem: textOrNull,
    }),
  ),
});

export const quickActionSchema = z.looseObject({
  name: text,
  title: text,
  script: text,
  args: z.array(text),
  icon: text,
  position: whole,
  confirm: textOrNull,
  lock: textOrNull,
  timeoutMs: numberOrNull,
});
export const quickActionListSchema = z.looseObject({ actions: z.array(quickActionSchema) });
export const quickActionSetSchema = z.looseObject({ action: quickActionSchema, changed: flag });

/** Longest name of a script, a lock, a task or an action. */
export const MAX_NAME_LENGTH = 255;
export const shortName = z.string().check(
  z.minLength(1),
  z.maxLength(MAX_NAME_LENGTH),
  z.refine((name) => !/\p{Cc}/u.test(name), 'without control characters'),
);

/** A UUID, or its beginning. */
export const taskId = z.string().check(z.regex(/^[0-9a-fA-F-]{4,36}$/));

const MAX_ARGS = 1_000;
export const argList = z
  .array(z.string().check(z.refine((arg) => !arg.includes('\0'), 'without NUL')))
  .check(z.maxLength(MAX_ARGS));

/** A year: what anybody may mean. */
const MAX_TIMEOUT_MS = 366 * 24 * 3600_000;
export const timeoutMs = z.int().check(z.minimum(1), z.maximum(MAX_TIMEOUT_MS));

/** Bodies with arguments: with what surrounds them they fit in a line of the control protocol, which holds 1 MiB. */
export const MAX_ARGS_BODY_BYTES = 768 * 1024;
