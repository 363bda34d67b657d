/** A program on a terminal of its own, by script(1): what it writes, when, and what it costs. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Longest wait for what a program is to show. */
const LIMIT_MS = 30_000;

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

export class TerminalRun {
  readonly #child: ChildProcessWithoutNullStreams;
  #shown = '';
  #onShown: () => void = () => undefined;
  /** Bytes that came in all. */
  bytes = 0;
  pid = 0;
  startedMs = 0;

  private constructor(line: string, { rows, columns }: TerminalSize, env: NodeJS.ProcessEnv) {
    // What the shell says last before it becomes the program: who it is, and that it begins.
    const command = `stty rows ${rows} cols ${columns}; printf 'PID=%s;' $$; exec ${line}`;
    this.#child = spawn('script', ['-qec', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
      stdio: 'pipe',
    });
    this.#child.stdin.on('error', () => this.#child.stdin.destroy());
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.#shown = (this.#shown + chunk.toString('utf8')).slice(-200_000);
      this.#onShown();
    });
  }

  /** @param line for sh, without `exec` */
  static async start(line: string, size: TerminalSize, env: NodeJS.ProcessEnv = {}): Promise<TerminalRun> {
    const run = new TerminalRun(line, size, env);
    const [, pid] = await run.until(/PID=(\d+);/);
    run.startedMs = performance.now();
    run.pid = Number(pid);
    return run;
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const found = (): RegExpExecArray | null => pattern.exec(this.#shown);
    const now = found();
    if (now !== null) return now;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${pattern} was not shown`)), LIMIT_MS);
      this.#onShown = () => {
        const match = found();
        if (match === null) return;
        clearTimeout(timer);
        this.#onShown = () => undefined;
        resolve(match);
      };
    });
  }

  /** What was shown so far counts no more. */
  forget(): void {
    this.#shown = '';
  }

  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  residentBytes(): number {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'));
    return Number(match?.[1] ?? Number.NaN) * 1024;
  }

  async leave(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.press('q');
    const timer = setTimeout(() => process.kill(this.pid, 'SIGTERM'), 5_000);
    await gone;
    clearTimeout(timer);
  }
}
