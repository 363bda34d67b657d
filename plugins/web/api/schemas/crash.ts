/** Crashes (src/protocol/control/crashes.ts). */

import * as z from 'zod/mini';
import { CRASH_CAUSES } from '../../../../src/protocol/control/crashes.ts';
import { flag, numberOrNull, optional, text, textOrNull, time, whole } from './basics.ts';
import { runSchema } from './run.ts';

const summary = {
  id: whole,
  plugin: text,
  runId: whole,
  at: time,
  uptimeMs: z.number(),
  exitCode: numberOrNull,
  signal: textOrNull,
  cause: z.enum(CRASH_CAUSES),
  restart: whole,
  verdict: z.enum(['restart', 'give-up', 'none']),
  delayMs: numberOrNull,
  peakMemoryBytes: numberOrNull,
  cpuMs: numberOrNull,
  coreDumped: flag,
  version: text,
  digest: text,
};

export const crashSummarySchema = z.looseObject(summary);
export const crashListSchema = z.looseObject({ crashes: z.array(crashSummarySchema) });

export const crashSchema = z.looseObject({
  ...summary,
  detail: text,
  lastLines: z.array(z.looseObject({ time: text, stream: text, message: text })),
  limits: z.record(z.string(), z.unknown()),
  settingsChanged: z.array(z.looseObject({ key: text, before: z.unknown(), after: z.unknown() })),
  digestChanged: flag,
  versionBefore: optional(text),
  lastGoodRunId: numberOrNull,
});
export const crashShowSchema = z.looseObject({
  crash: crashSchema,
  /** For admins; null: the run is too old to be kept, or there was none. */
  run: optional(z.nullable(runSchema)),
  lastGoodRun: optional(z.nullable(runSchema)),
});
