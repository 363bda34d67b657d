/** Long output on a terminal goes through a pager, as with journalctl(1) and git(1). */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { OutputClosed, OutputRefused, writeFollow } from './output/sink.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type PagerProcess = ChildProcessByStdio<Writable, null, null>;

/** Of less(1): quit for one screen, keep colours, cut nothing off the screen, leave by Ctrl-C, clear nothing. */
const LESS_OPTIONS = 'FRSXMK';
/** What sh(1) says when there is no such program, or it cannot be run. */
const NOT_RUN = new Set([126, 127]);
/** What of the output is kept until it is sure that the pager runs: more than a pipe takes before that. */
const MAX_KEPT_CHARACTERS = 256 * 1024;
const SHELL_CHARACTERS = /[|&;<>()$`\\"'*?#~=%{}]/;

/** argv of the pager; undefined: none is wanted. */
export function pagerCommand(env: Environment): readonly string[] | undefined {
  const asked = (env.TORU_PAGER ?? env.PAGER ?? 'less').trim();
  if (asked === '' || asked === 'cat' || env.TERM === 'dumb') return undefined;
  return SHELL_CHARACTERS.test(asked) ? ['/bin/sh', '-c', asked] : asked.split(/\s+/);
}

/** Environment of the pager. */
export function pagerEnvironment(env: Environment): Record<string, string | undefined> {
  // Whoever may only read by sudo must not get a shell of root out of less.
  const isGuest = env.SUDO_UID !== undefined && env.SUDO_UID !== '0';
  return {
    ...env,
    LESS: env.LESS ?? LESS_OPTIONS,
    LESSCHARSET: env.LESSCHARSET ?? 'utf-8',
    ...(isGuest ? { LESSSECURE: '1' } : {}),
  };
}

/** True when the text does not fit on the screen together with a prompt. */
export function isLongerThan(text: string, rows: number, columns: number): boolean {
  let used = 1;
  let at = 0;
  while (at < text.length && used <= rows) {
    const end = text.indexOf('\n', at);
    const line = stripVTControlCharacters(text.slice(at, end === -1 ? text.length : end));
    used += Math.max(1, Math.ceil(line.length / columns));
    at = end === -1 ? text.length : end + 1;
  }
  return used > rows;
}

/** Output that begins a pager as soon as it is longer than the screen; before that it is held. */
export class PagedOutput {
  readonly #command: readonly string[] | undefined;
  /** All that was written, up to a limit. */
  #held = '';
  #pager: PagerProcess | undefined;
  #ended: Promise<number | null> | undefined;
  /** There is no pager, or it cannot be run: all goes out as it is. */
  #isPlain: boolean;
  #interrupts: NodeJS.SignalsListener[] = [];

  constructor(env: Environment = process.env) {
    this.#command = pagerCommand(env);
    this.#isPlain = this.#command === undefined;
  }

  /** Settles when more may be written. Throws OutputClosed once the pager was left. */
  async write(text: string): Promise<void> {
    if (this.#isPlain) return writeFollow(text);
    if (this.#pager === undefined || this.#held.length < MAX_KEPT_CHARACTERS) this.#held += text;
    if (this.#pager !== undefined) {
      if (!(await this.#feed(this.#pager, text))) await this.#onLeft();
      return;
    }
    const { rows, columns } = process.stdout;
    if (isLongerThan(this.#held, rows || 24, columns || 80)) await this.#begin();
  }

  /** Writes what was held, and waits until the pager is left. */
  async end(): Promise<void> {
    if (this.#pager === undefined) {
      const held = this.#held;
      this.#held = '';
      if (held !== '') await writeFollow(held);
      return;
    }
    this.#pager.stdin.end();
    await this.#onLeft().catch((thrown: unknown) => {
      if (!(thrown instanceof OutputClosed)) throw thrown;
    });
  }

  /** The pager is gone: it was left, or could not be run; then all goes out as it is. Throws OutputClosed when left. */
  async #onLeft(): Promise<void> {
    const code = await this.#ended;
    this.#release();
    this.#pager = undefined;
    this.#isPlain = true;
    const held = this.#held;
    this.#held = '';
    if (typeof code !== 'number' || !NOT_RUN.has(code)) throw new OutputClosed();
    await writeFollow(held);
  }

  async #begin(): Promise<void> {
    const [program = '', ...words] = this.#command ?? [];
    const env = pagerEnvironment(process.env);
    const pager = spawn(program, words, { stdio: ['pipe', 'inherit', 'inherit'], env });
    const hasBegun = await new Promise<boolean>((resolve) => {
      pager.once('spawn', () => resolve(true));
      pager.once('error', () => resolve(false));
    });
    if (!hasBegun) {
      this.#isPlain = true;
      const held = this.#held;
      this.#held = '';
      return writeFollow(held);
    }
    // Ctrl-C is the pager's as long as it is there.
    this.#interrupts = process.listeners('SIGINT') as NodeJS.SignalsListener[];
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', ignore);
    this.#ended = new Promise((resolve) => pager.once('close', resolve));
    pager.stdin.on('error', ignore);
    this.#pager = pager;
    if (!(await this.#feed(pager, this.#held))) await this.#onLeft();
  }

  /** False when it takes nothing more. */
  #feed(pager: PagerProcess, text: string): Promise<boolean> {
    return new Promise((resolve) => {
      const onClose = (): void => resolve(false);
      if (pager.stdin.destroyed || pager.exitCode !== null) return onClose();
      pager.stdin.once('close', onClose);
      pager.stdin.write(text, (thrown) => {
        pager.stdin.off('close', onClose);
        if (thrown) onClose();
        else resolve(true);
      });
    });
  }

  #release(): void {
    process.off('SIGINT', ignore);
    for (const listener of this.#interrupts) process.on('SIGINT', listener);
    this.#interrupts = [];
  }
}

/** Shows a whole text until the pager is left. @returns why nothing takes it; undefined also for who has seen enough */
export async function pageText(text: string): Promise<string | undefined> {
  const output = new PagedOutput();
  try {
    await output.write(text);
    await output.end();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof OutputClosed) return undefined;
    if (thrown instanceof OutputRefused) return thrown.message;
    throw thrown;
  }
}

function ignore(): void {
  // Whoever leaves the pager early has seen enough.
}
