/**
 * Children that a torud had before it was replaced by this one: its shims. The kernel counts them as ours, Node does
 * not know them, and without waitpid(2) each would stay as a zombie until torud ends.
 */

import { readFileSync } from 'node:fs';
import { errnoOf } from '../../protocol/result.ts';
import type { KernelCalls } from './kernel-calls.ts';

/** Reaps them as they end and calls `onEnded` after each round. To be called before this torud starts a child itself. */
export function reapInheritedChildren(calls: KernelCalls, onEnded: () => void): void {
  const children = new Set(childrenOf(process.pid));
  if (children.size === 0) return;
  const reap = (): void => {
    const ended = [...children].filter((pid) => calls.reap(pid));
    for (const pid of ended) children.delete(pid);
    if (children.size === 0) process.off('SIGCHLD', reap);
    if (ended.length > 0) onEnded();
  };
  process.on('SIGCHLD', reap);
  // Those that ended before the handler was there.
  reap();
}

/** Pids of all children, zombies included (proc(5), /proc/PID/task/TID/children). */
function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    return text.split(' ').filter(Boolean).map(Number);
  } catch (thrown) {
    // A kernel without CONFIG_PROC_CHILDREN: zombies stay, which harms nothing but the look of a process list.
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
