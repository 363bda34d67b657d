/** The person's editor on a file, as git and crontab call it. */

import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorBody } from '../protocol/errors.ts';
import { errorBody } from '../protocol/errors.ts';
import type { Result } from '../protocol/result.ts';
import { errnoOf, failure, success } from '../protocol/result.ts';

/** Where neither VISUAL nor EDITOR is set. */
const USUAL_EDITORS = ['sensible-editor', 'editor', 'vi', 'nano'];

type Environment = Readonly<Record<string, string | undefined>>;

/** Words for a shell; undefined when there is none. @param hasTerminal only then is one taken that nobody named */
export function editorOf(env: Environment, hasTerminal: boolean): string | undefined {
  const named = [env.VISUAL, env.EDITOR].find((one) => one !== undefined && one.trim() !== '');
  if (named !== undefined || !hasTerminal) return named;
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '');
  return USUAL_EDITORS.find((name) => folders.some((folder) => isExecutable(join(folder, name))));
}

/** Settles when the editor has ended. Failure: it could not be run, or ended with a failure. */
export async function runEditor(editor: string, file: string): Promise<Result<void, ErrorBody>> {
  // Ctrl-C belongs to the editor while it runs.
  const listeners = process.listeners('SIGINT');
  const ignore = (): void => undefined;
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', ignore);
  // An editor that is left behind would go on reading from the terminal.
  const aborter = new AbortController();
  const end = (): void => aborter.abort();
  process.on('SIGTERM', end);
  try {
    const ending = await ended(editor, file, aborter.signal);
    return ending === '' ? success(undefined) : failure(errorBody('failed', ending));
  } finally {
    process.off('SIGINT', ignore);
    process.off('SIGTERM', end);
    for (const listener of listeners) process.on('SIGINT', listener);
  }
}

/** Why it did not end well; empty when it did. */
function ended(editor: string, file: string, abort: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    // The shell takes the words of EDITOR apart; the file's name comes to it as it is.
    const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
    const end = (): void => {
      for (const pid of childrenOf(child.pid)) endProcess(pid);
      child.kill('SIGTERM');
    };
    abort.addEventListener('abort', end, { once: true });
    child.once('error', (thrown) =>
      resolve(`the editor cannot be run: ${errnoOf(thrown) ?? thrown.message}`),
    );
    child.once('exit', (code, signal) => {
      if (code === 0) resolve('');
      else resolve(`the editor (${editor}) ended with ${code ?? signal}`);
    });
  });
}

/** The shell waits for an editor that is a process of its own. Empty where the kernel does not tell (proc(5)). */
function childrenOf(pid: number | undefined): readonly number[] {
  try {
    const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return pids.split(' ').filter(Boolean).map(Number);
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return [];
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (thrown) {
    // It has ended by itself meanwhile.
    if (errnoOf(thrown) !== 'ESRCH') throw thrown;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown;
    return false;
  }
}
