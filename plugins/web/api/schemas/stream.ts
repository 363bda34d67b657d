/** Log lines and events (src/protocol/control/logs.ts, events.ts). */

import * as z from 'zod/mini';
import { EVENT_TYPES } from '../../../../src/protocol/control/events.ts';
import { LOG_LEVELS } from '../../../../src/protocol/control/logs.ts';
import { actorSchema, flag, optional, text, textOrNull, time, whole } from './basics.ts';

export const logLineSchema = z.looseObject({
  timestamp: optional(time),
  level: optional(z.enum(LOG_LEVELS)),
  plugin: optional(text),
  message: text,
  stream: optional(z.enum(['stdout', 'stderr', 'shim'])),
  seq: optional(whole),
  run: optional(whole),
  cut: optional(flag),
  lost: optional(whole),
});

export const logPageSchema = z.looseObject({
  lines: z.array(logLineSchema),
  /** Where it goes on: `cursor` of the next request; null: nothing was read. */
  cursor: textOrNull,
});

export const eventSchema = z.looseObject({
  id: whole,
  at: time,
  plugin: textOrNull,
  type: z.enum(EVENT_TYPES),
  reason: text,
  actor: z.nullable(actorSchema),
  details: z.record(z.string(), z.unknown()),
});

export const eventPageSchema = z.looseObject({ events: z.array(eventSchema) });
