/** A service manager's socket (sd_notify(3)), real: what torud says to it, in order. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CHECKOUT } from './programs.ts';

/** Longest wait for a message; a test that gets there has failed. */
const LIMIT_MS = 15_000;

export class NotifyReceiver implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #messages: string[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param socket a path, or `@` and an abstract name */
  static async open(socket: string): Promise<NotifyReceiver> {
    const program = join(CHECKOUT, 'test/fixtures/notify-receiver.py');
    const child = spawn('python3', [program, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
    const receiver = new NotifyReceiver(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      receiver.#messages.push(JSON.parse(line));
      for (const wake of [...receiver.#waiting]) wake();
    });
    await receiver.until('bound');
    return receiver;
  }

  /** What was said since the last `until`, the message that was waited for included. */
  async until(pattern: string | RegExp): Promise<readonly string[]> {
    const isIt = (text: string) => (typeof pattern === 'string' ? text === pattern : pattern.test(text));
    const found = Promise.withResolvers<readonly string[]>();
    const look = (): void => {
      const index = this.#messages.findIndex(isIt);
      if (index >= 0) found.resolve(this.#messages.splice(0, index + 1));
    };
    const timer = setTimeout(() => {
      found.reject(new Error(`nothing like ${pattern} among ${JSON.stringify(this.#messages)}`));
    }, LIMIT_MS);
    this.#waiting.add(look);
    look();
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
