/** The torud that is installed now, in the place where this one was started from: would it start, and which version is it? */

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { failure, messageOf, type Result, success } from '../../protocol/result.ts';
import type { Clock } from '../base/clock.ts';

/** The hidden option by which a version checks whether it would start here; see start-check.ts. */
export const CHECK_OPTION = '--check-upgrade';

const LIMIT_MS = 10_000;
/** What is kept of the check's words. */
const MAX_OUTPUT_BYTES = 16 * 1024;

export interface InstalledProgram {
  /** bin/torud. */
  readonly launcher: string;
  /** Arguments that this torud was started with. */
  readonly args: readonly string[];
}

/** @param scriptFile the bundle as it was named at the start: a link in it may lead to another version by now */
export function installedProgram(scriptFile: string, args: readonly string[]): InstalledProgram {
  return {
    launcher: join(dirname(scriptFile), '..', 'bin', 'torud'),
    args: args.filter((arg) => arg !== '--detach'),
  };
}

/** Has the installed version check itself; nothing is changed by that. Success: its version. Failure: its line, or ours. */
export async function askInstalledVersion(
  program: InstalledProgram,
  clock: Clock,
): Promise<Result<string, string>> {
  try {
    accessSync(program.launcher, constants.X_OK);
  } catch (thrown) {
    return failure(`${program.launcher} cannot be run: ${messageOf(thrown)}`);
  }
  const child = spawn(program.launcher, [...program.args, CHECK_OPTION], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      if (output[stream].length < MAX_OUTPUT_BYTES) output[stream] += text;
    });
  }
  const end = Promise.withResolvers<Result<string, string>>();
  const timer = clock.setTimer(() => {
    end.resolve(failure(`its check did not end within ${LIMIT_MS / 1000} s`));
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  }, LIMIT_MS);
  child.once('error', (error) => end.resolve(failure(error.message)));
  child.once('close', (code, signal) => end.resolve(verdict(code, signal, output)));
  const outcome = await end.promise;
  timer.cancel();
  return outcome;
}

function verdict(
  code: number | null,
  signal: NodeJS.Signals | null,
  output: { readonly stdout: string; readonly stderr: string },
): Result<string, string> {
  const version = /^torud (\S+)\n$/.exec(output.stdout)?.[1];
  if (code === 0 && version !== undefined) return success(version);
  const [line = ''] = output.stderr.trim().split('\n').slice(-1);
  const how = code === 0 ? 'without naming its version' : `with ${signal ?? code}`;
  return failure(line === '' ? `its check ended ${how}` : line.replace(/^torud: /, ''));
}
