/** The torud before this one, where it did not end as asked: its lock is still there. */

import { readFileSync, statSync } from 'node:fs';
import type { Paths } from '../protocol/paths.ts';
import { errnoOf } from '../protocol/result.ts';
import { formatTime } from './base/clock.ts';
import { decodeIdentity, isIdentityAlive, type ProcessTable } from './control/lock-identity.ts';
import { exactWhenText } from './supervisor/why-times.ts';

export interface Predecessor {
  readonly pid: number;
  /** RFC 3339: when it last wrote anything; undefined where no file of it is left. */
  readonly lastSignAt: string | undefined;
  /** True when the machine went down with it. */
  readonly isOfOtherBoot: boolean;
}

type Files = Pick<Paths, 'lockFile' | 'supervisorLog' | 'databaseFile'>;

/** To be read before the lock is taken and anything is written. Undefined: it ended as asked, or there was none, or it lives. */
export function readPredecessor(files: Files, processes: ProcessTable): Predecessor | undefined {
  const identity = readLock(files.lockFile);
  if (identity === undefined || isIdentityAlive(identity, processes)) return undefined;
  const written = [files.supervisorLog, files.databaseFile, `${files.databaseFile}-wal`].map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  const lastMs = Math.max(...written);
  return {
    pid: identity.pid,
    lastSignAt: lastMs === 0 ? undefined : formatTime(lastMs),
    isOfOtherBoot: identity.bootId !== processes.bootId(),
  };
}

/** `torud itself (pid 811) was killed or crashed after 13:40:02, and was back at 13:40:03`. */
export function endText({ pid, lastSignAt, isOfOtherBoot }: Predecessor, backAtMs: number): string {
  const after =
    lastSignAt === undefined ? '' : ` after ${exactWhenText(lastSignAt, backAtMs).replace(/^at /, '')}`;
  const end = isOfOtherBoot
    ? `the machine went down with torud (pid ${pid})${after}`
    : `torud itself (pid ${pid}) was killed or crashed${after}`;
  return `${end}, and was back ${exactWhenText(formatTime(backAtMs), backAtMs)}`;
}

function readLock(file: string) {
  try {
    return decodeIdentity(readFileSync(file, 'latin1')).identity;
  } catch (thrown) {
    // What keeps it from being read is told by whoever takes the lock.
    if (errnoOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}
