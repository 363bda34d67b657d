/** A whole terminal screen that is drawn over and given back as it was found, however the process ends. */

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CTRL_C = 3;
const INTERRUPTED_EXIT = 130;

export class TerminalScreen {
  readonly #left = Promise.withResolvers<number>();
  #isEntered = false;

  /** Settles with the exit code when the person leaves: q, Ctrl-C, a signal. */
  get left(): Promise<number> {
    return this.#left.promise;
  }

  get rows(): number {
    return process.stdout.rows || 24;
  }

  get columns(): number {
    return process.stdout.columns || 80;
  }

  /** Takes the screen over, once. @param onResize called when its size is another one */
  enter(onResize: () => void): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    process.stdout.write(ENTER);
    process.on('exit', this.#restore);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#onSignal);
    process.stdout.on('resize', onResize);
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onKey);
  }

  /** Draws from the top and wipes only what is left over, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    const text = lines.slice(0, this.rows).map((line) => line + CLEAR_LINE_END);
    process.stdout.write(`${HOME}${text.join('\r\n')}${CLEAR_BELOW}`);
  }

  leave(): void {
    process.off('exit', this.#restore);
    this.#restore();
    process.stdin.off('data', this.#onKey);
    process.stdin.pause();
  }

  readonly #onSignal = (_name: string, signal: number): void => this.#left.resolve(128 + signal);

  readonly #restore = (): void => {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdout.write(LEAVE);
  };

  readonly #onKey = (bytes: Buffer): void => {
    if (bytes.includes(CTRL_C)) this.#left.resolve(INTERRUPTED_EXIT);
    else if (bytes.includes('q')) this.#left.resolve(0);
  };
}
