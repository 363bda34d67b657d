/** How the interface ends when nobody has pressed a key for it: signals, a terminal that goes away, a fault; and how it stops and goes on. */

import { setTimeout as pause } from 'node:timers/promises';
import { errorBody } from '../../protocol/errors.ts';
import { messageOf } from '../../protocol/result.ts';
import type { Answer } from '../output/answer.ts';
import { failed } from '../output/answer.ts';

const ENDING = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;
const HANGUP_EXIT = 129;
export const INTERRUPTED_EXIT = 130;
/** The stop reaches the process before so long; where nobody could make it go on (a session's leader) it never comes. */
const STOP_WITHIN_MS = 50;
/** A terminal that takes nothing is left as it is, so long after a signal. */
const GIVE_UP_MS = 500;
/** Pasted text, mouse, alternate screen and cursor as they are at a shell's prompt. */
const PLAIN = '\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?1049l\x1b[?25h';

type Work = () => Promise<void>;

export interface TerminalLifeParts {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Gives the terminal away, as it was found, while `work` runs. */
  readonly lend: (work: Work) => Promise<void>;
}

export class TerminalLife {
  readonly #parts: TerminalLifeParts;
  readonly #left = Promise.withResolvers<Answer>();
  readonly #signalled = Promise.withResolvers<void>();
  /** What Ctrl-C does in every verb: it ends the process where it stands. */
  #interrupts: readonly NodeJS.SignalsListener[] = [];
  #isLent = false;
  #isOver = false;

  constructor(parts: TerminalLifeParts) {
    this.#parts = parts;
  }

  /** Settles when the interface is to end; the first reason counts. */
  get left(): Promise<Answer> {
    return this.#left.promise;
  }

  leave(answer: Answer): void {
    this.#left.resolve(answer);
  }

  /** Waits until the terminal is given back. @returns false: it takes nothing, and a signal says not to wait for it */
  async waitFor(closed: Promise<void>): Promise<boolean> {
    const hasGivenUp = this.#signalled.promise.then(() => pause(GIVE_UP_MS));
    return Promise.race([closed.then(() => true), hasGivenUp.then(() => false)]);
  }

  /** An exception is a bug: one line for the person, once the terminal is theirs again. */
  readonly fail = (thrown: unknown): void => {
    this.leave(failed(errorBody('internal', messageOf(thrown), { hint: 'this is a bug in toru' })));
  };

  begin(): void {
    const { stdin, stdout } = this.#parts;
    this.#interrupts = process.listeners('SIGINT');
    for (const listener of this.#interrupts) process.off('SIGINT', listener);
    for (const signal of endingSignals()) process.on(signal, this.#onSignal);
    process.on('SIGTSTP', this.#onStop).on('SIGCONT', this.#onContinued);
    process.on('uncaughtException', this.fail).on('unhandledRejection', this.fail);
    process.on('exit', this.#onExit);
    for (const stream of [stdin, stdout]) stream.on('error', this.#onGone);
    stdin.on('end', this.#onGone);
  }

  /** When the terminal has been given back. */
  end(): void {
    this.#isOver = true;
    for (const signal of endingSignals()) process.off(signal, this.#onSignal);
    for (const listener of this.#interrupts) process.on('SIGINT', listener);
    process.off('SIGTSTP', this.#onStop).off('SIGCONT', this.#onContinued);
    process.off('uncaughtException', this.fail).off('unhandledRejection', this.fail);
    process.off('exit', this.#onExit);
    // Errors of the streams stay heard: a terminal that is gone says so once more at the last write.
  }

  /** For another program: what is typed, Ctrl-C too, is meant for that. */
  async lend(work: Work): Promise<void> {
    if (this.#isLent) return work();
    this.#isLent = true;
    try {
      await this.#parts.lend(async () => {
        await work();
        // A size that changed meanwhile was told to another job; Node asks for it when it hears this.
        process.emit('SIGWINCH', 'SIGWINCH');
      });
    } finally {
      this.#isLent = false;
    }
  }

  /** Ctrl-Z: to the whole job, as the terminal does it. */
  stop(): void {
    process.kill(0, 'SIGTSTP');
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#isLent && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
    this.#signalled.resolve();
    this.leave({ exitCode: ENDING[signal as keyof typeof ENDING] });
  };

  readonly #onStop = (): void => {
    if (this.#isOver) return;
    void (this.#isLent ? this.#stopSelf() : this.lend(() => this.#stopSelf()));
  };

  /** With the kernel's own answer to the signal, which knows of jobs that nobody could make go on. */
  async #stopSelf(): Promise<void> {
    process.off('SIGTSTP', this.#onStop);
    process.kill(process.pid, 'SIGTSTP');
    await pause(STOP_WITHIN_MS);
    process.on('SIGTSTP', this.#onStop);
  }

  /** Of a stop that nobody was asked about (SIGSTOP): the shell has set the terminal up for itself meanwhile. */
  readonly #onContinued = (): void => {
    if (!this.#isOver && !this.#isLent) void this.lend(async () => undefined);
  };

  readonly #onGone = (): void => this.leave({ exitCode: HANGUP_EXIT });

  /** Something ended the process without asking: the terminal is set by what can be done at once. */
  readonly #onExit = (): void => {
    this.#parts.stdout.write(PLAIN);
  };
}

function endingSignals(): readonly NodeJS.Signals[] {
  return Object.keys(ENDING) as NodeJS.Signals[];
}
