/** An interactive shell on a terminal of its own (script(1)), for what only happens while somebody types. */

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { CHECKOUT, cleanEnvironment } from './programs.ts';

/** Longest wait for what a shell is to show. */
const LIMIT_MS = 20_000;
/** Shows the line as it stands, on a key: what completion made of it. */
const SHOW_LINE = {
  bash: `bind -x '"\\C-t": printf "\\nLINE<%s>\\n" "$READLINE_LINE"'`,
  zsh: `show() { print -r -- "
LINE<$BUFFER>" }; zle -N show; bindkey '^T' show`,
} as const;

export type TerminalShellName = keyof typeof SHOW_LINE;

/** True when the program is there; a test of a shell that is not says so in its title. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name]).status === 0;
}

/** For a test's title: says that it is skipped, and why. */
export function titleFor(program: string, title: string): string {
  return hasProgram(program) ? title : `${title} (skipped: there is no ${program} here)`;
}

export class TerminalShell implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  #output = '';
  #onOutput: () => void = () => undefined;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    child.stdin.on('error', () => child.stdin.destroy());
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#onOutput();
    });
  }

  /** @param setup lines that are run first */
  static async open(name: TerminalShellName, home: string, setup: readonly string[]): Promise<TerminalShell> {
    const command = name === 'bash' ? 'bash --norc --noprofile -i' : 'zsh -f -i';
    const env = cleanEnvironment(home, {
      TERM: 'dumb',
      PATH: `${CHECKOUT}/bin:${process.env.PATH ?? ''}`,
      ZDOTDIR: home,
      HISTFILE: '/dev/null',
    });
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: home, env, stdio: 'pipe' });
    const shell = new TerminalShell(child);
    const lines = ['stty cols 400 rows 60 -echo', "PS1='> '", ...setup, SHOW_LINE[name], 'echo "REA""DY"'];
    child.stdin.write(`${lines.join('\n')}\n`);
    await shell.until(/READY\r?\n/);
    return shell;
  }

  /** Types a line's beginning and Tab, and gives what the line is then. The line is cleared. */
  async complete(line: string): Promise<string> {
    const [, made = ''] = await this.#type(`${line}\t\x14`, /LINE<([^\r\n]*)>\r?\n/);
    return made;
  }

  /** Types, and gives what matched in what the shell then showed. The line is cleared. */
  async shown(keys: string, pattern: RegExp): Promise<string> {
    const [all] = await this.#type(keys, pattern);
    return all;
  }

  async #type(keys: string, pattern: RegExp): Promise<RegExpExecArray> {
    this.#output = '';
    this.#child.stdin.write(keys);
    const match = await this.until(pattern);
    this.#child.stdin.write('\x15');
    return match;
  }

  async until(pattern: RegExp): Promise<RegExpExecArray> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const check = (): void => {
          const match = pattern.exec(this.#output);
          if (match !== null) resolve(match);
        };
        timer = setTimeout(
          () => reject(new Error(`${pattern} was not shown, but: ${this.#output}`)),
          LIMIT_MS,
        );
        this.#onOutput = check;
        check();
      });
    } finally {
      clearTimeout(timer);
      this.#onOutput = () => undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'close');
    this.#child.stdin.end('\x15exit\n');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(timer);
  }
}
