/** A `toru` that goes on, its two streams byte for byte as they come. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { cleanEnvironment, TORU } from './programs.ts';

/** Longest wait for what a stream is to show. */
const LIMIT_MS = 20_000;

export interface CliEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export class RunningCli implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #pieces: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  readonly #ended: Promise<CliEnd>;
  #onOutput: () => void = () => undefined;

  /** `toru ARGS…` with TORU_ROOT. Use with `await using`. */
  constructor(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(TORU, args, {
      cwd: root,
      env: cleanEnvironment(root, { TORU_ROOT: root, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream].on('data', (piece: Buffer) => {
        this.#pieces[stream].push(piece);
        this.#onOutput();
      });
    }
    this.#ended = once(this.#child, 'close').then(() => {
      const { exitCode: code, signalCode: signal } = this.#child;
      this.#onOutput();
      return { code, signal, stdout: this.bytes('stdout'), stderr: this.bytes('stderr') };
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Settles when it has ended and both streams are closed. */
  get ended(): Promise<CliEnd> {
    return this.#ended;
  }

  /** What came so far. */
  bytes(stream: 'stdout' | 'stderr'): Buffer {
    return Buffer.concat(this.#pieces[stream]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes our end of its standard output, as head(1) does. */
  stopReading(): void {
    this.#child.stdout.destroy();
  }

  /** Waits until the stream has shown this. */
  async until(stream: 'stdout' | 'stderr', wanted: RegExp): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const told = (): string => `stdout ${this.bytes('stdout')}\nstderr ${this.bytes('stderr')}`;
    const timer = setTimeout(() => reject(new Error(`${wanted} was not shown, but ${told()}`)), LIMIT_MS);
    this.#onOutput = () => {
      if (wanted.test(this.bytes(stream).toString())) resolve();
      else if (this.#child.exitCode !== null)
        reject(new Error(`it ended with ${this.#child.exitCode}: ${told()}`));
    };
    this.#onOutput();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#onOutput = () => undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
