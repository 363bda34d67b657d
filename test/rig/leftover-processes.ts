/** Processes that belong to a temporary root: torud, shims, plugins and their children. Found by the root's path, never by name. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { errnoOf } from '../../src/protocol/result.ts';

export interface LeftoverProcess {
  readonly pid: number;
  /** Its command line, for messages. */
  readonly command: string;
}

/** Between two looks at /proc: the end of a process that is no child of ours can only be looked for. */
const LOOK_EVERY_MS = 10;

/** Processes with the root's path in their command line, environment or working directory; ours and zombies left out. */
export function processesOf(root: string): readonly LeftoverProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && pid !== process.ppid && belongsTo(pid, root))
    .map((pid) => ({ pid, command: commandOf(pid) }));
}

/** Waits until no process of the root is left; answers those that are still there after `timeoutMs`. */
export async function waitUntilGone(root: string, timeoutMs: number): Promise<readonly LeftoverProcess[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = processesOf(root);
    if (left.length === 0 || performance.now() >= deadline) return left;
    await after(LOOK_EVERY_MS);
  }
}

/** Kills every process of the root, each by its pid, and answers which ones there were. */
export async function endProcessesOf(root: string): Promise<readonly LeftoverProcess[]> {
  const found = processesOf(root);
  for (let left = found; left.length > 0; left = await waitUntilGone(root, LOOK_EVERY_MS)) {
    for (const { pid } of left) kill(pid);
  }
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ESRCH') throw thrown;
  }
}

function belongsTo(pid: number, root: string): boolean {
  if (
    isPathIn(
      read(() => readlinkSync(`/proc/${pid}/cwd`)),
      root,
    )
  )
    return true;
  const texts = [read(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')), environmentOf(pid)];
  return texts.some((text) => isMentioned(text, root));
}

function environmentOf(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
}

function isMentioned(text: string, root: string): boolean {
  for (let at = text.indexOf(root); at !== -1; at = text.indexOf(root, at + 1)) {
    if (isPathIn(text.slice(at), root)) return true;
  }
  return false;
}

/** True for the root itself and what lies below it, false for `root` + more letters. */
function isPathIn(path: string, root: string): boolean {
  return path.startsWith(root) && !/[\w.-]/.test(path.charAt(root.length));
}

function commandOf(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
    .replaceAll('\0', ' ')
    .trim();
}

/** Empty when the process ended meanwhile, is a zombie, or belongs to somebody else. */
function read(reader: () => string): string {
  try {
    return reader();
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(thrown) ?? '')) return '';
    throw thrown;
  }
}
