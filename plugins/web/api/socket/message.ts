/** Messages of a client on /api/ws: JSON objects, told apart by `type`. Keys that nobody knows are left out. */

import * as z from 'zod/mini';
import { LOG_LEVELS } from '../../../../src/protocol/control/logs.ts';
import { failure, type Result, success } from '../../../../src/protocol/result.ts';
import { describe } from '../check.ts';
import { MAX_MERGED_CURSOR } from '../follow/merged-logs.ts';
import { MAX_NAMED_PLUGINS } from '../plugin-ids.ts';
import { flag, optional, pluginId, wholeText } from '../schemas/basics.ts';
import { argList, MAX_NAME_LENGTH, shortName, taskId } from '../schemas/task.ts';
import { CLOSE_CODES } from './frame.ts';
import type { FrameFault } from './frame-reader.ts';

const MAX_ID_LENGTH = 64;
const MAX_LINES = 10_000;
const MAX_EVENTS = 1000;

/** The client's own name for a subscription: what comes of it carries it. */
const id = z.string().check(z.minLength(1), z.maxLength(MAX_ID_LENGTH));

const subscribe = z.literal('subscribe');
const toPlugins = z.object({ type: subscribe, id, topic: z.literal('plugins') });
const toEvents = z.object({
  type: subscribe,
  id,
  topic: z.literal('events'),
  plugin: optional(pluginId),
  cursor: optional(wholeText),
  limit: optional(z.int().check(z.minimum(1), z.maximum(MAX_EVENTS))),
});
const toLogs = z
  .object({
    type: subscribe,
    id,
    topic: z.literal('logs'),
    plugin: optional(pluginId),
    /** Several, merged by time; empty: all. */
    plugins: optional(z.array(pluginId).check(z.maxLength(MAX_NAMED_PLUGINS))),
    level: optional(z.enum(LOG_LEVELS)),
    cursor: optional(z.string().check(z.maxLength(MAX_MERGED_CURSOR))),
    lines: optional(z.int().check(z.minimum(0), z.maximum(MAX_LINES))),
  })
  .check(
    z.refine(({ plugin, plugins }) => (plugin === undefined) !== (plugins === undefined), {
      path: ['plugin'],
      message: 'given, or plugins, and not both',
    }),
  );
const toTasks = z.object({ type: subscribe, id, topic: z.literal('tasks') });
const toUsage = z.object({ type: subscribe, id, topic: z.literal('usage') });
const toOutput = z.object({
  type: subscribe,
  id,
  topic: z.literal('output'),
  task_id: taskId,
  cursor: optional(wholeText),
  tail: optional(z.int().check(z.minimum(0))),
});

const SCHEMAS = {
  subscribe: z.discriminatedUnion('topic', [toPlugins, toEvents, toLogs, toTasks, toOutput, toUsage]),
  unsubscribe: z.object({ type: z.literal('unsubscribe'), id }),
  run: z.object({ type: z.literal('run'), script: shortName, args: optional(argList) }),
  cancel: z.object({ type: z.literal('cancel'), task_id: shortName, force: optional(flag) }),
} as const;

export type EventsWanted = z.output<typeof toEvents>;
export type LogsWanted = z.output<typeof toLogs>;
export type OutputWanted = z.output<typeof toOutput>;
export type Subscribe = z.output<(typeof SCHEMAS)['subscribe']>;
export type Run = z.output<(typeof SCHEMAS)['run']>;
export type Cancel = z.output<(typeof SCHEMAS)['cancel']>;
export type Message = {
  [Type in keyof typeof SCHEMAS]: z.output<(typeof SCHEMAS)[Type]>;
}[keyof typeof SCHEMAS];

/** What no message is: the connection ends with `close`; else the client is told, and it goes on. */
export type MessageFault =
  | { readonly close: FrameFault }
  /** `about`: its `id` or `task_id`, where it has one. */
  | { readonly about: Readonly<Record<string, string>>; readonly text: string };

export function parseMessage(text: string): Result<Message, MessageFault> {
  const value = parseObject(text);
  if (value === undefined) {
    return failure({ close: { code: CLOSE_CODES.invalidData, reason: 'a message is one JSON object' } });
  }
  const { type } = value;
  if (typeof type !== 'string' || !isKnown(type)) {
    const known = Object.keys(SCHEMAS).join(', ');
    return failure({ close: { code: CLOSE_CODES.policy, reason: `unknown type; known are ${known}` } });
  }
  const parsed = SCHEMAS[type].safeParse(value, { reportInput: true });
  if (parsed.success) return success(parsed.data);
  const [issue] = parsed.error.issues;
  return failure({
    about: aboutOf(value),
    text: issue === undefined ? 'it has a wrong form' : describe(issue),
  });
}

/** What an answer says that it is about. */
export function aboutOf(message: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const about: Record<string, string> = {};
  for (const key of ['id', 'task_id']) {
    const value = message[key];
    if (typeof value === 'string' && value.length <= MAX_NAME_LENGTH) about[key] = value;
  }
  return about;
}

function isKnown(type: string): type is keyof typeof SCHEMAS {
  return Object.hasOwn(SCHEMAS, type);
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // No JSON: the client is told so.
    return undefined;
  }
}
