/** Puts the installed version in the place of this process: same pid, same children, same open standard streams. */

import type { Handover } from './handover.ts';
import { withHandover } from './handover.ts';
import type { InstalledProgram } from './installed-version.ts';
import type { KernelCalls } from './kernel-calls.ts';

/**
 * Everything that has to be written or closed must be so. Returns only when it failed, with the reason; without kernel
 * calls Node's own execve does it, which ends the process instead of returning.
 */
export function replaceImage(
  program: InstalledProgram,
  handover: Handover,
  calls: KernelCalls | undefined,
): string {
  const environment = withHandover(process.env, handover);
  const argv = [program.launcher, ...program.args];
  if (calls === undefined) {
    if (process.execve === undefined) return 'this Node cannot replace a process';
    process.execve(program.launcher, argv, definedOf(environment));
    return 'it came back';
  }
  // Node closes its standard streams at exec.
  for (const fd of [0, 1, 2]) calls.setCloseOnExec(fd, false);
  const pairs = Object.entries(definedOf(environment)).map(([key, value]) => `${key}=${value}`);
  const reason = calls.execute(program.launcher, argv, pairs);
  for (const fd of [0, 1, 2]) calls.setCloseOnExec(fd, true);
  return `${program.launcher} cannot be executed: ${reason}`;
}

function definedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [key, value] of Object.entries(environment)) if (value !== undefined) defined[key] = value;
  return defined;
}
