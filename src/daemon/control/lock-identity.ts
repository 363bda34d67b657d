/** Who holds a lock: a process that cannot be mistaken for another one, as text in a file. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';

export interface LockIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc(5)): clock ticks from boot to the start of the process. */
  readonly startTime: number;
  readonly bootId: string;
}

/** Contents of a lock file. `identity` is undefined when it is damaged; nobody holds such a lock. */
export interface LockContents {
  /** Unique for this holder for all time; safe in a file name. */
  readonly key: string;
  readonly identity: LockIdentity | undefined;
}

/** What of /proc is needed; tests bring their own. */
export interface ProcessTable {
  /** Start time of a live process; undefined when there is none, or only a zombie. */
  startTimeOf(pid: number): number | undefined;
  bootId(): string;
}

export const systemProcesses: ProcessTable = {
  startTimeOf: readStartTime,
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
};

export function encodeIdentity(identity: LockIdentity): string {
  return `${identity.pid} ${identity.startTime} ${identity.bootId}\n`;
}

export function decodeIdentity(text: string): LockContents {
  const match = /^(\d{1,10}) (\d{1,16}) ([0-9a-f-]{36})\n$/.exec(text);
  if (match === null) {
    return {
      key: `damaged-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`,
      identity: undefined,
    };
  }
  const identity = { pid: Number(match[1]), startTime: Number(match[2]), bootId: match[3] ?? '' };
  return { key: `${identity.pid}-${identity.startTime}-${identity.bootId}`, identity };
}

export function isIdentityAlive(identity: LockIdentity | undefined, processes: ProcessTable): boolean {
  if (identity === undefined || identity.bootId !== processes.bootId()) return false;
  return processes.startTimeOf(identity.pid) === identity.startTime;
}

function readStartTime(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ESRCH') return undefined;
    throw thrown;
  }
  // The name in the second field may hold spaces and parentheses; what follows its last parenthesis may not.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[19]);
}
