/**
 * Parameters of every method, checked before its handler sees them. Unknown keys are ignored: a newer client may send
 * more. The small form of zod is used: the whole one costs 13 MB of memory.
 */

import * as z from 'zod/mini';
import { SUPERVISOR_LEVELS } from '../../protocol/control/daemon.ts';
import { EVENT_TYPES } from '../../protocol/control/events.ts';
import { LOG_LEVELS } from '../../protocol/control/logs.ts';
import type { MethodName, ParamsOf } from '../../protocol/control/methods.ts';
import { METRIC_FORMATS } from '../../protocol/control/metrics.ts';
import { type ErrorBody, errorBody } from '../../protocol/errors.ts';
import { PLUGIN_STATES } from '../../protocol/plugin-state.ts';
import { failure, type Result, success } from '../../protocol/result.ts';
import { count, durationMs, flag, name, nothing, optional, time } from './param-kinds.ts';
import { describeIssue, plainIssue } from './params-issue.ts';
import { TASK_PARAMS } from './task-params.ts';

/** Names, and patterns, of one request. */
export const MAX_NAMES = 4096;
const MAX_CURSOR_LENGTH = 256 * 1024;
const MAX_KEY_LENGTH = 4096;

const selection = {
  names: optional(z.array(name).check(z.maxLength(MAX_NAMES))),
  all: flag,
  allowNone: flag,
};
const list = z.object({
  ...selection,
  states: optional(z.array(z.enum(PLUGIN_STATES)).check(z.maxLength(PLUGIN_STATES.length))),
  enabled: flag,
});
const action = {
  ...selection,
  noBlock: flag,
  timeoutMs: optional(durationMs),
  dryRun: flag,
  wait: flag,
};
const MAX_PATH_LENGTH = 4096;
const onePlugin = z.object({ plugin: name });
const key = z.string().check(z.maxLength(MAX_KEY_LENGTH));
const signal = z
  .string()
  .check(z.refine((text) => /^SIG[A-Z][A-Z0-9+-]{1,15}$/.test(text), 'a signal, SIGHUP for one'));

const PARAMS: { readonly [Name in MethodName]: z.ZodMiniType<ParamsOf<Name>> } = {
  'daemon.status': nothing,
  'daemon.reload': z.object({ dryRun: flag }),
  'daemon.stop': z.object({ keepPlugins: flag, dryRun: flag }),
  'daemon.upgrade': z.object({ dryRun: flag }),
  'daemon.logLevel': z.object({ level: optional(z.enum(SUPERVISOR_LEVELS)), dryRun: flag }),
  'daemon.metrics': z.object({ format: optional(z.enum(METRIC_FORMATS)) }),
  'plugin.list': list,
  'plugin.listCompact': list,
  'plugin.show': onePlugin,
  'plugin.why': onePlugin,
  'plugin.watch': z.object({
    ...selection,
    usageEveryMs: optional(z.number().check(z.minimum(500), z.maximum(60_000))),
  }),
  'plugin.enable': z.object({ ...action, now: flag }),
  'plugin.disable': z.object({ ...action, now: flag }),
  'plugin.start': z.object(action),
  'plugin.stop': z.object(action),
  'plugin.restart': z.object(action),
  'plugin.tryRestart': z.object(action),
  'plugin.reload': z.object({ ...action, force: flag }),
  'plugin.kill': z.object({ ...selection, signal, dryRun: flag }),
  'plugin.resetFailed': z.object({ ...selection, dryRun: flag }),
  'plugin.remove': z.object({ ...action, purge: flag }),
  'plugin.install': z.object({
    path: z.string().check(z.minLength(1), z.maxLength(MAX_PATH_LENGTH)),
    dryRun: flag,
  }),
  'plugin.rollback': z.object({ plugin: name, dryRun: flag }),
  'plugin.dependencies': z.object({ plugin: name, reverse: flag }),
  'plugin.dropIn': onePlugin,
  'plugin.setDropIn': z.object({
    plugin: name,
    text: z.string(),
    ifDigest: optional(z.string().check(z.maxLength(64))),
    dryRun: flag,
  }),
  'plugin.scan': z.object({ dryRun: flag }),
  'crash.list': z.object({
    ...selection,
    since: optional(time),
    beforeId: optional(count),
    limit: optional(count),
  }),
  'crash.show': z.object({
    id: z.int(),
    plugin: optional(name),
    withRuns: flag,
    maxMessage: optional(count),
  }),
  'run.list': z.object({ plugin: name, limit: optional(count) }),
  'event.read': z.object({
    ...selection,
    types: optional(z.array(z.enum(EVENT_TYPES)).check(z.maxLength(EVENT_TYPES.length))),
    since: optional(time),
    afterId: optional(count),
    beforeId: optional(count),
    limit: optional(count),
    follow: flag,
  }),
  'audit.read': z.object({
    ...selection,
    since: optional(time),
    afterId: optional(count),
    beforeId: optional(count),
    limit: optional(count),
    follow: flag,
  }),
  'log.read': z.object({
    ...selection,
    supervisor: flag,
    follow: flag,
    lines: optional(count),
    since: optional(time),
    until: optional(time),
    level: optional(z.enum(LOG_LEVELS)),
    stream: optional(z.enum(['stdout', 'stderr'])),
    run: optional(z.int()),
    cursor: optional(z.string().check(z.maxLength(MAX_CURSOR_LENGTH))),
  }),
  'kv.get': z.object({ plugin: name, key }),
  'kv.set': z.object({
    plugin: name,
    key,
    value: z.string(),
    ttlMs: optional(z.number()),
    ifVersion: optional(count),
    dryRun: flag,
  }),
  'kv.delete': z.object({ plugin: name, key, dryRun: flag }),
  'kv.list': z.object({ plugin: name, prefix: optional(key) }),
  ...TASK_PARAMS,
};

/** Checks the parameters of a method. Failure: one line that names the key. Absent parameters count as none. */
export function readParams<Name extends MethodName>(
  method: Name,
  params: unknown,
): Result<ParamsOf<Name>, ErrorBody> {
  const checked = PARAMS[method].safeParse(params === undefined ? {} : params);
  if (checked.success) return success(checked.data);
  const [issue] = checked.error.issues;
  const plain = issue === undefined ? undefined : plainIssue(issue);
  if (plain !== undefined) return failure(errorBody('usage', plain));
  const problem = issue === undefined ? 'they are wrong' : describeIssue(issue);
  return failure(errorBody('usage', `parameters of ${method}: ${problem}`));
}
