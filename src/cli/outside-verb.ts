/** Verbs that are programs of their own: `toru XYZ` runs `toru-XYZ` from PATH, as git(1) does, or the one beside toru itself. */

import { spawn } from 'node:child_process';
import { accessSync, constants as fsConstants, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';

/**
 * Path of the program for a verb; undefined when there is none.
 * @param ownFolder where toru's own programs are, which is not in PATH in a checkout
 */
export function findOutsideVerb(verb: string, path: string, ownFolder: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(verb)) return undefined;
  return [...path.split(delimiter), ownFolder]
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, `toru-${verb}`))
    .find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, fsConstants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or not for us: the next folder may have it.
    return false;
  }
}

/** Runs it with our standard streams. @returns its exit code, 128+n after signal n, 126 when it cannot be run */
export function runOutsideVerb(
  file: string,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, [...words], { stdio: 'inherit', env: { ...env } });
    // Ctrl-C goes to the whole foreground group: the child decides what becomes of it.
    process.removeAllListeners('SIGINT');
    process.on('SIGINT', () => undefined);
    child.once('error', (thrown) => {
      process.stderr.write(`toru: ${file}: ${thrown.message}\n`);
      resolve(126);
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
}
