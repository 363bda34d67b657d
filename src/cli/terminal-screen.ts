/** A whole terminal screen that is drawn over and given back as it was found, however the process ends. */

import { ShownLines } from './output/shown-lines.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CTRL_C = 3;
const CTRL_L = 12;
const INTERRUPTED_EXIT = 130;

export class TerminalScreen {
  readonly #left = Promise.withResolvers<number>();
  readonly #shown = new ShownLines();
  #isEntered = false;
  #onRedraw: (() => void) | undefined;

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

  /** Takes the screen over, once. @param onRedraw called when all is to be drawn anew: another size, Ctrl-L */
  enter(onRedraw: () => void): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#onRedraw = onRedraw;
    process.stdout.write(ENTER);
    process.on('exit', this.#restore);
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#onSignal);
    process.stdout.on('resize', this.#redraw);
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on('data', this.#onKey);
  }

  /** Writes the lines that differ from those that are shown; nothing for the same picture. */
  draw(lines: readonly string[]): void {
    const text = this.#shown.update(lines.slice(0, this.rows));
    if (text !== '') process.stdout.write(text);
  }

  leave(): void {
    process.off('exit', this.#restore);
    process.stdout.off('resize', this.#redraw);
    this.#restore();
    process.stdin.off('data', this.#onKey);
    process.stdin.pause();
  }

  readonly #redraw = (): void => {
    this.#shown.forget();
    this.#onRedraw?.();
  };

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
    else if (bytes.includes(CTRL_L)) this.#redraw();
  };
}
