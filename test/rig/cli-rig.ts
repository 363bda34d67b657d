/** Runs the real bin/toru against a root. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { cleanEnvironment, TORU } from './programs.ts';

export interface CliOptions {
  /** What stands on standard input; empty unless given. */
  readonly stdin?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** User to run as, without supplementary groups but the ones of `gid`; needs root. */
  readonly uid?: number;
  /** Default: the number of `uid`. */
  readonly gid?: number;
}

export interface CliResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that goes on: `logs -f`, `events -f`, `wait`. */
export interface FollowedCli extends AsyncDisposable {
  readonly pid: number;
  /** Lines of stdout; ends with the command. One reader. */
  readonly lines: AsyncIterableIterator<string>;
  /** The next line of stdout; rejects when the command ended. */
  nextLine(): Promise<string>;
  /** Sends a signal and waits for the end. `stdout` of the result is empty: it went through `lines`. */
  end(signal?: NodeJS.Signals): Promise<CliResult>;
  /** Settles when the command ends by itself. */
  readonly result: Promise<CliResult>;
}

/** `toru --root ROOT ARGS…`; resolves with what it printed and how it ended. */
export async function runToru(
  root: string,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  const child = launch(root, args, options);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return outcome(child, () => stdout);
}

/** The same, parsed: the JSON on stdout of a command that must succeed. Throws with stderr otherwise. */
export async function runToruJson(
  root: string,
  args: readonly string[],
  options: CliOptions = {},
): Promise<unknown> {
  const result = await runToru(root, [...args, '--json'], options);
  if (result.code !== 0)
    throw new Error(`toru ${args.join(' ')} ended with ${result.code}: ${result.stderr.trim()}`);
  return JSON.parse(result.stdout);
}

/** Starts a command that follows; use with `await using`. */
export function followToru(root: string, args: readonly string[], options: CliOptions = {}): FollowedCli {
  const child = launch(root, args, options);
  const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  const result = outcome(child, () => '');
  const end = (signal: NodeJS.Signals = 'SIGINT'): Promise<CliResult> => {
    child.kill(signal);
    return result;
  };
  return {
    pid: child.pid ?? 0,
    lines,
    result,
    end,
    async nextLine() {
      const next = await lines.next();
      if (next.done === true)
        throw new Error(`toru ${args.join(' ')} ended: ${(await result).stderr.trim()}`);
      return next.value;
    },
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
    },
  };
}

function launch(root: string, args: readonly string[], options: CliOptions): ChildProcessWithoutNullStreams {
  const env = cleanEnvironment(root, { TORU_ROOT: root, ...options.env });
  const { uid, gid = uid } = options;
  const [program, words] =
    uid === undefined
      ? [TORU, args]
      : ['setpriv', [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', TORU, ...args]];
  const child = spawn(program, words, { cwd: options.cwd ?? root, env, stdio: 'pipe' });
  // A command that does not read its input closes it early.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(options.stdin ?? '');
  return child;
}

async function outcome(child: ChildProcessWithoutNullStreams, stdout: () => string): Promise<CliResult> {
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close');
  return { code: child.exitCode, signal: child.signalCode, stdout: stdout(), stderr };
}
