/** Finds the shim of a run whose first event cannot be read: not written yet, or deleted. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { errnoOf } from '../../protocol/result.ts';
import { type ProcessIdentity, readProcess } from '../base/process-identity.ts';
import type { RunFiles } from './run-files.ts';

export function isClaimed(files: RunFiles): boolean {
  return existsSync(files.claimed);
}

/** The toru-shim that has this spec as its argument, or undefined. Reads all of /proc; for rare moments only. */
export function findShim(specFile: string): ProcessIdentity | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // First who it is, then what it runs: a pid that is reused in between has another start time.
    const facts = readProcess(Number(name));
    const [program = '', argument] = readCommandLine(name);
    if (facts === undefined || argument !== specFile || basename(program) !== 'toru-shim') continue;
    return { pid: facts.pid, startTime: facts.startTime };
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
