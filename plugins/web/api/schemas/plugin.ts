/** Plugins (src/protocol/control/plugins.ts). */

import * as z from 'zod/mini';
import { PLAN_ACTIONS } from '../../../../src/protocol/control/plan.ts';
import { PLUGIN_STATES } from '../../../../src/protocol/plugin-state.ts';
import {
  actorSchema,
  errorSchema,
  flag,
  numberOrNull,
  optional,
  text,
  textOrNull,
  time,
  timeOrNull,
  whole,
} from './basics.ts';
import { crashSummarySchema } from './crash.ts';

const state = z.enum(PLUGIN_STATES);
const stateOrNull = z.nullable(state);

const lastExitSchema = z.looseObject({ runId: whole, at: time, code: numberOrNull, signal: textOrNull });

const dependencySchema = z.looseObject({
  plugin: text,
  range: text,
  required: flag,
  state: stateOrNull,
  version: textOrNull,
  fits: flag,
});

export const pluginSchema = z.looseObject({
  id: text,
  name: text,
  version: text,
  description: text,
  runtime: z.enum(['process', 'wasm', 'library']),
  state,
  enabled: flag,
  wanted: z.enum(['up', 'down']),
  health: z.enum(['unknown', 'healthy', 'unhealthy']),
  healthDetail: optional(text),
  pid: numberOrNull,
  runId: numberOrNull,
  since: time,
  uptimeMs: numberOrNull,
  restarts: whole,
  nextRestartAt: timeOrNull,
  reason: text,
  actor: z.nullable(actorSchema),
  memoryBytes: numberOrNull,
  cpuPercent: numberOrNull,
  linesLost: whole,
  lastCrash: z.nullable(crashSummarySchema),
  lastExit: z.nullable(lastExitSchema),
  problems: z.array(text),
  dependencies: z.array(dependencySchema),
  neededBy: z.array(text),
  groups: z.array(text),
  icon: optional(text),
  bundle: optional(text),
});

export const pluginListSchema = z.looseObject({ plugins: z.array(pluginSchema) });

const settingSchema = z.looseObject({ key: text, value: z.unknown(), source: text });

/** One plugin whole: its status, why it is so, and its settings. */
export const pluginShowSchema = z.looseObject({
  plugin: pluginSchema,
  why: text,
  commands: z.array(text),
  settings: z.array(settingSchema),
});

const planStepSchema = z.looseObject({
  plugin: text,
  action: z.enum(PLAN_ACTIONS),
  level: whole,
  because: text,
  state: stateOrNull,
  lastMs: z.array(z.number()),
  graceMs: optional(z.number()),
  error: optional(errorSchema),
});

export const actionSchema = z.looseObject({
  plugin: text,
  changed: flag,
  state: stateOrNull,
  plan: optional(z.array(planStepSchema)),
});

/** Longest time that an action may be waited for, in milliseconds. */
const MAX_WAIT_MS = 10 * 60_000;

const actionFields = {
  noBlock: optional(flag),
  timeoutMs: optional(z.int().check(z.minimum(1), z.maximum(MAX_WAIT_MS))),
  dryRun: optional(flag),
};

export const actionBody = z.object(actionFields);
export const enableBody = z.object({ ...actionFields, now: optional(flag) });
export const reloadBody = z.object({ ...actionFields, force: optional(flag) });
