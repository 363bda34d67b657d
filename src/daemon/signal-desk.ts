/** Signals that torud takes, and bugs that nobody caught: passed on to the daemon that serves now. */

import { messageOf } from '../protocol/result.ts';
import type { Daemon } from './daemon.ts';

export class SignalDesk {
  readonly #exit: () => void;
  #daemon: Daemon | undefined;
  #wasAskedToEnd = false;

  /** @param exit ends the process after a bug */
  constructor(exit: () => void) {
    this.#exit = exit;
    process.on('SIGTERM', () => this.#onEndAsked('SIGTERM'));
    process.on('SIGINT', () => this.#onEndAsked('SIGINT'));
    process.on('SIGHUP', () => {
      this.#daemon?.noteSignal('SIGHUP', 'daemon.reload');
      void this.#daemon?.reload();
    });
    process.on('SIGUSR1', () => this.#daemon?.reopenLogs());
    // What came of it is in the log.
    process.on('SIGUSR2', () => {
      this.#daemon?.noteSignal('SIGUSR2', 'daemon.upgrade');
      void this.#daemon?.upgrade({ kind: 'daemon' });
    });
    // A reader of our stderr that has gone is no reason to go as well.
    process.stderr.on('error', () => undefined);
    process.on('uncaughtException', (thrown) => this.#onBug(thrown));
    process.on('unhandledRejection', (thrown) => this.#onBug(thrown));
  }

  get daemon(): Daemon | undefined {
    return this.#daemon;
  }

  set daemon(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** True after a signal that came before there was a daemon to end. */
  get wasAskedToEnd(): boolean {
    return this.#wasAskedToEnd;
  }

  #onEndAsked(signal: NodeJS.Signals): void {
    if (this.#daemon === undefined) this.#wasAskedToEnd = true;
    else {
      this.#daemon.noteSignal(signal, 'daemon.stop');
      void this.#daemon.end(0);
    }
  }

  #onBug(thrown: unknown): void {
    this.#daemon?.noteCrash(thrown);
    process.stderr.write(
      `torud: a bug ended it: ${messageOf(thrown)}; plugin-supervisor.log has the details\n`,
    );
    this.#exit();
  }
}
