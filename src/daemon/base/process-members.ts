/**
 * Finds what lives of something that torud started and whose parent is gone: processes whose environment has the
 * variables that only it was given. Their group would not do, for its number is free again once the last of it has ended.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';
import { type ProcessIdentity, readProcess } from './process-identity.ts';

/** Living processes with all of these variables (`NAME=value`). Reads all of /proc; for rare moments only. */
export function membersOf(variables: readonly string[]): readonly ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // First who it is, then whether it belongs to us: a pid that is reused in between has another start time.
      const facts = readProcess(Number(name));
      const environment = facts === undefined || facts.state === 'Z' ? [] : readEnvironment(name);
      const isMember = variables.every((variable) => environment.includes(variable));
      return facts !== undefined && isMember ? [{ pid: facts.pid, startTime: facts.startTime }] : [];
    });
}

function readEnvironment(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch (thrown) {
    // It has ended, or is somebody else's.
    if (errnoOf(thrown) !== undefined) return [];
    throw thrown;
  }
}
