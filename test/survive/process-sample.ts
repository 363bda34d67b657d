/** What a process takes up. */

import { readdirSync } from 'node:fs';
import { PAGE_BYTES, readProcess } from '../../src/daemon/base/process-identity.ts';

export interface Sample {
  /** Resident. */
  readonly memoryBytes: number;
  readonly descriptors: number;
}

/** Throws when the process is gone. */
export function sampleOf(pid: number): Sample {
  const facts = readProcess(pid);
  if (facts === undefined) throw new Error(`process ${pid} is gone`);
  return {
    memoryBytes: facts.residentPages * PAGE_BYTES,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

export function mean(samples: readonly Sample[]): Sample {
  const average = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    memoryBytes: average(samples.map((sample) => sample.memoryBytes)),
    descriptors: average(samples.map((sample) => sample.descriptors)),
  };
}
