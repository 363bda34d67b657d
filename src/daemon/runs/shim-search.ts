/** Finds the shim of a claimed run that has not yet written its first event. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';
import type { RunFiles } from './run-files.ts';

export function isClaimed(files: RunFiles): boolean {
  return existsSync(files.claimed);
}

/** The pid of a process that has this spec as its argument, or undefined. Reads all of /proc; for rare moments only. */
export function findShim(specFile: string): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (readCommandLine(name).includes(specFile)) return Number(name);
  }
  return undefined;
}

function readCommandLine(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH' || errnoOf(thrown) === 'EACCES')
      return [];
    throw thrown;
  }
}
