/** A terminal that is not read from, a line that stands still for one, must not stop the whole process: it has signals to hear. */

import { readFileSync } from 'node:fs';

/** Node's own streams on a terminal have it; others, as in tests, do not. */
interface Handle {
  setBlocking?(isBlocking: boolean): unknown;
}

/** O_CLOEXEC in /proc/PID/fdinfo (proc_pid_fdinfo(5)). */
const CLOSED_ON_EXEC = 0o2000000;

export class PatientOutput {
  readonly #stream: NodeJS.WriteStream;
  readonly #turned: readonly NodeJS.WriteStream[];
  #onRoom: (() => void) | undefined;

  /** @param others on the same terminal: Ink shows the cursor again by stderr */
  constructor(stream: NodeJS.WriteStream, others: readonly NodeJS.WriteStream[] = []) {
    this.#stream = stream;
    this.#turned = [stream, ...others].filter(isOwnDescription);
  }

  /** False: whoever writes waits until the terminal has taken it, as programs that are started here expect. */
  turn(isPatient: boolean): void {
    for (const stream of this.#turned) {
      const { _handle } = stream as { readonly _handle?: Handle | null };
      _handle?.setBlocking?.(!isPatient);
    }
  }

  /** True: the terminal has not yet taken what was written; `onRoom` is called, once for all who ask, when it has. */
  isBehind(onRoom: () => void): boolean {
    if (!this.#isFull()) return false;
    const isWaiting = this.#onRoom !== undefined;
    this.#onRoom = onRoom;
    if (!isWaiting)
      void this.taken().then(() => {
        const told = this.#onRoom;
        this.#onRoom = undefined;
        told?.();
      });
    return true;
  }

  /** Settles when the terminal has taken all that was written, or is gone. */
  taken(): Promise<void> {
    const stream = this.#stream;
    if (!this.#isFull()) return Promise.resolve();
    return new Promise((resolve) => void stream.write('', () => resolve()));
  }

  /** A terminal that is gone takes nothing more, and is not waited for. */
  #isFull(): boolean {
    return this.#stream.writableLength > 0 && !this.#stream.destroyed;
  }

  /** Gives the terminal away: what the other program writes comes behind what was written here. */
  async lend(work: () => Promise<void>): Promise<void> {
    await this.taken();
    this.turn(false);
    try {
      await work();
    } finally {
      this.turn(true);
    }
  }
}

/**
 * libuv opens the terminal anew, where it may, so that what it sets is not set for the shell as well (open(2): the
 * status flags are of the open file description). It is seen from a flag that nothing inherited can have.
 */
function isOwnDescription(stream: NodeJS.WriteStream): boolean {
  const { fd } = stream as { readonly fd?: number };
  if (fd === undefined || !stream.isTTY) return false;
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) !== 0;
  } catch {
    return false;
  }
}
