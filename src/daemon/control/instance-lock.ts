/**
 * One torud a root. The lock file decides; the control socket is asked as well, in case somebody deleted the lock of a
 * torud that lives. With the lock held and nobody answering, a socket left by a power cut or a kill is removed.
 */

import { lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { Paths } from '../../protocol/paths.ts';
import { errnoOf, failure, messageOf, type Result, success } from '../../protocol/result.ts';
import { IdentityLock } from './identity-lock.ts';
import { socketPathProblem } from './ipc-server.ts';
import { type ProcessTable, systemProcesses } from './lock-identity.ts';

export interface InstanceRefusal {
  /** Pid of the torud that is in the way, where it could be known. */
  readonly pid?: number;
  /** One line: what is in the way and where. */
  readonly message: string;
}

export interface InstanceLock {
  /** For the end of the daemon, after the control socket is closed. Never throws. */
  release(): void;
  /** Makes the lock's file again when somebody deleted it. Throws what the file system says. */
  renew(): void;
}

/** What this process has of the version that it was before an upgrade. */
export interface Inheritance {
  readonly hasLock: boolean;
  /** It listens on the control socket, whose file is in its place. */
  readonly hasSocket: boolean;
}

/**
 * Makes this process the only torud of its root. After success there is no file at `controlSocket` but
 * an inherited one, and nobody else will make one. Race-free for any number of starters at once, of which exactly one succeeds.
 */
export async function acquireInstance(
  paths: Pick<Paths, 'controlSocket' | 'lockFile'>,
  processes: ProcessTable = systemProcesses,
  inheritance: Inheritance = { hasLock: false, hasSocket: false },
): Promise<Result<InstanceLock, InstanceRefusal>> {
  const tooLong = socketPathProblem(paths.controlSocket);
  if (tooLong !== undefined) return failure({ message: tooLong });
  const locked = takeLock(paths.lockFile, processes, inheritance.hasLock);
  if (!locked.ok) return locked;
  const inTheWay = inheritance.hasSocket ? undefined : await clearSocket(paths.controlSocket);
  if (inTheWay !== undefined) {
    release(locked.value);
    return failure({ message: inTheWay });
  }
  return success({ release: () => release(locked.value), renew: () => void locked.value.acquire(true) });
}

function takeLock(
  file: string,
  processes: ProcessTable,
  mayBeOurs: boolean,
): Result<IdentityLock, InstanceRefusal> {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    const lock = new IdentityLock(file, processes);
    const taken = lock.acquire(mayBeOurs);
    if (taken.ok) return success(lock);
    const { pid } = taken.failure;
    return failure({ pid, message: `another torud (pid ${pid}) runs here already: ${file}` });
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return failure({ message: `the lock ${file} cannot be taken: ${messageOf(thrown)}` });
  }
}

/** Removes a socket that nobody listens on. Answers with what is in the way, if anything. */
async function clearSocket(path: string): Promise<string | undefined> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    return undefined;
  }
  if (!found.isSocket()) return `${path} is in the way: it is not a socket; move it away`;
  if (await isAnswered(path)) return `another torud answers on ${path}, although its lock file is gone`;
  try {
    unlinkSync(path);
    return undefined;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    return `the stale socket ${path} cannot be removed: ${messageOf(thrown)}`;
  }
}

/** connect(2) is refused only when nobody listens; any other failure (a full backlog for one) means somebody does. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) =>
      resolve(errnoOf(error) !== 'ECONNREFUSED' && errnoOf(error) !== 'ENOENT'),
    );
  });
}

function release(lock: IdentityLock): void {
  try {
    lock.release();
  } catch (thrown) {
    // The folder may be gone or read-only by now. A lock that stays is stale as soon as this process has ended.
    if (errnoOf(thrown) === undefined) throw thrown;
  }
}
