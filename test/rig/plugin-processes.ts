/** Processes of a plugin as the kernel knows them, and waits for their end. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { errnoOf } from '../../src/protocol/result.ts';

/** Between two looks at /proc: nobody tells the end of a process that is no child of ours. */
const LOOK_EVERY_MS = 10;
const LIMIT_MS = 10_000;
/** In the middle of execve(2) a process has no environment; it takes this many milliseconds at most. */
const EXECVE_MS = 20;

/** Pids of living processes with TORU_PLUGIN_ID=id below this root, children of the plugin included. */
export function pidsOfPlugin(root: string, id: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const variables = environmentOf(Number(name));
      return (
        variables.includes(`TORU_PLUGIN_ID=${id}`) &&
        variables.some((variable) => variable.startsWith(`TORU_SOCKET=${root}/`))
      );
    })
    .map(Number);
}

/** Waits out an execve(2). Empty for kernel threads, zombies, others' processes, and those that were given none. */
function environmentOf(pid: number): readonly string[] {
  let text = read(`/proc/${pid}/environ`);
  for (let waitedMs = 0; text === '' && waitedMs < EXECVE_MS && mayBeInExecve(pid); waitedMs += 1) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    text = read(`/proc/${pid}/environ`);
  }
  return text.split('\0');
}

/** It has memory of its own, but no arguments yet (proc(5)). */
function mayBeInExecve(pid: number): boolean {
  return /^VmSize:/m.test(read(`/proc/${pid}/status`)) && read(`/proc/${pid}/cmdline`) === '';
}

/** Pids of `id` that lead a session: one a run. */
export function leadersOfPlugin(root: string, id: string): readonly number[] {
  return pidsOfPlugin(root, id).filter((pid) => {
    const text = read(`/proc/${pid}/stat`);
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[3]) === pid;
  });
}

/** True while the process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`);
  return text !== '' && text.slice(text.lastIndexOf(')') + 2)[0] !== 'Z';
}

export function untilEnded(pid: number): Promise<void> {
  return untilTrue(`process ${pid} has ended`, () => !isRunning(pid));
}

/** Empty when the process is gone or somebody else's. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (thrown) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(thrown) ?? '')) return '';
    throw thrown;
  }
}

/** True when the process ignores the signal with this number (proc(5), SigIgn). */
export function isIgnoring(pid: number, signal: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? '0';
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** For what nobody tells: /proc and files of a plugin. Throws with `what` when it does not become so. */
export async function untilTrue(what: string, check: () => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`not so: ${what}`);
    await after(LOOK_EVERY_MS);
  }
}
