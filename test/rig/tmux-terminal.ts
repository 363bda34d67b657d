/** A shell on a terminal of a tmux server of its own: keys go in, the screen as a person sees it comes out. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CHECKOUT, cleanEnvironment } from './programs.ts';

/** Longest wait for what the screen is to show. */
const LIMIT_MS = 15_000;
const LOOK_AGAIN_MS = 30;
/** The same on every machine, whatever its users have set. No escape-time: a lone escape is one at once. */
const CONFIG = 'set -g status off\nset -s escape-time 0\nset -g history-limit 2000\nset -g mouse off\n';

export interface TmuxOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a terminal is set to, beside what stands on it. */
export interface TerminalModes {
  readonly isAlternate: boolean;
  readonly isCursorShown: boolean;
  readonly hearsMouse: boolean;
  readonly hasApplicationKeys: boolean;
}

export class TmuxTerminal implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Record<string, string>;

  private constructor(folder: string, env: Record<string, string>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** A prompt `$ ` of sh, with `toru` in PATH. @param home where it runs, and the torud that `toru` means */
  static async open(
    home: string,
    { columns = 100, rows = 30, env = {} }: TmuxOptions = {},
  ): Promise<TmuxTerminal> {
    // Not below `home`: what is left behind there is looked for.
    const folder = await mkdtemp('/tmp/tmux-');
    const own = { TERM: 'screen-256color', SHELL: '/bin/sh', TORU_ROOT: home, PS1: '$ ', ...env };
    const all = cleanEnvironment(home, { PATH: `${CHECKOUT}/bin:${process.env.PATH ?? ''}`, ...own });
    const terminal = new TmuxTerminal(folder, all);
    try {
      await writeFile(join(folder, 'tmux.conf'), CONFIG);
      const { TERM } = all;
      const size = ['-x', String(columns), '-y', String(rows)];
      await terminal.#tmux('new-session', '-d', ...size, '-c', home, `TERM='${TERM}' exec sh -i`);
      await terminal.until(/^\$/m);
      return terminal;
    } catch (thrown) {
      await terminal[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Types a line for the shell. */
  async run(line: string): Promise<void> {
    await this.type(line);
    await this.press('Enter');
  }

  /** Text as it stands, key by key. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', '--', text);
  }

  /** Keys by tmux's names: Enter, Escape, Up, C-c, PageDown. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', '--', ...keys);
  }

  /** As from the clipboard: bracketed when the program has asked for that. */
  async paste(text: string): Promise<void> {
    await this.#tmux('set-buffer', '--', text);
    await this.#tmux('paste-buffer', '-p', '-r');
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The screen; a line a row, without the blanks at their ends. @param colours with the codes for them */
  screen(colours = false): Promise<string> {
    return this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []));
  }

  /** The screen as soon as it is as wanted. Throws, with what it shows instead, when it does not become so. */
  async until(wanted: RegExp | ((screen: string) => boolean), limitMs = LIMIT_MS): Promise<string> {
    const isWanted = wanted instanceof RegExp ? (text: string) => wanted.test(text) : wanted;
    const deadline = performance.now() + limitMs;
    for (;;) {
      const screen = await this.screen();
      if (isWanted(screen)) return screen;
      if (performance.now() >= deadline)
        throw new Error(`not on the screen within ${limitMs} ms: ${wanted}\n${framed(screen)}`);
      await pause(LOOK_AGAIN_MS);
    }
  }

  /** The screen when it has not changed for a few looks. */
  async untilStill(looks = 4): Promise<string> {
    let last = await this.screen();
    let same = 0;
    return this.until((screen) => {
      same = screen === last ? same + 1 : 0;
      last = screen;
      return same >= looks;
    });
  }

  async modes(): Promise<TerminalModes> {
    const format = '#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_cursor_flag}#{keypad_flag}';
    const [alternate, cursor, mouse, keys] = (await this.#asked(format)).split(' ');
    return {
      isAlternate: alternate === '1',
      isCursorShown: cursor === '1',
      hearsMouse: mouse === '1',
      hasApplicationKeys: keys !== '00',
    };
  }

  /** Waits until the terminal is set as wanted. */
  async untilModes(isWanted: (modes: TerminalModes) => boolean): Promise<TerminalModes> {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      const modes = await this.modes();
      if (isWanted(modes)) return modes;
      if (performance.now() >= deadline)
        throw new Error(`${JSON.stringify(modes)}\n${framed(await this.screen())}`);
      await pause(LOOK_AGAIN_MS);
    }
  }

  /** The device of the terminal. */
  async device(): Promise<string> {
    return this.#asked('#{pane_tty}');
  }

  /** Pid of the program in the foreground: of the process group that the terminal listens to (proc_pid_stat(5), tpgid). */
  async foreground(): Promise<number> {
    const shell = await this.#asked('#{pane_pid}');
    const stat = await readFile(`/proc/${shell}/stat`, 'utf8');
    const [, , , , , group = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(group);
  }

  /** Waits until the last line ends with the shell's prompt. */
  async untilPrompt(): Promise<string> {
    return this.until((screen) => screen.trimEnd().endsWith('$'));
  }

  /** Writes on the screen as another program does, wall(1) for one. */
  async scribble(text: string): Promise<void> {
    await writeFile(await this.device(), `\r\n${text}\r\n`);
  }

  /** Takes the terminal away, as a line that breaks does. */
  async hangUp(): Promise<void> {
    await this.#tmux('kill-pane');
  }

  async #asked(format: string): Promise<string> {
    return (await this.#tmux('display-message', '-p', format)).trim();
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      'tmux',
      ['-u', '-S', join(this.#folder, 'server'), '-f', join(this.#folder, 'tmux.conf'), ...args],
      { env: this.#env },
    );
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#tmux('kill-server');
    } catch (thrown) {
      // It has ended by itself with its last terminal.
      if (!/no server|error connecting|server exited|lost server/.test(String(thrown))) throw thrown;
    } finally {
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}

function framed(screen: string): string {
  const lines = screen.trimEnd().split('\n');
  return ['┌── the screen', ...lines.map((line) => `│${line}`), '└──'].join('\n');
}
