/** Runs (src/protocol/control/crashes.ts, runs.ts). */

import * as z from 'zod/mini';
import { numberOrNull, optional, text, textOrNull, time, timeOrNull, whole } from './basics.ts';

export const runSchema = z.looseObject({
  id: whole,
  plugin: text,
  version: text,
  digest: text,
  pid: numberOrNull,
  startedAt: time,
  readyAt: timeOrNull,
  endedAt: timeOrNull,
  cause: textOrNull,
  exitCode: numberOrNull,
  signal: textOrNull,
  peakMemoryBytes: numberOrNull,
  cpuMs: numberOrNull,
  lines: numberOrNull,
  linesLost: numberOrNull,
  /** What it was started with; of a crash's runs alone, and for admins alone. */
  settings: optional(z.record(z.string(), z.unknown())),
});

export const runListSchema = z.looseObject({ runs: z.array(runSchema) });
