/**
 * Where the suite works: a temporary folder with the sockets, logs and data of all runs, and the runs themselves, so
 * that nothing of either is left however the check ends.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../daemon/base/clock.ts';
import { isAlive, type ProcessIdentity, readProcess } from '../daemon/base/process-identity.ts';
import type { SupervisorLog } from '../daemon/base/supervisor-log.ts';
import { FolderEvents } from '../daemon/runs/folder-events.ts';
import { MAX_SOCKET_PATH_BYTES } from '../protocol/paths.ts';
import { errnoOf } from '../protocol/result.ts';

/** What can be ended without waiting for the event loop. */
export interface Endable {
  /** The shim's pid, null when there is none. */
  readonly shimPid: number | null;
  /** Orders the shim to kill everything of its run. */
  kill(): void;
}

/** `/12/<id of 64 bytes>.http.sock` must find room behind the folder. */
const MAX_FOLDER_BYTES = MAX_SOCKET_PATH_BYTES - 80;
/** How long killed runs may take to be gone when the check is broken off. */
const LAST_WAIT_MS = 2_000;
const LOOK_EVERY_MS = 5;
const ENDING_SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

export const SILENT_LOG: SupervisorLog = { write: () => undefined };

export class Workplace {
  readonly folder: string;
  readonly shimFile: string;
  readonly runsFolder: FolderEvents;
  readonly runsPath: string;
  readonly #live = new Set<Endable>();
  readonly #forget: () => void;
  #isClosed = false;

  /** Throws what the file system says. */
  constructor(shimFile: string) {
    this.shimFile = shimFile;
    const usual = join(tmpdir(), 'toru-');
    const prefix = Buffer.byteLength(usual) + 6 > MAX_FOLDER_BYTES ? '/tmp/toru-' : usual;
    this.folder = realpathSync(mkdtempSync(prefix));
    this.runsPath = join(this.folder, 'runs');
    mkdirSync(this.runsPath, { mode: 0o700 });
    this.runsFolder = new FolderEvents({
      folder: this.runsPath,
      mode: 0o700,
      log: SILENT_LOG,
      clock: systemClock,
    });
    this.runsFolder.open();
    this.#forget = this.#watchOwnEnd();
  }

  add(run: Endable): void {
    this.#live.add(run);
  }

  remove(run: Endable): void {
    this.#live.delete(run);
  }

  /** Ends what is left, waits for it a moment, and removes the folder. Needs no event loop. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forget();
    this.runsFolder.close();
    const shims = [...this.#live].flatMap(({ shimPid }) => (shimPid === null ? [] : identify(shimPid)));
    for (const run of this.#live) run.kill();
    waitForEnd(shims);
    for (const child of childrenOf(process.pid)) killHard(child);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** `exit` comes for Ctrl-C too: the command line ends the process itself then. */
  #watchOwnEnd(): () => void {
    const onExit = (): void => this.close();
    const onSignal = (signal: NodeJS.Signals): void => {
      this.close();
      process.kill(process.pid, signal);
    };
    process.once('exit', onExit);
    for (const signal of ENDING_SIGNALS) process.once(signal, onSignal);
    return () => {
      process.off('exit', onExit);
      for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
    };
  }
}

/** Living children of a process (proc(5), /proc/PID/task/TID/children); zombies left out. */
export function childrenOf(pid: number): readonly ProcessIdentity[] {
  return tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`)
      .split(' ')
      .filter((text) => text !== '')
      .flatMap((text) => identify(Number(text))),
  );
}

/** The command line of a process, for messages; empty when it is gone. */
export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function identify(pid: number): readonly ProcessIdentity[] {
  const facts = readProcess(pid);
  return facts === undefined || facts.state === 'Z' ? [] : [{ pid, startTime: facts.startTime }];
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
}

/** Empty when the process is gone or somebody else's. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return '';
  }
}

function waitForEnd(processes: readonly ProcessIdentity[]): void {
  const deadline = performance.now() + LAST_WAIT_MS;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  while (processes.some(isAlive) && performance.now() < deadline) Atomics.wait(sleeper, 0, 0, LOOK_EVERY_MS);
}

function killHard({ pid }: ProcessIdentity): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch (thrown) {
      // ESRCH: it leads no group, or is gone. EPERM: it has become another user, and is not ours to end.
      if (errnoOf(thrown) !== 'ESRCH' && errnoOf(thrown) !== 'EPERM') throw thrown;
    }
  }
}
