/** Runs a command line on a terminal of its own, by script(1) of util-linux. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cleanEnvironment } from './programs.ts';

export interface TerminalOptions {
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Keys that are pressed, once, when the text has been shown. */
  readonly press?: { readonly keys: string; readonly after: string };
}

export interface TerminalResult {
  readonly code: number | null;
  /** All that was shown, both streams, with the terminal's line ends made plain. */
  readonly shown: string;
}

/** @param line for /bin/sh */
export async function runOnTerminal(
  root: string,
  line: string,
  { rows = 10, columns = 80, env = {}, press }: TerminalOptions = {},
): Promise<TerminalResult> {
  const command = `stty rows ${rows} cols ${columns}; ${line}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: root,
    env: cleanEnvironment(root, { TORU_ROOT: root, TERM: 'xterm', ...env }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let hasPressed = false;
  // Without keys the terminal has none to give: its input stays open, as a person's would.
  child.stdin.on('error', () => child.stdin.destroy());
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (press !== undefined && !hasPressed && shown.includes(press.after)) {
      hasPressed = true;
      child.stdin.write(press.keys);
    }
  });
  await once(child, 'close');
  return { code: child.exitCode, shown: shown.replaceAll('\r\n', '\n') };
}
