/**
 * Signals to a `toru run`: Ctrl-C cancels the task, a second one kills it, a third one leaves. What else would end toru
 * leaves the task alone, since it outlives the command: SIGTERM, SIGHUP (the terminal went away), SIGQUIT (Ctrl-\).
 */

import { constants } from 'node:os';
import { writeNote } from '../output/sink.ts';
import type { Session } from '../session.ts';

const LEAVING = ['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const SIGNAL_EXIT = 128;

export class Interrupts {
  readonly #session: Session;
  readonly #left = Promise.withResolvers<number>();
  readonly #before: readonly NodeJS.SignalsListener[];
  #id: string | undefined;
  /** What the next Ctrl-C does. */
  #next: 'cancel' | 'kill' | 'leave' = 'cancel';
  #isPending = false;

  /** Takes the signals over until `end`. */
  constructor(session: Session) {
    this.#session = session;
    this.#before = process.listeners('SIGINT') as NodeJS.SignalsListener[];
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', this.#onInterrupt);
    for (const signal of LEAVING) process.on(signal, this.#onLeaving);
  }

  /** Settles with the exit code when the person leaves the task alone. */
  get left(): Promise<number> {
    return this.#left.promise;
  }

  /** From now on there is something to cancel. */
  onTask(id: string): void {
    this.#id = id;
    if (this.#isPending) void this.#act(id);
  }

  end(): void {
    process.off('SIGINT', this.#onInterrupt);
    for (const signal of LEAVING) process.off(signal, this.#onLeaving);
    for (const listener of this.#before) process.on('SIGINT', listener);
  }

  readonly #onInterrupt = (): void => {
    if (this.#id !== undefined) {
      void this.#act(this.#id);
      return;
    }
    if (this.#isPending) void this.#leave(SIGNAL_EXIT + constants.signals.SIGINT);
    else void this.#note('cancelling as soon as torud answers; Ctrl-C again leaves');
    this.#isPending = true;
  };

  readonly #onLeaving = (_name: string, signal: number): void => {
    void this.#leave(SIGNAL_EXIT + signal);
  };

  async #act(id: string): Promise<void> {
    const step = this.#next;
    if (step === 'leave') return this.#leave(SIGNAL_EXIT + constants.signals.SIGINT);
    const isKill = step === 'kill';
    this.#next = isKill ? 'leave' : 'kill';
    await this.#note(isKill ? 'killing; Ctrl-C again leaves it alone' : 'cancelling; Ctrl-C again kills');
    // On a connection of its own: the other one may wait for whoever reads the output.
    const { client } = this.#session.quietly();
    const cancelled = await client.call('task.cancel', isKill ? { id, force: true } : { id });
    client.close();
    if (cancelled.ok) return;
    this.#next = 'leave';
    const { code, message } = cancelled.failure;
    const why = code === 'unreachable' ? 'torud is away' : message;
    await this.#note(`cannot cancel: ${why}; Ctrl-C again leaves it alone`);
  }

  async #leave(exitCode: number): Promise<void> {
    const id = this.#id;
    await this.#note(
      id === undefined
        ? 'torud has not answered; whether the task was begun: "toru tasks" says'
        : `the task goes on; "toru task logs -f ${id}" follows it`,
    );
    this.#left.resolve(exitCode);
  }

  async #note(text: string): Promise<void> {
    if (!this.#session.globals.isQuiet) await writeNote(`toru: ${text}\n`);
  }
}
