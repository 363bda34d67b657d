/** Starts torud and ends it with kill -9, again and again; no torud ever waits to become ready. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanEnvironment, TORUD } from '../rig/programs.ts';

export class TorudKiller {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #stderr = '';
  #isMeant = false;
  /** What went wrong with torud itself: it ended although nobody killed it. */
  readonly faults: string[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  start(): void {
    const env = cleanEnvironment(this.#folder);
    const child = spawn(TORUD, ['--root', this.#folder], {
      cwd: this.#folder,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#stderr = '';
    this.#isMeant = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4096);
    });
    child.once('exit', (code, signal) => {
      if (this.#isMeant) return;
      this.faults.push(`torud ended by itself with ${code ?? signal}: ${this.#stderr.trim()}`);
    });
  }

  async kill(): Promise<void> {
    await this.#end((child) => child.kill('SIGKILL'));
  }

  /** Waits for the end that somebody has asked for with `ask`. */
  async stop(ask: () => Promise<void>): Promise<void> {
    await this.#end(ask);
  }

  async #end(make: (child: ChildProcess) => unknown): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    this.#isMeant = true;
    const exited = once(child, 'exit');
    await make(child);
    await exited;
  }
}
