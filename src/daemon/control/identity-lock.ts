/**
 * A lock file that survives the death of its holder without ever being taken twice. Files beside the lock:
 *
 *   LOCK             who holds it: pid, start time, boot id
 *   LOCK.heir-KEY    who has taken over from the dead holder KEY
 *   LOCK.new-…       a starter's own identity before it is linked to one of the two names above
 *
 * The holder is the end of the chain LOCK → heir of a dead holder → heir of that one, if dead too → … A free lock is
 * taken by link(2), which fails when the name exists. A dead holder's lock is taken by linking the one name
 * LOCK.heir-KEY: KEY names one process for all time, so that exactly one starter can ever follow it, and nobody
 * removes a lock on the ground of what it held a moment ago. Who has linked reads the chain again: only if it ends at
 * itself does it hold the lock (a slow starter may have linked an heir of a lock that is another one by now). The
 * new holder then renames its identity over LOCK, which alone may do that, and clears away the chain.
 */

import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoOf, failure, type Result, success } from '../../protocol/result.ts';
import {
  decodeIdentity,
  encodeIdentity,
  isIdentityAlive,
  type LockContents,
  type LockIdentity,
  type ProcessTable,
} from './lock-identity.ts';

/** Each round that does not decide means that another starter got further in the meantime. */
const MAX_ROUNDS = 1000;

/** Where a chain ends: at a file that may be linked (nobody has it yet), or at a live holder. */
type ChainEnd =
  | { readonly kind: 'free'; readonly file: string }
  | { readonly kind: 'held'; readonly holder: LockIdentity };

export class IdentityLock {
  readonly #file: string;
  readonly #self: LockIdentity;
  readonly #processes: ProcessTable;
  readonly #selfFile: string;

  constructor(file: string, processes: ProcessTable, pid: number = process.pid) {
    this.#file = file;
    this.#processes = processes;
    this.#self = { pid, startTime: processes.startTimeOf(pid) ?? 0, bootId: processes.bootId() };
    this.#selfFile = `${file}.new-${pid}-${this.#self.startTime}`;
  }

  /**
   * Takes the lock. Failure: who holds it. Throws the file system's errors.
   * @param mayBeOurs this process may hold it already: it was another program before exec(2)
   */
  acquire(mayBeOurs = false): Result<void, LockIdentity> {
    writeDurably(this.#selfFile, encodeIdentity(this.#self));
    try {
      const outcome = this.#compete(mayBeOurs);
      if (!outcome.ok) return outcome;
      renameSync(this.#selfFile, this.#file);
      this.#clearAway();
      return outcome;
    } finally {
      rmSync(this.#selfFile, { force: true });
    }
  }

  /** Gives it back, if it is still ours. */
  release(): void {
    const held = readContents(this.#file);
    if (held !== undefined && this.#isSelf(held.identity)) rmSync(this.#file, { force: true });
  }

  #compete(mayBeOurs: boolean): Result<void, LockIdentity> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const end = this.#chainEnd();
      if (end.kind === 'held') {
        return mayBeOurs && this.#isSelf(end.holder) ? success(undefined) : failure(end.holder);
      }
      if (!linkIfFree(this.#selfFile, end.file)) continue;
      const now = this.#chainEnd();
      if (now.kind === 'held' && this.#isSelf(now.holder)) return success(undefined);
      if (end.file !== this.#file) rmSync(end.file, { force: true });
    }
    throw new Error(`the lock ${this.#file} changed hands ${MAX_ROUNDS} times while it was being taken`);
  }

  #chainEnd(): ChainEnd {
    let file = this.#file;
    for (;;) {
      const contents = readContents(file);
      if (contents === undefined) return { kind: 'free', file };
      if (contents.identity !== undefined && isIdentityAlive(contents.identity, this.#processes)) {
        return { kind: 'held', holder: contents.identity };
      }
      file = `${this.#file}.heir-${contents.key}`;
    }
  }

  #isSelf(identity: LockIdentity | undefined): boolean {
    return (
      identity !== undefined && identity.pid === this.#self.pid && identity.startTime === this.#self.startTime
    );
  }

  /** Removes heirs, which mean nothing now that LOCK is ours, and what dead starters left. Live starters keep theirs. */
  #clearAway(): void {
    const prefix = basename(this.#file);
    for (const name of readdirSync(dirname(this.#file))) {
      const isHeir = name.startsWith(`${prefix}.heir-`);
      const isLeftover =
        name.startsWith(`${prefix}.new-`) && !this.#isStarting(name.slice(prefix.length + 5));
      if (isHeir || isLeftover) rmSync(join(dirname(this.#file), name), { force: true });
    }
  }

  /** By the file's name, since its contents may not be written yet. */
  #isStarting(owner: string): boolean {
    const [pid, startTime] = owner.split('-').map(Number);
    return pid !== undefined && Number.isInteger(pid) && this.#processes.startTimeOf(pid) === startTime;
  }
}

function linkIfFree(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

function readContents(file: string): LockContents | undefined {
  try {
    return decodeIdentity(readFileSync(file, 'latin1'));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** On the disk before it gets a name that counts: a power cut must not leave an empty lock. */
function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'w', 0o644);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
